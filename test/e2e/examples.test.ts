/** Every example manifest, applied as it stands, becomes a Ready tier. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kubectl } from '../sandbox/kubectl.ts';
import { condition, type Scene, scene } from './harness.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'examples');
const examples = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

describe('examples', () => {
  let here: Scene;

  beforeAll(async () => {
    // Without a role of its own an example stands in the operator's own account.
    here = await scene('e2e-examples', '123456789012');
  }, 120_000);

  afterAll(async () => {
    await here?.close();
  }, 60_000);

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

  test('there are some', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test.each(examples)(
    '%s becomes Ready and goes again',
    async (file) => {
      const text = readFileSync(path.join(FOLDER, file), 'utf8');
      const tier = parseAllDocuments(text)
        .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
        .find(({ kind }) => kind === 'ScalingTier');
      const name = tier?.metadata.name ?? '';
      await permissions();
      const unplaced = text.replace(/^ {2}namespace: .*\n/gm, '');
      await kubectl(here.state, ['apply', '--namespace', here.namespace, '--filename', '-'], { input: unplaced });
      const ready = await here.settled(name, 120);
      expect(condition(ready, 'Ready')?.status).toBe('True');
      await here.remove(name, 120);
    },
    300_000,
  );
});
