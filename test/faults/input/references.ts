/** The objects that a tier's spec names: those beside the example, and one made up for each that is not. It knows no field. */

import type { References, Tier } from '../../../src/core/tier.ts';
import type { KubeRequest } from '../../../src/kube/api.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { readReferences } from '../../../src/kube/references.ts';
import type { Base, Manifest } from './bases.ts';

const PLURALS: Readonly<Record<string, string>> = { ConfigMap: 'configmaps', Secret: 'secrets' };
const CONTENT = '#!/bin/sh\ntrue\n';

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Every `{name, key}`, by the sort of object that the name of its field speaks of. */
function named(value: unknown): readonly Manifest[] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([field, member]) => {
    const kind = Object.keys(PLURALS).find((sort) => field.toLowerCase().includes(sort.toLowerCase()));
    if (kind === undefined || !isMap(member)) return named(member);
    const { name, key } = member;
    if (typeof name !== 'string' || typeof key !== 'string') return [];
    const content = kind === 'Secret' ? Buffer.from(CONTENT).toString('base64') : CONTENT;
    return [{ apiVersion: 'v1', kind, metadata: { name }, data: { [key]: content } }];
  });
}

/** What must stand beside an example for it to work. */
export function companionsOf({ manifest, companions }: Base): readonly Manifest[] {
  const isThere = (one: Manifest): boolean => companions.some((other) => pathOf(other) === pathOf(one));
  return [...companions, ...named(manifest.spec).filter((object) => !isThere(object))];
}

/** The path of an object below its namespace. */
export function pathOf({ kind, metadata }: Manifest): string {
  return `${PLURALS[kind] ?? kind}/${String(metadata.name)}`;
}

/** Reads what a tier names as the operator does, from these objects alone. */
export function readAmong(
  companions: readonly Manifest[],
  { metadata, spec }: Pick<Tier, 'metadata' | 'spec'>,
): Promise<References> {
  const call = async <T>({ path }: KubeRequest): Promise<T> => {
    const found = companions.find((object) => path.endsWith(`/${pathOf(object)}`));
    if (!found) throw new KubeError(`read ${path}: not found`, { code: 404, reason: 'NotFound' });
    return found as T;
  };
  const stream = (): never => {
    throw new Error('nothing is streamed here');
  };
  return readReferences({ call, stream, close: () => {} }, metadata.namespace, spec);
}
