/**
 * The licences of the packages that a bundle holds, as their authors wrote them: who passes their code on must pass these
 * on too. It must not judge licences; `check-licences.ts` does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const TEXT = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** One section for each package among the bundle's inputs, in the order of names. */
export function notices(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((input) => PACKAGE.exec(input)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => section(join(root, folder)))
    .join('\n');
}

function section(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
  return [`==== ${name} ${version} (${license ?? 'licence in the text'}) ====`, ...texts, ''].join('\n\n');
}
