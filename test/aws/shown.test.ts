/** What readings showed, written down: equal exactly when nothing differs, and read back as it was. */
import fc from 'fast-check';
import { foundIn, NOTHING, type Press, type Shown, shownByTier } from '../../src/aws/shown.ts';
import type { Owned } from '../../src/core/kind.ts';
import { roundsDuring } from './rounds.ts';

const ownedOf = (name: string, id: string, spec: object = {}): Owned => ({
  owner: { cluster: 'main', namespace: 'shop', name, uid: `uid-${name}` },
  node: 'toy.box/main',
  incarnation: 1,
  id,
  spec,
  attributes: { address: 'ü 10.0.0.1' },
  health: { state: 'available', phase: 'ready' },
});

/** Pages of three. */
async function* paged(found: readonly Owned[]): AsyncIterable<readonly Owned[]> {
  for (let from = 0; from < found.length; from += 3) yield found.slice(from, from + 3);
}

const written = (found: readonly Owned[], press: Press, before?: ReadonlyMap<string, Shown>) =>
  shownByTier(paged(found), press, before);

const shownOf = async (found: readonly Owned[], press: Press = {}) => (await written(found, press)).get('shop/a');

test('what was found comes back, whatever it was packed by', async () => {
  const press: Press = {};
  const first = [ownedOf('a', '1', { color: 'red' }), ownedOf('a', '2', { color: null, sizes: [1, 2] })];
  const other = [ownedOf('b', '3', { text: 'x'.repeat(20_000), more: Array.from({ length: 2_000 }, (_, i) => i) })];
  const byTier = await written([...first, ...other], press);
  expect(foundIn(byTier.get('shop/a') ?? NOTHING)).toEqual(first);
  expect(foundIn(byTier.get('shop/b') ?? NOTHING)).toEqual(other);
  expect(foundIn(NOTHING)).toEqual([]);
});

test('a resource that nobody claims is shown to nobody', async () => {
  expect([...(await written([{ ...ownedOf('a', '1'), owner: undefined }], {})).keys()]).toEqual([]);
});

test('prints are equal in whatever order AWS answers, and differ with anything that differs', async () => {
  const one = ownedOf('a', '1');
  const two = ownedOf('a', '2');
  expect((await shownOf([one, two]))?.print).toBe((await shownOf([two, one]))?.print);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (left, right) => {
      const prints = [
        await shownOf([ownedOf('a', '1', { left })]),
        await shownOf([ownedOf('a', '1', { left: right })]),
      ];
      expect(prints[0]?.print === prints[1]?.print).toBe(JSON.stringify(left) === JSON.stringify(right));
    }),
  );
});

test('what is the same as before is kept, not written anew', async () => {
  const press: Press = {};
  const before = await written([ownedOf('a', '1'), ownedOf('b', '2')], press);
  const after = await written([ownedOf('a', '1'), ownedOf('b', '3')], press, before);
  expect(after.get('shop/a')).toBe(before.get('shop/a'));
  expect(after.get('shop/b')).not.toEqual(before.get('shop/b'));
});

test('tiers that are alike take a small part of what they would by themselves', async () => {
  const tiers = Array.from({ length: 50 }, (_, index) => `tier-${index}`);
  const found = tiers.flatMap((name) =>
    Array.from({ length: 6 }, (_, index) => ownedOf(name, `${name}-${index}`, { cidr: '10.0.0.0/20', zone: 'az1' })),
  );
  const byTier = await written(found, {});
  const packed = [...byTier.values()].reduce((sum, shown) => sum + shown.packed.length, 0);
  expect(packed).toBeLessThan(JSON.stringify(found).length / 5);
});

test('many are written down in turns, so that others get theirs', async () => {
  const found = Array.from({ length: 2_000 }, (_, index) => ownedOf(`tier-${index}`, `${index}`));
  expect(await roundsDuring(written(found, {}))).toBeGreaterThan(50);
});
