/**
 * Builds `dist/`: the operator for Node 24 with its source maps, and the licences of everything inside it. What is always
 * needed is one file; what few ever need, such as a way to log in, is read from a file beside it when it is needed: text
 * that is loaded stays in memory. It must not decide what is shipped beyond following the imports of `src/main.ts`.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { laterEntries, laterPackages } from './later-packages.ts';
import { notices } from './notices.ts';

const NAME = 'scalingtier-operator';

/** The file name of the bundle; the image runs it. */
export const BUNDLE = `${NAME}.mjs`;

/**
 * The AWS SDK writes the fields of its schemas as `[_name]:`, after constants of the same file. As long as a field has to be
 * computed, esbuild must keep the schema, used or not, and EC2 alone has thousands: so each is written as what it is.
 */
const plainFields: Plugin = {
  name: 'plain fields in the schemas of the AWS SDK',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, ({ path }) => ({
      contents: withPlainFields(readFileSync(path, 'utf8')),
    }));
  },
};

/** Writes fields named by a constant of the same text as plain ones. */
export function withPlainFields(text: string): string {
  const constants = new Map(
    [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
  );
  return text.replace(/\[(\w+)\]:/g, (field, name) => (constants.has(name) ? `${constants.get(name)}:` : field));
}

// Packages written as CommonJS ask for `require`, which an ES module does not have.
const BANNER =
  "import { createRequire as scalingtierCreateRequire } from 'node:module';\n" +
  'const require = scalingtierCreateRequire(import.meta.url);';

/** Bundles the sources under `root` into a folder; warnings are errors. */
export async function bundle(root: string, folder: string): Promise<void> {
  const { metafile, warnings } = await build({
    absWorkingDir: root,
    entryPoints: { [NAME]: 'src/main.ts', ...laterEntries(root) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'parts/[name]-[hash]',
    bundle: true,
    splitting: true,
    plugins: [plainFields, laterPackages(root)],
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    keepNames: true,
    // Text is memory too. Names stay, so that a stack says where it was without the map, which would take ten times as much.
    minifyWhitespace: true,
    lineLimit: 200,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
    banner: { js: BANNER },
  });
  if (warnings.length > 0) throw new Error(`bundle ${BUNDLE}: ${warnings.map(({ text }) => text).join('; ')}`);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), notices(root, Object.keys(metafile.inputs)));
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await bundle(root, join(root, 'dist'));
  process.stdout.write(`built dist/${BUNDLE}\n`);
}
