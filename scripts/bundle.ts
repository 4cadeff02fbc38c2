/**
 * Builds `dist/`: the operator as one file for Node 24 with its source map, and the licences of everything inside it.
 * It must not decide what is shipped beyond following the imports of `src/main.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { notices } from './notices.ts';

/** The file name of the bundle; the image runs it. */
export const BUNDLE = 'scalingtier-operator.mjs';

// Packages written as CommonJS ask for `require`, which an ES module does not have.
const BANNER =
  "import { createRequire as scalingtierCreateRequire } from 'node:module';\n" +
  'const require = scalingtierCreateRequire(import.meta.url);';

/** Bundles the sources under `root` into a folder; warnings are errors. */
export async function bundle(root: string, folder: string): Promise<void> {
  const { metafile, warnings } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: join(folder, BUNDLE),
    bundle: true,
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
  await bundle(root, join(root, 'dist'));
  process.stdout.write(`built dist/${BUNDLE}\n`);
}
