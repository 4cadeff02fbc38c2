/** Each step is made of all that it calls: a shell would say what is missing only when it comes there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as mysql from '../../../src/operations/database/mysql/scripts.ts';
import * as postgresql from '../../../src/operations/database/postgresql/scripts.ts';
import { PRELUDE } from '../../../src/operations/remote/scripts.ts';
import { stepsOf } from './machine.ts';

const FOLDER = join(import.meta.dirname, '../../../src/operations/database');
const ENGINES = { mysql, postgresql };
/** A function, on one line or until its brace closes at the beginning of one. */
const FUNCTION = /^([a-z_]+)\(\) [{(](?:.+[)}]$|$[\s\S]*?^[)}]$)/gm;
const WORD = /(?<![\w.$])[a-z_]+\b/g;

const bodies = (code: string): ReadonlyMap<string, string> =>
  new Map([...code.matchAll(FUNCTION)].map(([text, name = '']) => [name, text]));

/** Names of functions in some script of an engine, or of both. */
const knownTo = (engine: string): ReadonlySet<string> =>
  new Set(
    [join(FOLDER, 'scripts'), join(FOLDER, engine, 'scripts')].flatMap((folder) =>
      readdirSync(folder).flatMap((name) => [...bodies(readFileSync(join(folder, name), 'utf8')).keys()]),
    ),
  );

/** Names that a step comes to, and that are functions in some script. */
function called(code: string, known: ReadonlySet<string>): ReadonlySet<string> {
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

const cases = Object.entries(ENGINES).flatMap(([engine, scripts]) =>
  Object.entries(stepsOf(scripts)).map(
    ([name, step]) => [`${engine} ${name}`, engine, scripts.LIBRARY + step] as const,
  ),
);

test.each(cases)('%s calls nothing that it does not have', (_, engine, script) => {
  const code = (PRELUDE + script).replaceAll(/^ *#.*$/gm, '');
  const had = bodies(code);
  const found = called(code, knownTo(engine));

  expect(found.size).toBeGreaterThan(3);
  // Names of one word are words of texts too.
  expect([...found].filter((name) => name.includes('_') && !had.has(name))).toEqual([]);
});
