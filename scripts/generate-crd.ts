/**
 * Writes `crds/` from the schema in `src/api`; with `--check` it writes nothing and fails when the file is stale.
 * It must not decide anything about the schema.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { customResourceDefinition } from '../src/api/crd.ts';
import { CRD_NAME } from '../src/api/well-known.ts';

const HEADER = '# Generated from src/api by scripts/generate-crd.ts; do not edit.\n';
const name = `crds/${CRD_NAME}.yaml`;
const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
// kubectl reads YAML 1.1, in which a plain `Off` is a boolean.
const style = { version: '1.1', lineWidth: 120, aliasDuplicateObjects: false } as const;
const wanted = HEADER + stringify(customResourceDefinition(), style);

if (process.argv.includes('--check')) {
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present !== wanted) {
    process.stderr.write(`${name} is stale: run node scripts/generate-crd.ts\n`);
    process.exitCode = 1;
  }
} else {
  await writeFile(path, wanted);
  process.stdout.write(`wrote ${name}\n`);
}
