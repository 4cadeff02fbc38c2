/** What is remembered of tags that lists do not return. */
import { identify } from '../../src/aws/ownership.ts';
import { claimMemory } from '../../src/resources/claim-memory.ts';

const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
const { tags } = identify(owner, 's3.bucket/uploads', 2);
const [here, elsewhere] = [{}, {}];

test('tags are read once', async () => {
  const memory = claimMemory();
  let reads = 0;
  const read = async () => {
    reads += 1;
    return tags;
  };
  const first = await memory.ask(here, 'one', read);
  expect(await memory.ask(here, 'one', read)).toEqual(first);
  expect(first).toEqual({ owner, node: 's3.bucket/uploads', incarnation: 2 });
  expect(reads).toBe(1);
});

test('another account or region is another place', () => {
  const memory = claimMemory();
  memory.learn(here, 'one', tags);
  expect(memory.recall(elsewhere, 'one')).toBeUndefined();
});

test('what is not there is not remembered, what claims nothing is', async () => {
  const memory = claimMemory();
  expect((await memory.ask(here, 'gone', async () => undefined)).owner).toBeUndefined();
  expect(memory.recall(here, 'gone')).toBeUndefined();
  await memory.ask(here, 'somebody', async () => ({ Name: 'by hand' }));
  expect(memory.recall(here, 'somebody')).toMatchObject({ owner: undefined });
  expect([...memory.claiming(here).keys()]).toEqual([]);
});

test('what was written to, and what is listed no more, is read again', () => {
  const memory = claimMemory();
  for (const id of ['one', 'two', 'three']) memory.learn(here, id, tags);
  memory.forget(here, 'one');
  memory.keepOnly(here, new Set(['one', 'two']));
  expect([...memory.claiming(here).keys()]).toEqual(['two']);
});
