import { ANNOTATIONS } from '../../src/api/well-known.ts';
import type { AnyResource } from '../../src/aws/driver.ts';
import { type End, type Graph, graphBuilder } from '../../src/core/graph.ts';
import type { Owned } from '../../src/core/kind.ts';
import type { Toy, ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { conditionOf, fields, HOST, NET } from './trio.ts';
import { NOTHING, type World, world } from './world.ts';

const CHEST: ToyShape = { type: 'toy.chest', naming: 'token', stateful: true };
const RULE: ToyShape = { type: 'toy.rule', naming: 'token', settle: 1 };

const LINKS: readonly string[] = [];
const declared = (shape: ToyShape) => toyKind({} as ToyCloud, shape);

/** A kind whose resources are seen with something more. */
function seenWith(kind: AnyResource, more: (owned: Owned) => Partial<Owned>): AnyResource {
  return {
    ...kind,
    async *observe(...asked) {
      for await (const page of kind.observe(...asked)) yield page.map((owned) => ({ ...owned, ...more(owned) }));
    },
  };
}

function chest(end: End): Graph {
  const g = graphBuilder();
  g.add(declared(CHEST), 'main', { ...fields(), links: LINKS }, { end });
  return g.build();
}

/** A chest that is full until it is emptied. */
async function fullChest(end: End, spec = {}) {
  const content = { isFull: true };
  const holds = () => (content.isFull ? { holds: 'toys; take them out' } : {});
  const w = world({ kinds: (cloud) => [seenWith(toyKind(cloud, CHEST), holds)], graph: chest(end), spec });
  await w.settle();
  return { w, content };
}

const CONFIRMED = { deletionPolicy: { default: 'Delete', database: 'Delete', confirmDataLoss: 'web' } } as const;

async function passes(w: World, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
}

describe('what holds something', () => {
  it('is not asked to be deleted, says what can be done, and goes once it is empty', async () => {
    const { w, content } = await fullChest('Delete', CONFIRMED);
    w.beginDeletion();
    await passes(w, 12);
    expect(w.cloud.writes.filter(({ verb }) => verb === 'delete')).toEqual([]);
    expect(conditionOf(w, 'Stalled')).toMatchObject({
      reason: 'DataLossRefused',
      message: 'toy.chest/main: holds toys; take them out',
    });
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'True' });
    expect((await w.pass())?.requeueAfter).toBe(60);
    content.isFull = false;
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive()).toEqual([]);
  });

  it('stays with DeleteIfEmpty, without a word about data', async () => {
    const { w } = await fullChest('DeleteIfEmpty');
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
    expect(w.tier.status.retained).toEqual([{ role: 'toy.chest/main', id: w.cloud.alive()[0]?.id }]);
  });

  it('goes with DeleteIfEmpty when it is empty, without a word about data', async () => {
    const { w, content } = await fullChest('DeleteIfEmpty');
    content.isFull = false;
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive()).toEqual([]);
  });
});

describe('what leaves a last copy', () => {
  it('is deleted when the id of that copy is in the status, where it stays', async () => {
    const leaving = (cloud: ToyCloud) => [
      seenWith(toyKind(cloud, NET), ({ id }) => ({ leaves: `${id}-last` })),
      toyKind(cloud, HOST),
    ];
    const g = graphBuilder();
    const net = g.add(declared(NET), 'main', { ...fields(), links: LINKS });
    g.add(declared(HOST), 'main', { ...fields(), links: [net.ref('toyId')] });
    const w = world({ kinds: leaving, graph: g.build() });
    await w.settle();
    expect(w.tier.status.retained).toBeUndefined();
    const known: unknown[] = [];
    w.cloud.beforeDelete = ({ type }: Toy) => {
      if (type === NET.type) known.push(...(w.tier.status.retained ?? []));
    };
    const id = w.cloud.alive().find(({ type }) => type === NET.type)?.id;
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
    const copy = { role: 'toy.net/main', id: `${id}-last` };
    expect(known).toEqual([copy]);
    expect(w.tier.status.retained).toEqual([copy]);
    expect(w.events.find(({ reason }) => reason === 'Retained')?.message).toBe(`left in AWS: toy.net/main ${id}-last`);
  });
});

describe('what is asked of an end', () => {
  /** A net of a kind of which a color is all that its end goes by: a red one leaves a copy, and no sweep shows colors. */
  const dyed = (cloud: ToyCloud): AnyResource =>
    seenWith({ ...toyKind(cloud, { ...NET, shallow: true }), ending: ['color'] }, ({ id, spec }) =>
      (spec as Partial<Toy['spec']>).color === 'red' ? { leaves: `${id}-last` } : {},
    );

  function dyedNet(color: string | null, size = 1): Graph {
    const g = graphBuilder();
    g.add(declared(NET), 'main', { ...fields({ color, size }), links: LINKS });
    return g.build();
  }

  /** The color that AWS holds at the moment of the delete. */
  function lastColor(w: World): unknown[] {
    const seen: unknown[] = [];
    w.cloud.beforeDelete = ({ spec }: Toy) => void seen.push(spec.color);
    return seen;
  }

  const WHEN = {
    'asked and not made, because others of its changes are refused': (w: World) => {
      w.cloud.fault = ({ verb }) => (verb === 'update' ? { refuse: 'AccessDenied' } : undefined);
    },
    'asked while the tier is paused': (w: World) => w.annotate({ [ANNOTATIONS.paused]: 'true' }),
    'asked while the cloud works on it': (w: World) => {
      for (const toy of w.cloud.alive()) toy.movedUntil = w.cloud.clock + 60;
    },
    'asked when the end has begun': (w: World) => w.beginDeletion(),
  } as const;

  it.each(
    Object.keys(WHEN).flatMap((when) =>
      [
        ['blue', 'red'],
        ['red', 'blue'],
        ['red', null],
      ].map(([from, to]) => [when as keyof typeof WHEN, from ?? null, to ?? null] as const),
    ),
  )('counts although it was %s: %s, then %s', async (when, from, to) => {
    const w = world({ kinds: (cloud) => [dyed(cloud)], graph: dyedNet(from) });
    await w.settle();
    const id = w.cloud.alive()[0]?.id;
    const colors = lastColor(w);
    WHEN[when](w);
    w.want(dyedNet(to, 2));
    await passes(w, 3);
    w.beginDeletion();
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
    expect(colors).toEqual([to]);
    expect(w.tier.status.retained).toEqual(to === 'red' ? [{ role: 'toy.net/main', id: `${id}-last` }] : undefined);
  });

  it('is all that is changed at the end, and nothing where no kind says that its end goes by it', async () => {
    for (const ending of [true, false]) {
      const kinds = (cloud: ToyCloud) => [ending ? dyed(cloud) : toyKind(cloud, NET)];
      const w = world({ kinds, graph: dyedNet('blue') });
      await w.settle();
      const changes: unknown[] = [];
      w.cloud.beforeUpdate = (_toy, change) => void changes.push(change);
      w.beginDeletion();
      w.want(dyedNet('green', 2));
      expect((await w.settle()).gone).toBe(true);
      expect(changes).toEqual(ending ? [{ color: 'green' }] : []);
    }
  });

  it('waits with the end for as long as it cannot be made, and says so', async () => {
    const w = world({ kinds: (cloud) => [dyed(cloud)], graph: dyedNet('blue') });
    await w.settle();
    w.cloud.fault = ({ verb }) => (verb === 'update' ? { refuse: 'AccessDenied' } : undefined);
    w.beginDeletion();
    w.want(dyedNet('red'));
    await passes(w, 5);
    expect(w.cloud.alive()).toHaveLength(1);
    expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'AccessDenied' });
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
  });

  it('goes by what AWS holds where no stage speaks of it any more', async () => {
    const w = world({ kinds: (cloud) => [dyed(cloud)], graph: dyedNet('red') });
    await w.settle();
    const colors = lastColor(w);
    w.want(NOTHING);
    await w.settle();
    expect([w.cloud.alive(), colors]).toEqual([[], ['red']]);
  });

  it('is no word about what stays', async () => {
    const g = (color: string) => {
      const builder = graphBuilder('Retain');
      builder.add(declared(NET), 'main', { ...fields({ color }), links: LINKS });
      return builder.build();
    };
    const w = world({ kinds: (cloud) => [dyed(cloud)], graph: g('blue') });
    await w.settle();
    w.beginDeletion();
    w.want(g('red'));
    expect((await w.settle()).gone).toBe(true);
    expect(w.cloud.alive().map(({ spec }) => spec.color)).toEqual(['blue']);
  });
});

describe('what something wanted still holds on to', () => {
  const kinds = (cloud: ToyCloud) => [NET, HOST, RULE].map((shape) => toyKind(cloud, shape));

  /** A host on two nets; a rule stands on the second, which the host lets go of after it. */
  function hostOn(names: readonly string[], hasRule: boolean): Graph {
    const g = graphBuilder();
    const nets = names.map((name) => g.add(declared(NET), name, { ...fields(), links: LINKS }));
    g.add(declared(HOST), 'main', { ...fields(), links: nets.map((net) => net.ref('toyId')) });
    const last = nets.at(-1);
    if (hasRule && last) g.add(declared(RULE), 'main', { ...fields(), links: [last.ref('toyId')] });
    return g.build();
  }

  it('does not keep from going what has to go before it is let go of', async () => {
    const w = world({ kinds, graph: hostOn(['a', 'b'], true) });
    await w.settle();
    const rules = () => w.cloud.alive().filter(({ type }) => type === RULE.type);
    w.cloud.fault = ({ verb, type }) =>
      verb === 'update' && type === HOST.type && rules().length > 0 ? { refuse: 'TargetGroup.InUse' } : undefined;
    w.want(hostOn(['a'], false));
    await w.settle();
    expect(w.cloud.alive().map(({ node }) => node)).toEqual(['toy.net/a', 'toy.host/main']);
    expect(w.cloud.violations).toEqual([]);
  });

  it('is waited for without an error, however long that takes', async () => {
    const w = world({ kinds, graph: hostOn(['a', 'b'], true) });
    await w.settle();
    w.cloud.fault = ({ verb }) => (verb === 'update' ? { refuse: 'TargetsNotHealthy' } : undefined);
    w.want(hostOn(['a', 'b', 'c'], true));
    await passes(w, 10);
    w.cloud.clock += 1_000;
    await passes(w, 5);
    expect(conditionOf(w, 'Synced')?.status).toBe('True');
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
    w.cloud.fault = () => undefined;
    await w.settle();
    w.want(NOTHING);
  });
});
