/** Runs the contract suite on every other kind of the list, so that two files can share the work. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resources } from '../../src/resources/index.ts';
import { contract } from './contract.ts';
import type { AnyFixture } from './fixture.ts';

const fileOf = (type: string): URL => new URL(`./${type}.ts`, import.meta.url);

/** Whether a kind can be tried. */
export const hasFixture = (type: string): boolean => existsSync(fileURLToPath(fileOf(type)));

/** Declares the suite for the kinds at even or at odd places. */
export async function contractOf(places: 'even' | 'odd'): Promise<void> {
  const kinds = resources.filter((_, index) => (index % 2 === 0) === (places === 'even'));
  for (const { type } of kinds.filter((kind) => hasFixture(kind.type))) {
    const { default: fixture } = (await import(fileOf(type).href)) as { default: AnyFixture };
    describe(type, () => {
      test('the fixture is that of the kind', () => expect(fixture.resource.type).toBe(type));
      contract(fixture);
    });
  }
}
