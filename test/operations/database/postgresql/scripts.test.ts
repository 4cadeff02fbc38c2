/** Each step is made of all that it calls: a shell would say what is missing only when it comes there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIBRARY } from '../../../../src/operations/database/postgresql/scripts.ts';
import { PRELUDE } from '../../../../src/operations/remote/scripts.ts';
import { STEPS } from './ground.ts';

const FOLDER = join(import.meta.dirname, '../../../../src/operations/database/postgresql/scripts');
/** A function, on one line or until its brace closes at the beginning of one. */
const FUNCTION = /^([a-z_]+)\(\) [{(](?:.+[)}]$|$[\s\S]*?^[)}]$)/gm;
const WORD = /(?<![\w.$])[a-z_]+\b/g;

const bodies = (code: string): ReadonlyMap<string, string> =>
  new Map([...code.matchAll(FUNCTION)].map(([text, name = '']) => [name, text]));

const known = new Set(
  readdirSync(FOLDER).flatMap((name) => [...bodies(readFileSync(join(FOLDER, name), 'utf8')).keys()]),
);

/** Names that a step comes to, and that are functions in some script. */
function called(code: string): ReadonlySet<string> {
  const functions = bodies(code);
  const found = new Set<string>();
  const follow = (text: string): void => {
    for (const [name] of text.matchAll(WORD)) {
      if (found.has(name) || !known.has(name)) continue;
      found.add(name);
      follow(functions.get(name) ?? '');
    }
  };
  follow(code.replaceAll(FUNCTION, ''));
  return found;
}

test.each(Object.entries(STEPS))('%s calls nothing that it does not have', (_, step) => {
  const code = [PRELUDE, LIBRARY, step].join('').replaceAll(/^ *#.*$/gm, '');
  const had = bodies(code);

  expect(called(code).size).toBeGreaterThan(3);
  // Names of one word are words of texts too.
  expect([...called(code)].filter((name) => name.includes('_') && !had.has(name))).toEqual([]);
});
