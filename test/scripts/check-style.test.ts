import { LONGEST_FILE, styleProblems } from '../../scripts/check-style.ts';
import { PROJECT, problemsOf } from './copy.ts';

const planted = (files: Readonly<Record<string, string>>) => problemsOf(styleProblems, files);
const lines = (count: number) => `/** Planted. */\n${'// line\n'.repeat(count - 1)}`;

test('the sources keep to the rules', () => {
  expect(styleProblems(PROJECT)).toEqual([]);
});

test('a file may have 300 lines and no more', () => {
  const files = { 'src/ops/fits.ts': lines(LONGEST_FILE), 'src/ops/long.ts': lines(LONGEST_FILE + 1) };

  expect(planted(files)).toEqual(['src/ops/long.ts: has 301 lines, at most 300 are allowed']);
});

test('a file that does not open with a comment is refused', () => {
  const files = {
    'src/ops/code.ts': 'export const x = 1;\n',
    'src/ops/empty.ts': '',
    'src/ops/late.ts': '\n/** Late. */\n',
  };

  expect(planted(files)).toEqual(
    Object.keys(files).map((path) => `${path}: does not open with a comment that says why it exists`),
  );
});

test('shared code may not name a kind, others may', () => {
  const texts = {
    alone: "if (type === 'test.planted') run();",
    node: "const node = 'test.planted/main';",
    template: 'const node = `test.planted/$' + '{name}`;',
    others: "const other = 'test.planted-too', third = 'latest.planted'; // test.planted",
  };
  const files = ['core', 'engine', 'kube', 'stages'].flatMap((folder) =>
    Object.entries(texts).map(([name, text]) => [`src/${folder}/planted-${name}.ts`, `/** Planted. */\n${text}\n`]),
  );
  const kind = "/** Planted. */\nexport const Planted = { type: 'test.planted' };\n";

  expect(planted({ ...Object.fromEntries(files), 'src/resources/planted.ts': kind })).toEqual(
    ['core', 'engine', 'kube'].flatMap((folder) =>
      ['alone', 'node', 'template'].map((name) => `src/${folder}/planted-${name}.ts: names the kind test.planted`),
    ),
  );
});
