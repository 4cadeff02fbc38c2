/** Reads the shipped manifests the way kustomize does: a folder's resources, files and folders alike. It applies no patches. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/** The root of the project. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A Kubernetes object as the tests look at it. */
export interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The objects of one file. */
export function objectsOf(path: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(join(PROJECT, path), 'utf8')).map((document) => document.toJS() as Manifest);
}

/** The objects of a kustomization, depth first. */
export function kustomized(folder: string): readonly Manifest[] {
  const { resources } = parse(readFileSync(join(PROJECT, folder, 'kustomization.yaml'), 'utf8')) as {
    readonly resources: readonly string[];
  };
  return resources.flatMap((resource) => {
    const path = join(folder, resource);
    return existsSync(join(PROJECT, path, 'kustomization.yaml')) ? kustomized(path) : objectsOf(path);
  });
}

/** The rules of a Role or ClusterRole. */
export function rulesOf(manifest: Manifest): readonly Rule[] {
  return manifest.rules as readonly Rule[];
}
