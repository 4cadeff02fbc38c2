/**
 * Writes the shell scripts of `src/operations` as texts into TypeScript, because the operator reads no file at run time; with
 * `--check` it writes nothing and fails when one is stale. It must not change a character of a script.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One constant: what it says, and the scripts it is made of, in this order. */
interface Constant {
  readonly comment: string;
  readonly scripts: readonly string[];
}

/** One generated file. */
interface Texts {
  /** Folder below `src/operations`; its scripts are in `scripts/`, the file is `scripts.ts`. */
  readonly folder: string;
  readonly purpose: string;
  readonly constants: Readonly<Record<string, Constant>>;
}

/** What each step of a move of a database does, with every engine. */
const DATABASE_STEPS = {
  LIBRARY: 'What all steps share; comes before each.',
  INSPECT: 'Whether the database can move.',
  REHEARSE: 'How long a copy takes.',
  FREEZE: 'Takes the database from the app.',
  THAW: 'Gives the database back to the app.',
  COPY: 'Copies the frozen database.',
  COMPARE: 'Whether the copy is the database.',
  INSPECT_REPLICATION: 'Whether it can be replicated.',
  REPLICATE: 'Begins to replicate.',
  STOP_REPLICATION: 'Takes a replication back.',
  FOLLOW: 'Waits until RDS keeps up.',
  VERIFY: 'Compares rows that change.',
  CUT_OVER: 'Closes a replicated database, and makes its copy whole.',
  RETIRE: 'Stops the database of the server.',
  INSPECT_RETURN: 'Whether the database can come back to the server.',
  SLEEP_RETURN: 'Stops a database of the server that the way back has started.',
  REHEARSE_RETURN: 'How long a copy back takes.',
  FREEZE_RETURN: 'Takes the database on RDS from the app.',
  THAW_RETURN: 'Gives the database on RDS back to the app.',
  COPY_RETURN: 'Copies the frozen database of RDS to the server.',
  PUT_BACK: 'Drops the copy on the server, and puts back what stood there.',
  COMPARE_RETURN: 'Whether the copy on the server is the database.',
  OPEN_RETURN: 'Opens the copy on the server to the app.',
  DISCARD_RETURN: 'Drops what the move to RDS had left on the server.',
} as const;

type DatabaseScripts = Readonly<Record<keyof typeof DATABASE_STEPS, readonly string[]>>;

const POSTGRESQL: DatabaseScripts = {
  LIBRARY: ['../common', 'library'],
  INSPECT: ['../room', 'facts', 'inspect'],
  REHEARSE: ['extensions', 'copying', 'roles-rds', 'transfer', 'contents', '../foretell', 'rehearse'],
  FREEZE: ['replication', 'schema', 'fresh', 'gate-server', 'freeze', 'close'],
  THAW: ['gate-server', 'thaw'],
  COPY: ['access', 'copying', 'roles-rds', 'transfer', 'accounts-rds', 'describe', 'copy'],
  COMPARE: ['../differences', 'access', 'tables', 'contents', 'compare', 'compare-closed'],
  INSPECT_REPLICATION: ['../network', 'tables', 'replication', 'inspect-replication'],
  REPLICATE: [
    '../network',
    'copying',
    'roles-rds',
    'transfer',
    'tables',
    'replication',
    'end-replication',
    'schema',
    'replicate',
  ],
  STOP_REPLICATION: ['tables', 'replication', 'end-replication', 'stop-replication'],
  FOLLOW: ['tables', 'replication', 'schema', 'follow'],
  VERIFY: ['tables', 'replication', 'schema', 'rows', 'verify'],
  CUT_OVER: [
    '../differences',
    'access',
    'roles-rds',
    'accounts-rds',
    'describe',
    'tables',
    'replication',
    'schema',
    'fresh',
    'gate-server',
    'freeze',
    'end-replication',
    'rows',
    'catch-up',
    'contents',
    'compare',
    'cut-over',
  ],
  RETIRE: ['process', '../service', '../retire'],
  INSPECT_RETURN: [
    'back',
    'process',
    '../service',
    '../wake',
    'extensions',
    'copying',
    'roles-server',
    '../room',
    'facts',
    'inspect-return',
  ],
  SLEEP_RETURN: ['back', 'process', '../service', '../wake', '../sleep-return'],
  REHEARSE_RETURN: [
    'back',
    'extensions',
    'copying',
    'roles-server',
    'into-server',
    'contents',
    '../foretell',
    'rehearse',
  ],
  FREEZE_RETURN: ['access', 'back', 'gate-rds', 'freeze', 'close'],
  THAW_RETURN: ['access', 'back', 'gate-rds', 'thaw-return'],
  COPY_RETURN: ['access', 'back', 'copying', 'roles-server', 'into-server', 'describe', 'copy'],
  PUT_BACK: ['back', 'copying', 'put-back'],
  COMPARE_RETURN: ['../differences', 'access', 'back', 'contents', 'compare', 'compare-closed'],
  OPEN_RETURN: ['back', 'copying', 'open-return'],
  DISCARD_RETURN: ['back', 'discard-return'],
};

const MYSQL: DatabaseScripts = {
  LIBRARY: ['../common', 'library'],
  INSPECT: ['../room', 'facts', 'problems', 'inspect'],
  REHEARSE: ['settings', 'accounts', 'copying', 'events', 'contents', '../foretell', 'rehearse'],
  FREEZE: ['notes', 'gate', 'freeze', 'close'],
  THAW: ['notes', 'gate', 'thaw'],
  COPY: ['accounts', 'copying', 'events', 'copy'],
  COMPARE: ['../differences', 'settings', 'ready', 'events', 'contents', 'inventory', 'compare', 'compare-closed'],
  INSPECT_REPLICATION: ['../network', 'tables', 'inspect-replication'],
  REPLICATE: [
    '../network',
    'settings',
    'accounts',
    'copying',
    'events',
    'replication',
    'end-replication',
    'inventory',
    'schema',
    'moment',
    'replicate',
  ],
  STOP_REPLICATION: ['accounts', 'copying', 'replication', 'end-replication', 'stop-replication'],
  FOLLOW: ['replication', 'inventory', 'schema', 'follow'],
  VERIFY: ['../differences', 'replication', 'inventory', 'schema', 'contents', 'moment', 'verify'],
  CUT_OVER: [
    '../differences',
    'accounts',
    'events',
    'tables',
    'replication',
    'end-replication',
    'notes',
    'gate',
    'freeze',
    'contents',
    'inventory',
    'schema',
    'compare',
    'cut-over',
  ],
  RETIRE: ['process', '../service', '../retire'],
  INSPECT_RETURN: [
    'back',
    'process',
    '../service',
    '../wake',
    'accounts',
    'copying',
    '../room',
    'facts',
    'problems',
    'inspect-return',
  ],
  SLEEP_RETURN: ['back', 'process', '../service', '../wake', '../sleep-return'],
  REHEARSE_RETURN: [
    'back',
    'settings',
    'accounts',
    'copying',
    'events',
    'aside',
    'into-server',
    'contents',
    '../foretell',
    'rehearse',
  ],
  FREEZE_RETURN: ['back', 'notes', 'events', 'gate-rds', 'freeze', 'close'],
  THAW_RETURN: ['back', 'notes', 'events', 'gate-rds', 'thaw-return'],
  COPY_RETURN: ['back', 'accounts', 'copying', 'events', 'aside', 'into-server', 'copy'],
  PUT_BACK: ['back', 'accounts', 'copying', 'aside', 'put-back'],
  COMPARE_RETURN: ['../differences', 'back', 'contents', 'inventory', 'compare', 'compare-closed'],
  OPEN_RETURN: ['back', 'accounts', 'copying', 'events', 'aside', 'open-return'],
  DISCARD_RETURN: ['back', 'accounts', 'aside', 'discard-return'],
};

/** The steps of an engine, whose scripts lie in a folder of its name. */
const databaseTexts = (folder: string, engine: string, scripts: DatabaseScripts): Texts => ({
  folder: `database/${folder}`,
  purpose: `The steps of a ${engine} move, as scripts that run on the server.`,
  constants: Object.fromEntries(
    Object.entries(DATABASE_STEPS).map(([name, comment]) => [
      name,
      { comment, scripts: scripts[name as keyof DatabaseScripts] },
    ]),
  ),
});

const FILES: readonly Texts[] = [
  {
    folder: 'remote',
    purpose: 'What every command to a server begins with.',
    constants: { PRELUDE: { comment: 'The frame of every script.', scripts: ['prelude'] } },
  },
  {
    folder: 'app',
    purpose: 'What concerns the app itself, as scripts that run on the server.',
    constants: { RELOAD: { comment: 'Has the app read its parameters anew.', scripts: ['reload'] } },
  },
  {
    folder: 'uploads',
    purpose: 'The steps by which uploads move to a bucket and back, as scripts that run on the server.',
    constants: {
      LIBRARY: { comment: 'What all steps share; comes before each.', scripts: ['library'] },
      COPY: { comment: 'Copies them beside the running app.', scripts: ['copy'] },
      SETTLE: { comment: 'Copies the rest, and compares.', scripts: ['settle'] },
      RETURN: { comment: 'Takes the move of the uploads back.', scripts: ['bringing', 'return'] },
      INSPECT: { comment: 'Whether they can come from the bucket to the server.', scripts: ['inspect'] },
      FETCH: { comment: 'Copies them from the bucket beside the running app.', scripts: ['bringing', 'fetch'] },
      BRING: { comment: 'Has the app use the directory, and brings the rest.', scripts: ['bringing', 'bring'] },
    },
  },
  {
    folder: 'traffic',
    purpose: 'The steps by which requests move to a load balancer and back, as scripts that run on the server.',
    constants: {
      PROBE: { comment: 'Whether servers keep nothing.', scripts: ['probe'] },
      NAMES: { comment: 'Where names lead before anything is done.', scripts: ['leading', 'names'] },
      LEAVE_BALANCER: {
        comment: 'Whether no name leads to the load balancer any more.',
        scripts: ['leading', 'leave-balancer'],
      },
      FOLLOW: { comment: 'Whether names lead to the load balancer.', scripts: ['follow'] },
      FOLLOW_SERVER: { comment: 'Whether names lead to the server.', scripts: ['leading', 'follow-server'] },
      LEAVE_SERVER: { comment: 'Whether no name leads to the server any more.', scripts: ['leading', 'leave-server'] },
    },
  },
  databaseTexts('postgresql', 'PostgreSQL', POSTGRESQL),
  databaseTexts('mysql', 'MySQL', MYSQL),
];

/** Where a script lies below `src/operations`; one that several folders share lies beside them. */
const placeOf = (folder: string, name: string): string =>
  name.startsWith('../') ? join(folder, '../scripts', `${name.slice(3)}.sh`) : join(folder, 'scripts', `${name}.sh`);

/** The generated files by their paths below `root`. */
export function generatedScripts(root: string): ReadonlyMap<string, string> {
  return new Map(
    FILES.map(({ folder, purpose, constants }) => {
      const read = (name: string) => readFileSync(join(root, 'src/operations', placeOf(folder, name)), 'utf8');
      const head = `/** ${purpose} Generated from scripts/*.sh by scripts/generate-scripts.ts; it must not be edited. */\n`;
      const body = Object.entries(constants).map(
        ([name, { comment, scripts }]) =>
          `\n/** ${comment} */\nexport const ${name} = ${literal(scripts.map(read).join(''))};\n`,
      );
      return [`src/operations/${folder}/scripts.ts`, head + body.join('')];
    }),
  );
}

// One line: a text has more lines than a file of the sources may have.
function literal(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${').replaceAll('\n', '\\n')}\``;
}

function run(root: string, isCheck: boolean): void {
  for (const [path, wanted] of generatedScripts(root)) {
    if (!isCheck) {
      writeFileSync(join(root, path), wanted);
      process.stdout.write(`wrote ${path}\n`);
    } else if (presentAt(join(root, path)) !== wanted) {
      process.stderr.write(`${path} is stale: run node scripts/generate-scripts.ts\n`);
      process.exitCode = 1;
    }
  }
}

function presentAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) run(fileURLToPath(new URL('..', import.meta.url)), process.argv.includes('--check'));
