/**
 * Who may import whom, as a table, and the check that keeps to it. A new folder of `src` must be given its row here before
 * anything in it is accepted. It must not look at anything but imports.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { report } from './report.ts';
import { type Import, readSources, type Source } from './sources.ts';

interface Layer {
  /** Layers whose values and types it may use. */
  readonly uses: readonly string[];
  /** Layers of which it may use types only: `import type`. */
  readonly types?: readonly string[];
  /** Packages that it may use; absent: all but the reserved ones. */
  readonly packages?: readonly string[];
  /** Modules of Node that it may use; absent: all. */
  readonly builtins?: readonly string[];
}

const PURE = { packages: [], builtins: [] };
const PRODUCT = ['core', 'stages', 'moves', 'resources', 'operations', 'aws', 'api', 'ops'];

/** Every folder of `src`, and the files beside them. `main.ts` may use all. */
const LAYERS: Readonly<Record<string, Layer>> = {
  api: { uses: [], packages: ['zod'], builtins: [] },
  core: { uses: [], types: ['api'], packages: [], builtins: ['node:crypto'] },
  stages: { uses: ['core', 'api', 'resources', 'operations'], ...PURE },
  moves: { uses: ['core', 'api', 'stages', 'resources', 'operations'], ...PURE },
  resources: { uses: ['core', 'aws'] },
  operations: { uses: ['core', 'aws', 'resources'] },
  engine: { uses: PRODUCT },
  aws: { uses: ['core', 'ops'] },
  kube: { uses: ['api', 'ops'], types: ['core'] },
  ops: { uses: [] },
  config: { uses: [] },
  version: { uses: [] },
  main: { uses: [...PRODUCT, 'engine', 'kube', 'config', 'version'] },
};

/** Packages that belong to one edge. */
const RESERVED: readonly { readonly packages: RegExp; readonly layers: readonly string[] }[] = [
  { packages: /^@(aws-sdk|smithy)\//, layers: ['aws', 'resources', 'operations'] },
  { packages: /^(@kubernetes\/client-node|js-yaml)$/, layers: ['kube'] },
];

/** Lists of kinds: all that the engine may know of the folders that hold them. */
const LISTS = ['src/resources/index.ts', 'src/operations/index.ts'];

/** One sentence for every import that the table does not allow. */
export function layerProblems(root: string): readonly string[] {
  const dependencies = dependenciesOf(root);
  return readSources(root, 'src').flatMap((source) => {
    const name = layerOf(source.path);
    const layer = LAYERS[name];
    if (!layer) return [`${source.path}: "${name}" is no layer; give it a row in scripts/check-layers.ts`];
    return source.imports.flatMap((entry) => {
      const problem = entry.from.startsWith('.')
        ? ownProblem(source, name, layer, entry)
        : foreignProblem(name, layer, entry, dependencies);
      return problem ? [`${source.path}: imports ${entry.from}: ${problem}`] : [];
    });
  });
}

function layerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function ownProblem(source: Source, name: string, layer: Layer, { from, typeOnly }: Import): string | undefined {
  const path = posix.join(posix.dirname(source.path), from);
  const target = layerOf(path);
  if (!path.startsWith('src/')) return 'it is outside of src';
  if (target === name) return undefined;
  if (layer.types?.includes(target))
    return typeOnly ? undefined : `${name} may use types of ${target} only (import type)`;
  if (!layer.uses.includes(target)) return `${name} may not use ${target}`;
  const isKind = /^src\/(resources|operations)\//.test(path) && !LISTS.includes(path);
  return name === 'engine' && isKind ? 'engine may not name a kind; it may use the lists only' : undefined;
}

function foreignProblem(
  name: string,
  layer: Layer,
  { from }: Import,
  dependencies: readonly string[],
): string | undefined {
  if (isBuiltin(from)) return builtinProblem(name, layer, from);
  const used = packageOf(from);
  const reserved = RESERVED.find(({ packages }) => packages.test(used));
  if (reserved && name !== 'main' && !reserved.layers.includes(name)) {
    return `${used} is for ${reserved.layers.join(', ')} only`;
  }
  if (layer.packages && !layer.packages.includes(used)) return `${name} may not use the package ${used}`;
  return dependencies.includes(used) ? undefined : `${used} is not among the dependencies in package.json`;
}

function builtinProblem(name: string, layer: Layer, from: string): string | undefined {
  if (!from.startsWith('node:')) return `write node:${from}`;
  return layer.builtins && !layer.builtins.includes(from) ? `${name} may not use ${from}` : undefined;
}

function packageOf(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}

function dependenciesOf(root: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies?: object };
  return Object.keys(manifest.dependencies ?? {});
}

if (import.meta.main) report('layers', layerProblems);
