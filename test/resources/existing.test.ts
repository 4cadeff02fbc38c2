import { ifExists, inBatches, readExisting } from '../../src/resources/existing.ts';

const missing = (): Error => Object.assign(new Error('gone'), { name: 'InvalidInstanceID.NotFound' });

/** AWS's way: one unknown id fails the whole call. */
function strictReader(known: readonly string[]) {
  const calls: string[][] = [];
  const read = async (ids: string[]): Promise<readonly string[]> => {
    calls.push(ids);
    if (ids.some((id) => !known.includes(id))) throw missing();
    return ids;
  };
  return { calls, read };
}

test('one id that does not exist does not hide the others', async () => {
  const { read } = strictReader(['a', 'b', 'd', 'e']);
  expect(await readExisting(['a', 'b', 'c', 'd', 'e'], 100, read)).toEqual(['a', 'b', 'd', 'e']);
});

test('when none exists, there is none', async () => {
  const { read } = strictReader([]);
  expect(await readExisting(['a', 'b', 'c'], 2, read)).toEqual([]);
});

test('no call has more ids than it may, and no ids need no call', async () => {
  const known = Array.from({ length: 250 }, (_, index) => `i-${index}`);
  const { calls, read } = strictReader(known);
  expect(await readExisting(known, 100, read)).toEqual(known);
  expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
  await readExisting([], 100, read);
  expect(calls).toHaveLength(3);
});

test('any other failure is a failure, never absence', async () => {
  const denied = Object.assign(new Error('no'), { name: 'UnauthorizedOperation' });
  await expect(readExisting(['a', 'b'], 10, () => Promise.reject(denied))).rejects.toBe(denied);
  await expect(ifExists(Promise.reject(denied))).rejects.toBe(denied);
});

test('what AWS does not know is undefined', async () => {
  expect(await ifExists(Promise.reject(missing()))).toBeUndefined();
  expect(await ifExists(Promise.resolve(7))).toBe(7);
});

test('batches keep order and lose nothing', () => {
  expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inBatches([], 2)).toEqual([]);
});
