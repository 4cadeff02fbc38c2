/** What one life of a name leaves to the next, and what becomes of its data. */
import { RETAINED_TAG } from '../../src/core/names.ts';
import { COPY } from './draw.ts';
import { toyTags } from './toy-kinds.ts';
import { built, conditionOf, fields, passes, toyOf } from './trio.ts';

describe('another life of the same name', () => {
  it('does not touch what the earlier one left, until it is asked to adopt it', async () => {
    const w = await built();
    const ids = w.cloud
      .alive()
      .map(({ id }) => id)
      .sort();
    const writes = w.cloud.writes.length;
    w.reborn('uid-2');
    await passes(w, 3, 10);
    expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'OwnershipConflict' });
    expect(w.cloud.writes).toHaveLength(writes);
    w.annotate({ 'scalingtier.dev/adopt': 'true' });
    await w.settle();
    expect(
      w.cloud
        .alive()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids);
    expect(new Set(w.cloud.alive().map(({ tags }) => tags['scalingtier.dev/uid']))).toEqual(new Set(['uid-2']));
  });

  it('starts anew beside what was retained, and takes over what was retained when asked to', async () => {
    const w = await built({ end: 'Retain' });
    const old = toyOf(w, 'toy.disk/data');
    w.beginDeletion();
    await w.settle();
    expect(w.cloud.alive().map(({ id }) => id)).toEqual([old.id]);
    expect(w.tier.status.retained).toEqual([{ role: 'toy.disk/data', id: old.id }]);
    w.reborn('uid-2');
    w.annotate({ 'scalingtier.dev/adopt': 'true' });
    await w.settle();
    expect(toyOf(w, 'toy.disk/data')).toBe(old);
    expect(old.tags[RETAINED_TAG]).toBeUndefined();
    expect(w.cloud.alive()).toHaveLength(3);
  });

  it('does not take the final copy of an earlier life for one of its own data', async () => {
    const w = await built();
    w.beginDeletion();
    await w.settle();
    const copies = () => w.cloud.alive().filter(({ type }) => type === COPY.type);
    expect(copies()).toHaveLength(1);
    w.reborn('uid-2');
    w.annotate({ 'scalingtier.dev/adopt': 'true' });
    await w.settle();
    const disk = toyOf(w, 'toy.disk/data');
    w.beginDeletion();
    await w.settle();
    expect(copies()).toHaveLength(2);
    expect(copies().some(({ spec: { color } }) => color === disk.id)).toBe(true);
  });
});

describe('the copy of data', () => {
  it('is made once, also when it or the delete fails for long', async () => {
    const w = await built();
    w.beginDeletion();
    w.cloud.fault = ({ verb, type }) =>
      verb === 'delete' && type === 'toy.disk' ? { refuse: 'VolumeInUse' } : undefined;
    await passes(w, 40, 10);
    const copies = w.cloud.alive().filter(({ type }) => type === COPY.type);
    expect(copies).toHaveLength(1);
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive()).toEqual(copies);
  });

  it('is not let go of while what it is a copy of cannot be read', async () => {
    const w = await built();
    w.beginDeletion();
    const copies = () => w.cloud.alive().filter(({ type }) => type === COPY.type);
    for (let count = 0; count < 20 && (copies()[0]?.readyAt ?? Number.POSITIVE_INFINITY) > w.cloud.clock; count += 1)
      await passes(w, 1, 1);
    w.cloud.fault = ({ verb, type }) =>
      verb === 'observe' && type === 'toy.disk' ? { refuse: 'InternalError' } : undefined;
    await passes(w, 5, 5);
    expect(copies()[0]?.tags[RETAINED_TAG]).toBeUndefined();
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive()).toEqual(copies());
    expect(copies()).toHaveLength(1);
    expect(copies()[0]?.tags[RETAINED_TAG]).toBe('true');
  });

  it('that failed holds the data until a person has removed it', async () => {
    const w = await built();
    w.beginDeletion();
    for (let count = 0; count < 20; count += 1) {
      await w.pass();
      w.cloud.clock += 3;
      for (const toy of w.cloud.alive()) if (toy.type === COPY.type) toy.broken = true;
    }
    expect(toyOf(w, 'toy.disk/data').deletedAt).toBeUndefined();
    const broken = w.cloud.alive().filter(({ type }) => type === COPY.type);
    expect(broken).toHaveLength(1);
    w.cloud.delete(COPY.type, broken[0]?.id ?? '');
    w.cloud.clock += 5;
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive().map(({ type }) => type)).toEqual([COPY.type]);
  });
});

describe('a stranger with a claim but no tags to prove it', () => {
  it('stays what it is', async () => {
    const w = await built();
    const owner = { cluster: 'toys', namespace: 'shop', name: 'web', uid: 'uid-0' };
    const alien = w.cloud.plant({
      id: 'alien',
      type: 'toy.net',
      spec: { ...fields(), links: [] },
      tags: toyTags(owner, 'toy.net/other'),
    });
    w.beginDeletion();
    await w.settle();
    expect(alien.deletedAt).toBeUndefined();
  });
});
