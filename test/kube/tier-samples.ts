/** Tiers, statuses and verdicts for tests of the Kubernetes edge. */
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpec, TierStatus } from '../../src/api/types.ts';
import { FINALIZER } from '../../src/api/well-known.ts';
import type { Verdict } from '../../src/core/tier.ts';
import { PLACE } from '../../src/kube/place.ts';
import type { FakeApiServer, FakeObject } from './fake-api-server.ts';

/** The path of a tier. */
export function tierPath(name = 'shop', namespace = 'team-a'): string {
  return `/apis/scalingtier.dev/v1alpha1/namespaces/${namespace}/scalingtiers/${name}`;
}

/** The smallest spec, with defaults. */
export function sampleSpec(compute: object = {}, aws: object = {}): TierSpec {
  return withDefaults({ stage: 'SingleServer', aws: { region: 'eu-central-1', ...aws }, compute });
}

/** The place of `sampleSpec`. */
export const SAMPLE_PLACE = 'default/eu-central-1';

/** Puts a tier on the server; one that has the finalizer has its place as well, as the operator leaves it. */
export function putTier(
  server: FakeApiServer,
  metadata: Partial<FakeObject['metadata']> = {},
  path: string = tierPath(),
): FakeObject {
  const known = server.get(path)?.metadata;
  const place = metadata.finalizers?.includes(FINALIZER) ? { [PLACE]: SAMPLE_PLACE } : {};
  const annotations = { ...known?.annotations, ...place, ...metadata.annotations };
  const full = { uid: 'uid-shop', generation: 1, ...known, ...metadata, annotations } as FakeObject['metadata'];
  return server.put(path, { ...server.get(path), metadata: full, spec: sampleSpec() });
}

/** A status that says something. */
export function sampleStatus(message: string): TierStatus {
  return {
    observedGeneration: 1,
    stage: 'SingleServer',
    message,
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Available', message: '', lastTransitionTime: '2030-01-01T00:00:00Z' },
    ],
  };
}

/** A verdict that is content. */
export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    status: sampleStatus('all is well'),
    events: [],
    requeueAfter: 60,
    gone: false,
    result: 'success',
    ...changes,
  };
}
