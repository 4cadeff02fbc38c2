/** Every kind of the list can be tried by the contract suite, and the list is one. */
import { resources } from '../../src/resources/index.ts';
import { hasFixture } from './contract-run.ts';

const types = resources.map(({ type }) => type);

test.each(types)('%s has a fixture', (type) => {
  expect(hasFixture(type)).toBe(true);
});

test('no kind is there twice', () => {
  expect([...new Set(types)]).toEqual(types);
});

test('a keeper is a kind of the list, and holds data itself', () => {
  for (const { keeper } of resources) {
    if (keeper) expect(resources.find(({ type }) => type === keeper.type)?.stateful).toBe(true);
  }
});
