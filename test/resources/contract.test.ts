/** Runs the contract suite on every kind of the list; a kind without a fixture fails here. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { resources } from '../../src/resources/index.ts';
import { contract } from './contract.ts';
import type { AnyFixture } from './fixture.ts';

const fileOf = (type: string): URL => new URL(`./${type}.ts`, import.meta.url);
const hasFixture = (type: string): boolean => existsSync(fileURLToPath(fileOf(type)));

// The slowest ground is a running instance, and the sandbox keeps AWS's order of durations.
jest.setTimeout(60_000);

test.each(resources.map(({ type }) => type))('%s has a fixture', (type) => {
  expect(hasFixture(type)).toBe(true);
});

for (const { type } of resources) {
  if (!hasFixture(type)) continue;
  const { default: fixture } = (await import(fileOf(type).href)) as { default: AnyFixture };
  describe(type, () => {
    test('the fixture is that of the kind', () => expect(fixture.resource.type).toBe(type));
    contract(fixture);
  });
}
