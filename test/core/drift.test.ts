/** What others change, strip or delete in AWS, and changes that have no effect. */
import { ANNOTATIONS } from '../../src/api/well-known.ts';
import { built, conditionOf, graph, passes, toyOf } from './trio.ts';

describe('drift', () => {
  it('is put back when it was seen twice, and said once', async () => {
    const w = await built();
    const toy = toyOf(w, 'toy.host/main');
    toy.spec = { ...toy.spec, color: 'green', labels: ['b', 'a'] };
    await w.pass();
    expect(w.cloud.writes.filter(({ verb }) => verb === 'update')).toHaveLength(0);
    expect(conditionOf(w, 'UpToDate')).toMatchObject({ status: 'False', reason: 'DriftDetected' });
    expect(conditionOf(w, 'Ready')?.status).toBe('True');
    expect(w.tier.status.drift).toMatchObject([
      { role: 'toy.host/main', field: 'color', desired: 'red', observed: 'green', action: 'Pending' },
    ]);
    w.cloud.clock += 10;
    await w.pass();
    expect(toy.spec.color).toBe('green');
    await w.settle();
    expect(toy.spec.color).toBe('red');
    expect(w.tier.status.drift).toBeUndefined();
    const reasons = w.events.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'DriftDetected')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'DriftCorrected')).toHaveLength(1);
  });

  it('that heals before the second look costs no write', async () => {
    const w = await built();
    const toy = toyOf(w, 'toy.host/main');
    const before = { spec: toy.spec, writes: w.cloud.writes.length };
    toy.spec = { ...toy.spec, color: 'green' };
    await w.pass();
    toy.spec = before.spec;
    await w.settle();
    expect(w.cloud.writes).toHaveLength(before.writes);
  });

  it.each(['Report', 'Off'] as const)('is left alone under %s, whatever else is asked', async (mode) => {
    const w = await built({ mode });
    const toy = toyOf(w, 'toy.net/main');
    toy.spec = { ...toy.spec, color: 'green' };
    await passes(w, 4, 40);
    expect(toy.spec.color).toBe('green');
    expect(conditionOf(w, 'UpToDate')?.status).toBe(mode === 'Off' ? 'True' : 'False');
    expect(conditionOf(w, 'Ready')?.status).toBe('True');
    w.want(graph({ host: { mode: 'slow' } }));
    await passes(w, 10, 4);
    expect(toyOf(w, 'toy.host/main').spec.mode).toBe('slow');
    expect(toy.spec.color).toBe('green');
  });

  it.each(['Correct', 'Report'] as const)(
    'is none when what we end is wanted again before it is gone, under %s',
    async (mode) => {
      const w = await built({ mode });
      const { id } = toyOf(w, 'toy.host/main');
      w.want(new Map([...graph()].filter(([node]) => node !== 'toy.host/main')));
      await w.pass();
      expect(w.cloud.writes.at(-1)?.verb).toBe('delete');
      w.want(graph());
      await passes(w, 20, 3);
      expect(toyOf(w, 'toy.host/main').id).not.toBe(id);
      expect(w.events.map(({ reason }) => reason)).not.toContain('DriftDetected');
    },
  );

  it('in ignored fields is neither corrected nor held against the tier', async () => {
    const w = await built();
    w.respec({ driftPolicy: { ignore: [{ role: 'toy.host/main', fields: ['color', 'tags.theirs', 'nested'] }] } });
    await w.settle();
    const toy = toyOf(w, 'toy.host/main');
    toy.spec = { ...toy.spec, color: 'green', nested: { deep: 'y', maybe: 'z' } };
    await passes(w, 3, 40);
    expect(toy.spec).toMatchObject({ color: 'green', nested: { deep: 'y' } });
    expect(conditionOf(w, 'UpToDate')?.status).toBe('True');
    expect(w.tier.status.driftCount).toBe(0);
  });

  it('that would need another resource is reported, never corrected', async () => {
    const w = await built();
    const toy = toyOf(w, 'toy.host/main');
    toy.spec = { ...toy.spec, shape: 'flat' };
    await passes(w, 3, 40);
    expect(toyOf(w, 'toy.host/main')).toBe(toy);
    expect(w.tier.status.drift).toMatchObject([{ field: 'shape', class: 'NeedsReplacement', action: 'Reported' }]);
  });

  it('brings back a host that somebody deleted, as a further incarnation, after the second look', async () => {
    const w = await built();
    const toy = toyOf(w, 'toy.host/main');
    w.cloud.clock += 120;
    w.cloud.delete(toy.type, toy.id);
    w.cloud.clock += 5;
    await w.pass();
    expect(w.tier.status.drift).toMatchObject([{ role: 'toy.host/main', field: 'existence' }]);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Unavailable' });
    await w.settle();
    expect(toyOf(w, 'toy.host/main').incarnation).toBe(2);
    expect(w.cloud.violations).toEqual([]);
  });

  it('does not replace lost data by an empty disk without a word', async () => {
    const w = await built({ end: 'Delete' });
    const [first, second] = [toyOf(w, 'toy.host/main'), toyOf(w, 'toy.disk/data')];
    w.cloud.delete(first.type, first.id);
    w.cloud.delete(second.type, second.id);
    await passes(w, 8, 40);
    expect(w.cloud.alive().some(({ type }) => type === 'toy.disk')).toBe(false);
    expect(conditionOf(w, 'Stalled')).toMatchObject({ status: 'True', reason: 'DataLossRefused' });
    w.respec({ deletionPolicy: { database: 'Delete', confirmDataLoss: 'web' } });
    await w.settle();
    expect(toyOf(w, 'toy.disk/data').incarnation).toBe(2);
  });

  it('of tags: ours are put back, those of others stay', async () => {
    const w = await built();
    const toy = toyOf(w, 'toy.host/main');
    const { tags } = toy;
    toy.tags = { theirs: 'x' };
    w.cloud.clock += 1;
    await w.pass();
    await w.settle();
    expect(toy.tags).toEqual({ ...tags, theirs: 'x' });
    expect(w.cloud.alive().filter(({ type }) => type === 'toy.host')).toHaveLength(1);
    expect(w.cloud.violations).toEqual([]);
  });
});

/** A trio whose host takes every change and changes nothing, until it is mended. */
async function deaf() {
  const w = await built();
  const kind = w.engine.resources.find(({ type }) => type === 'toy.host');
  if (!kind) throw new Error('no host');
  const { update } = kind;
  const sent = { count: 0 };
  const ignore = async (): Promise<void> => {
    sent.count += 1;
  };
  Object.assign(kind, { update: ignore });
  return { w, sent, mend: () => Object.assign(kind, { update }) };
}

describe('a change that has no effect', () => {
  it('is not sent for ever: the tier stalls and says what to do, and goes on when the wish changes', async () => {
    const { w, sent, mend } = await deaf();
    w.want(graph({ host: { color: 'green' } }));
    await passes(w, 60, 3);
    expect(sent.count).toBe(8);
    expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'ReconcileLoop' });
    mend();
    w.want(graph({ host: { color: 'blue' } }));
    await w.settle();
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('blue');
  });

  it('is tried again when a person asks for it, as the message says', async () => {
    const { w, sent, mend } = await deaf();
    w.want(graph({ host: { color: 'green' } }));
    await passes(w, 60, 3);
    expect(conditionOf(w, 'Stalled')?.message).toContain(ANNOTATIONS.reconcileRequestedAt);
    w.annotate({ [ANNOTATIONS.reconcileRequestedAt]: 'once' });
    await passes(w, 60, 3);
    expect(sent.count).toBe(16);
    mend();
    w.annotate({ [ANNOTATIONS.reconcileRequestedAt]: 'again' });
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('green');
  });
});
