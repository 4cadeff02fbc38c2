/**
 * A storm of events: others change annotations of tiers, without the work that each change is for an API server, beside which
 * everything else runs here. Each change is written into etcd as that server would write it, and comes to every watch from there. It must
 * not touch tiers whose spec is changed meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type AskEtcd, etcdOf } from '../test/sandbox/etcd.ts';
import type { SandboxState } from '../test/sandbox/sandbox.ts';
import type { BenchTier } from './generator/marks.ts';

const EVENTS = 5_000;
/** Milliseconds between two events: a quarter of what an API server and etcd on one core bring to their watches. */
const GAP = 50;

/** One object as etcd has it. */
interface Entry {
  readonly key: string;
  readonly revision: string;
  readonly object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function entryOf(ask: AskEtcd, { owner }: BenchTier): Promise<Entry> {
  const key = base64(`/registry/scalingtier.dev/scalingtiers/${owner.namespace}/${owner.name}`);
  const { kvs } = await ask<{ readonly kvs?: readonly { readonly value: string; readonly mod_revision: string }[] }>(
    '/v3/kv/range',
    { key },
  );
  const [found] = kvs ?? [];
  if (found === undefined) throw new Error(`storm: etcd has no ${owner.namespace}/${owner.name}`);
  const object = JSON.parse(Buffer.from(found.value, 'base64').toString()) as Entry['object'];
  return { key, revision: found.mod_revision, object };
}

/** Writes the object with another annotation, unless somebody else has written it since. */
async function stir(ask: AskEtcd, { key, revision, object }: Entry): Promise<void> {
  const annotations = { ...object.metadata.annotations, 'example.com/storm': revision };
  const changed = { ...object, metadata: { ...object.metadata, annotations } };
  await ask('/v3/kv/txn', {
    compare: [{ key, target: 'MOD', result: 'EQUAL', mod_revision: revision }],
    success: [{ request_put: { key, value: base64(JSON.stringify(changed)) } }],
  });
}

/** Works while it storms over these tiers; answers with how many events there were in a second. */
export async function duringStorm<T>(
  state: SandboxState,
  tiers: readonly BenchTier[],
  work: () => Promise<T>,
): Promise<readonly [T, number]> {
  const ask = etcdOf(state);
  const began = performance.now();
  let over = false;
  let events = 0;
  const storm = async (): Promise<void> => {
    for (; !over && events < EVENTS; events += 1) {
      const due = began + events * GAP - performance.now();
      if (due > 0) await delay(due);
      const tier = tiers[events % tiers.length];
      if (tier) await stir(ask, await entryOf(ask, tier));
    }
  };
  const storming = storm();
  try {
    const result = await work();
    return [result, (events * 1000) / (performance.now() - began)];
  } finally {
    over = true;
    await storming;
  }
}
