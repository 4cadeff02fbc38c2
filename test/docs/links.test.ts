/** Whatever the documents point at is there: files, headings, make targets, paths in code marks. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorsOf, blocksOf, documents, linksOf, PROJECT, prose, textOf } from './documents.ts';

const all = documents();
const isOutside = (target: string): boolean => /^[a-z]+:/.test(target);

/** Folders of the project that a path in code marks may begin with. */
const FOLDERS = readdirSync(PROJECT, { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && !['node_modules', '.git', '.sandbox', 'dist', 'coverage'].includes(entry.name),
  )
  .map(({ name }) => name);

/** Paths of this project in the code marks of a text; those with placeholders or patterns are somebody else's. */
function pathsIn(markdown: string): readonly string[] {
  const marks = [...prose(markdown).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  return marks.filter(
    (text) => FOLDERS.includes(text.split('/')[0] ?? '') && /^[\w./-]+\/?[\w./-]*$/.test(text) && text.includes('/'),
  );
}

const makefile = textOf('Makefile');
const targets = [...makefile.matchAll(/^([a-z][a-z ]*):/gm)].flatMap(([, names = '']) => names.split(' '));

test('the documents are found', () => {
  expect(all).toEqual(
    expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/user-guide.md', 'docs/adr/README.md']),
  );
  expect(targets).toEqual(expect.arrayContaining(['demo', 'test', 'check', 'layers']));
});

test.each(all)('every relative link of %s leads to a file, and to a heading that it has', (path) => {
  const broken = linksOf(textOf(path)).filter((target) => {
    if (isOutside(target)) return false;
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(PROJECT, to))) return true;
    return anchor !== undefined && !anchorsOf(textOf(to)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(all)('every path of the project that %s names in code marks exists', (path) => {
  const missing = pathsIn(textOf(path)).filter(
    (name) => !existsSync(join(PROJECT, name)) && !existsSync(join(PROJECT, dirname(path), name)),
  );
  expect(missing).toEqual([]);
});

test.each(all)('every make target that %s names exists', (path) => {
  const text = textOf(path);
  const commands = [
    ...blocksOf(text).map((block) => block.text),
    ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, mark = '']) => mark),
  ];
  const named = commands.flatMap((command) =>
    [...command.matchAll(/(?:^|&& |\n)\s*make ([a-z]+)/g)].map(([, name = '']) => name),
  );
  expect(named.filter((name) => !targets.includes(name))).toEqual([]);
});

test.each(all)('every file of the project that a command of %s names exists', (path) => {
  const shell = blocksOf(textOf(path)).filter(({ language }) => language === 'sh');
  const words = shell
    .flatMap(({ text }) => text.split(/[\s=]+/))
    .filter((word) => /^(examples|deploy|test|docs|scripts)\/[\w./-]+$/.test(word));
  // What a command makes is not there before.
  const made = shell.flatMap(({ text }) => [...text.matchAll(/^cp -r \S+ (\S+)/gm)].map(([, name = '']) => name));
  expect(words.filter((word) => !made.includes(word) && !existsSync(join(PROJECT, word)))).toEqual([]);
});

test('every decision has its row, and every row its file', () => {
  const files = readdirSync(join(PROJECT, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
  const linked = linksOf(textOf('docs/adr/README.md'));
  expect(linked).toEqual(files.sort());
  for (const file of files) {
    const text = textOf(`docs/adr/${file}`);
    expect(text.startsWith(`# ${file.slice(0, 4)}: `)).toBe(true);
    expect(anchorsOf(text).slice(1)).toEqual(['context', 'decision', 'consequences']);
  }
});
