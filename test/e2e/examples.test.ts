/** Every example manifest, applied as it stands, becomes a Ready tier, and goes again but for what its policy keeps. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { enterAccount } from '../sandbox/account.ts';
import { groundOf } from '../sandbox/examples-ground.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { condition, type Scene, scene } from './harness.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'examples');
/** As much of one as this test reads. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly aws: { readonly region: string } };
}

/** Patience for a tier to come, and to go. */
const SECONDS = 240;
const examples = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

describe('examples', () => {
  let here: Scene;

  beforeAll(async () => {
    // Without a role of its own an example stands in the operator's own account.
    here = await scene('e2e-examples', '123456789012');
    await here.proxy.configure({ factor: 200 }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  /** What the full examples expect of their namespace: the Secret that they name, and the shipped permissions. */
  async function permissions(): Promise<void> {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'aws-external-id' },
      stringData: { id: 'example' },
    };
    const shipped = (name: string) => readFileSync(path.join(FOLDER, '..', 'deploy', name, `${name}.yaml`), 'utf8');
    const reader = shipped('secret-reader').replace('shop-external-id', 'aws-external-id');
    for (const input of [JSON.stringify(secret), reader, shipped('secret-writer')]) {
      await kubectl(here.state, ['apply', '--namespace', here.namespace, '--filename', '-'], { input });
    }
  }

  /** What is left of a tier, but for copies of its data and the bucket, which policies keep. */
  async function leftOf(name: string, region: string): Promise<readonly string[]> {
    const account = await enterAccount(here.state.aws.endpoint, here.account.id, region);
    try {
      const labels = Object.values(await account.inventory()).flat();
      return labels.filter((label) => label.startsWith(`${name} `) && !/snapshot|s3\.bucket/.test(label));
    } finally {
      account.close();
    }
  }

  test('there are some', () => {
    expect(examples.length).toBeGreaterThanOrEqual(9);
  });

  test.each(examples)(
    '%s becomes Ready and goes again',
    async (file) => {
      const written = readFileSync(path.join(FOLDER, file), 'utf8');
      const text = (await groundOf(here.state, here.account, written))(written);
      const tier = parseAllDocuments(text)
        .map((document) => document.toJS() as Manifest)
        .find(({ kind }) => kind === 'ScalingTier');
      const name = tier?.metadata.name ?? '';
      await permissions();
      const unplaced = text.replace(/^ {2}namespace: .*\n/gm, '');
      await kubectl(here.state, ['apply', '--namespace', here.namespace, '--filename', '-'], { input: unplaced });
      const ready = await here.settled(name, SECONDS);
      expect(condition(ready, 'Ready')?.status).toBe('True');
      await here.remove(name, SECONDS);
      expect(await leftOf(name, tier?.spec.aws.region ?? '')).toEqual([]);
    },
    600_000,
  );
});
