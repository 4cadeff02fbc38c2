/** The manifests that specimens start from: every example, so that a new one joins by being there. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { API_VERSION, KIND } from '../../../src/api/well-known.ts';
import { projectFolder } from '../../sandbox/folders.ts';

/** An object as people write it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** An example: its tier, and the objects that come with it. */
export interface Base {
  readonly file: string;
  readonly manifest: Manifest;
  readonly companions: readonly Manifest[];
}

const FOLDER = path.join(projectFolder, 'examples');

function basesOf(file: string): readonly Base[] {
  const documents = parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8'));
  const manifests = documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  const isTier = ({ apiVersion, kind }: Manifest): boolean => apiVersion === API_VERSION && kind === KIND;
  const companions = manifests.filter((manifest) => !isTier(manifest));
  return manifests.filter(isTier).map((manifest) => ({ file, manifest, companions }));
}

/** Every tier of every example. */
export function bases(): readonly Base[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap(basesOf);
}
