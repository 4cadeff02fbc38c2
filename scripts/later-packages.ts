/**
 * Which packages the bundle reads when they are first used, and how. What only later stages ask AWS for is several megabytes of
 * text and three times as much in memory, which tiers without it must not pay for. The sources import as always; what they
 * import is replaced by functions that load the package the first time one is called. Node loads it at once and without waiting.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Packages of AWS services that the first stage does not use. */
export const LATER = [
  '@aws-sdk/client-acm',
  '@aws-sdk/client-auto-scaling',
  '@aws-sdk/client-elastic-load-balancing-v2',
  '@aws-sdk/client-elasticache',
  '@aws-sdk/client-rds',
  '@aws-sdk/client-route-53',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-service-quotas',
] as const;

const FOLDER = 'later';
const WHOLE = 'later-whole';

const fileOf = (name: string): string => `${FOLDER}/${name.slice(name.indexOf('/') + 1)}`;

/** The values that some text imports from a package; types are nothing at run time. */
export function importedFrom(name: string, text: string): readonly string[] {
  const imports = text.matchAll(new RegExp(`import \\{([^}]*)\\} from '${name}'`, 'g'));
  return [...imports]
    .flatMap(([, list = '']) => list.split(','))
    .map((entry) => entry.trim().split(' as ', 1)[0] ?? '')
    .filter((entry) => entry !== '' && !entry.startsWith('type '));
}

/** What the sources import from each of them; nothing of those that they do not. */
function imported(root: string): ReadonlyMap<string, readonly string[]> {
  const texts = globSync('src/**/*.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
  const valuesOf = (name: string): readonly string[] => texts.flatMap((text) => importedFrom(name, text));
  const all = LATER.map((name) => [name, [...new Set(valuesOf(name))].sort()] as const);
  return new Map(all.filter(([, values]) => values.length > 0));
}

/** Functions that stand for those of a package. */
export function standIns(name: string, values: readonly string[]): string {
  const functions = values.map(
    (value) =>
      `export function ${value}(...args) { return new.target ? new (all().${value})(...args) : all().${value}(...args); }`,
  );
  return [
    "import { createRequire } from 'node:module';",
    'let loaded;',
    // Beside the bundle, wherever that is.
    `const all = () => (loaded ??= createRequire(import.meta.url)('./${fileOf(name)}.mjs'));`,
    ...functions,
  ].join('\n');
}

/** The files that are made beside the bundle, by name. */
export const laterEntries = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...imported(root).keys()].map((name) => [fileOf(name), `${WHOLE}:${name}`]));

/** Puts functions in the place of these packages, and the packages into files of their own. */
export function laterPackages(root: string): Plugin {
  const values = imported(root);
  return {
    name: 'packages that are read when they are first used',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${WHOLE}:`) }, ({ path }) => ({
        path: path.slice(WHOLE.length + 1),
        namespace: WHOLE,
      }));
      onLoad({ filter: /.*/, namespace: WHOLE }, ({ path }) => ({
        contents: `export { ${(values.get(path) ?? []).join(', ')} } from '${path}';`,
        resolveDir: root,
      }));
      onResolve({ filter: /^@aws-sdk\/client-/ }, ({ path, namespace, importer }) => {
        const isOurs = namespace === 'file' && !importer.includes('node_modules');
        return isOurs && values.has(path) ? { path, namespace: FOLDER, sideEffects: false } : undefined;
      });
      onLoad({ filter: /.*/, namespace: FOLDER }, ({ path }) => ({ contents: standIns(path, values.get(path) ?? []) }));
    },
  };
}
