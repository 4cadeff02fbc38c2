/** The operator's own defences over the real loop: each holds alone, with everything else as it should be. */
import { graphBuilder } from '../../src/core/graph.ts';
import { COPY } from './draw.ts';
import type { ToyCloud } from './toy-cloud.ts';
import { toyKind, toyTags } from './toy-kinds.ts';
import { built, conditionOf, fields, graph, HOST, kinds, NET, toyOf } from './trio.ts';
import { world } from './world.ts';

const OWNER = { cluster: 'toys', namespace: 'shop', name: 'web', uid: 'uid-1' };
const KINDS = ['toy.net', 'toy.disk', 'toy.host', COPY.type];

describe('the finalizer', () => {
  it.each(KINDS)('stays while %s cannot be read: absence counts only from a complete reading', async (type) => {
    const w = await built();
    w.beginDeletion();
    w.cloud.fault = (call) => (call.verb === 'observe' && call.type === type ? { refuse: 'InternalError' } : undefined);
    for (let count = 0; count < 40; count += 1) {
      expect((await w.pass())?.gone).toBe(false);
      w.cloud.clock += 30;
    }
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'False', message: expect.stringContaining(type) });
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive().map((toy) => toy.type)).toEqual([COPY.type]);
  });

  it.each(KINDS)('stays when only the last look at %s fails', async (type) => {
    for (let failing = 0; failing < 40; failing += 1) {
      const w = await built();
      w.beginDeletion();
      let reads = 0;
      w.cloud.fault = (call) =>
        call.verb === 'observe' && call.type === type && reads++ === failing ? { refuse: 'Throttling' } : undefined;
      expect((await w.settle()).gone).toBe(true);
      expect(w.cloud.alive().map((toy) => toy.type)).toEqual([COPY.type]);
      if (reads <= failing) break;
    }
  });

  it('stays until every kind was read freshly: a shared reading may be older than what it does not show', async () => {
    const g = graphBuilder();
    for (const shape of [NET, HOST]) {
      g.add(toyKind({} as ToyCloud, shape), 'main', { ...fields(), links: [] as readonly string[] });
    }
    const w = world({ kinds, graph: g.build(), spec: { driftPolicy: { mode: 'Off' } } });
    await w.settle();
    // A kind that the tier is about, and of which nothing seems to be left.
    w.cloud.delete('toy.host', toyOf(w, 'toy.host/main').id);
    w.cloud.clock += 200;
    Object.assign(w.engine.patience, { sweepSeconds: 1000 });
    await w.pass();
    w.cloud.delete('toy.net', toyOf(w, 'toy.net/main').id);
    w.cloud.clock += 5;
    const spec = { ...fields(), links: [] };
    w.cloud.plant({ id: 'late', type: 'toy.host', node: 'toy.host/late', spec, tags: toyTags(OWNER, 'toy.host/late') });
    w.beginDeletion();
    expect((await w.pass())?.gone).toBe(false);
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive()).toEqual([]);
  });
});

describe('an error that nobody knows', () => {
  it.each(['create', 'update', 'delete', 'observe'] as const)(
    'of a %s is shown and tried again, never in a hurry',
    async (verb) => {
      const w = verb === 'create' ? world({ kinds, graph: graph() }) : await built();
      if (verb === 'update') w.want(graph({ host: { color: 'green' } }));
      if (verb === 'delete') w.beginDeletion();
      w.cloud.fault = (call) =>
        call.verb === verb ? { refuse: 'SomethingNew', message: 'out of the blue' } : undefined;
      for (let count = 0; count < 5; count += 1) {
        const verdict = await w.pass();
        expect(verdict?.requeueAfter).toBeGreaterThanOrEqual(2);
        expect(conditionOf(w, 'Synced')).toMatchObject({
          status: 'False',
          reason: 'ReconcileError',
          message: expect.stringContaining('SomethingNew: out of the blue'),
        });
        w.cloud.clock += verdict?.requeueAfter ?? 0;
      }
      w.cloud.fault = () => undefined;
      await w.settle();
      expect(w.cloud.violations).toEqual([]);
    },
  );

  it.each<[string, unknown]>([
    ['no error at all', undefined],
    ['an object that says nothing', Object.create(null)],
    ['a defect of a kind', new TypeError('cannot read the unreadable')],
  ])('is shown when it is %s', async (_name, value) => {
    const w = await built();
    const kind = w.engine.resources.find(({ type }) => type === 'toy.host');
    if (!kind) throw new Error('no host');
    const { update } = kind;
    Object.assign(kind, {
      update: async () => {
        throw value;
      },
    });
    w.want(graph({ host: { color: 'green' } }));
    const verdict = await w.pass();
    expect(conditionOf(w, 'Synced')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('toy.host/main'),
    });
    expect(verdict?.requeueAfter).toBe(60);
    Object.assign(kind, { update });
    await w.settle();
  });

  it.each<[string, unknown]>([
    ['no error at all', undefined],
    ['an object that says nothing', Object.create(null)],
    ['an unknown error', Object.assign(new Error('out of the blue'), { name: 'SomethingNew' })],
  ])('is shown also when the account could not be entered for %s', async (_name, value) => {
    const w = await built();
    const open = w.engine.sessions.open;
    Object.assign(w.engine.sessions, {
      open: async () => {
        throw value;
      },
    });
    const verdict = await w.pass();
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'False', reason: 'ReconcileError' });
    expect(verdict).toMatchObject({ result: 'error', requeueAfter: 60 });
    Object.assign(w.engine.sessions, { open });
    await w.settle();
  });
});

describe('what only a close look shows', () => {
  it('is still to be done after a pass that ended in the middle', async () => {
    const shapes = [NET, { type: 'toy.host', naming: 'token', shallow: true } as const];
    const wanted = (color: string, ...nets: readonly string[]) => {
      const g = graphBuilder();
      const [net, host] = shapes.map((shape) => toyKind({} as ToyCloud, shape));
      if (!net || !host) throw new Error('two shapes are two kinds');
      for (const name of nets) g.add(net, name, { ...fields(), links: [] as readonly string[] });
      g.add(host, 'main', { ...fields({ color }), links: [] as readonly string[] });
      return g.build();
    };
    const w = world({ kinds: (cloud) => shapes.map((shape) => toyKind(cloud, shape)), graph: wanted('red', 'a') });
    await w.settle();
    w.want(wanted('green', 'a', 'b'));
    expect(await w.pass({ refuseRecords: true })).toBeUndefined();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('red');
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('green');
  });
});
