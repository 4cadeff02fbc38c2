/** What `docs/reliability.md` names as holding a promise is there: test files, parts of test names, classes of faults. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CLASSES } from '../faults/classes.ts';
import { PROJECT, textOf } from './documents.ts';

const text = textOf('docs/reliability.md');

/** Every test that the document names: its file, and the parts of names that follow it. */
const named = [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)` › ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
  ([, file = '', parts = '']) => [...parts.matchAll(/"([^"]+)"/g)].map(([, part = '']) => [file, part] as const),
);

test('tests are named', () => {
  expect(named.length).toBeGreaterThan(20);
});

test.each(named)('%s has a test named …%s…', (file, part) => {
  expect(existsSync(join(PROJECT, file))).toBe(true);
  const titles = [...textOf(file).matchAll(/(['"`])((?:\\.|(?!\1).)+)\1/g)].map(([, , title = '']) => title);
  expect(titles.filter((title) => title.includes(part))).not.toEqual([]);
});

test('every class of faults has its row', () => {
  const rows = [...text.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(CLASSES.map(({ name }) => name).sort());
});
