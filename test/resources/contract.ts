/**
 * What every kind must do, whatever AWS calls it: one suite, run on each kind against the sandbox. A kind that needs an
 * exception here has a bug or a missing field in its fixture.
 */

import { randomUUID } from 'node:crypto';
import type { AnyResource, Identity, Live, Scope } from '../../src/aws/driver.ts';
import { classify } from '../../src/aws/errors.ts';
import { identify } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import type { Owned, Owner } from '../../src/core/kind.ts';
import { openAccount, type Session } from './aws.ts';
import { nextRead, nextWrite, noFaults, smallPages } from './faults.ts';
import type { AnyFixture } from './fixture.ts';
import { stripTags } from './strip.ts';
import { converge, deleteFully, differences, eventually, find, observeTier, openWorld, type World } from './world.ts';

type Any = AnyResource;

interface Stage {
  readonly world: World;
  readonly ground: unknown;
  readonly self: Identity;
  readonly spec: object;
}

const byIDs = (...ids: readonly string[]): Scope => ({ by: 'ids', ids });
const named = ({ cluster, namespace, name }: Owner): Owner => ({ cluster, namespace, name });
const codeOf = (error: unknown): string => classify(error).class;
const ids = (found: readonly Owned[]): readonly string[] => found.map(({ id }) => id);

const BY_HAND = { Name: 'by hand' };

/** Strangers as they occur: another installation, an earlier object of the same name, a person. */
function strangersOf({ owner }: World, { node }: Identity, keepsUID: boolean): readonly Identity[] {
  const otherCluster = identify({ ...owner, cluster: 'elsewhere', uid: randomUUID() }, node, 1);
  const person = { ...identify({ ...owner, cluster: 'nobody', uid: randomUUID() }, node, 1), tags: BY_HAND };
  const earlier = identify({ ...owner, uid: randomUUID() }, node, 1);
  return keepsUID ? [otherCluster, person, earlier] : [otherCluster, person];
}

async function inEveryScope(world: World, resource: Any, live: Live<object, object>): Promise<readonly Owned[]> {
  const scopes: readonly Scope[] = [
    { by: 'cluster', cluster: world.owner.cluster },
    { by: 'tiers', owners: [world.owner] },
    byIDs(live.id),
  ];
  const read = await Promise.all(scopes.map((scope) => allOf(resource.observe(world.aws, scope))));
  return read.flatMap((found) => found.filter(({ id }) => id === live.id));
}

function common(fixture: AnyFixture, open: () => World): void {
  const resource: Any = fixture.resource;
  const node = `${resource.type}/under-test` as const;
  let stage: Stage;

  beforeEach(async () => {
    const world = open();
    const ground: unknown = await fixture.prepare(world);
    stage = { world, ground, self: world.identity(node), spec: fixture.initial(ground) };
  });
  afterEach(() => noFaults(open()));

  const build = (): Promise<Live<object, object>> => converge(stage.world.aws, resource, stage.self, stage.spec);

  test('created, it is observed as asked in every scope, and it is ours', async () => {
    const live = await build();
    const seen = await inEveryScope(stage.world, resource, live);
    expect(seen).toHaveLength(3);
    for (const owned of seen) {
      expect(differences(resource, stage.spec, { ...owned, self: stage.self })).toEqual([]);
      expect(owned).toMatchObject({ node, owner: named(stage.world.owner) });
      // 0: it does not say.
      expect([0, 1]).toContain(owned.incarnation);
      expect(owned.health.phase).toBe('ready');
      // Readings are kept as text.
      expect(JSON.parse(JSON.stringify(owned))).toEqual(owned);
    }
  });

  test('the answer to its creation has the id and attributes by which it is seen afterwards', async () => {
    const made = await resource.create(stage.world.aws, stage.self, stage.spec);
    const seen = await eventually(`${made.id}`, () => find(stage.world.aws, resource, stage.self));
    expect(seen.id).toBe(made.id);
    expect(Object.keys(seen.attributes)).toEqual(expect.arrayContaining(Object.keys(made.attributes)));
    expect(made.id).not.toBe('');
  });

  for (const { name, change, expect: answer } of fixture.changed) {
    test(`a changed ${name}: ${answer === 'update' ? 'an update' : 'a replacement'}`, async () => {
      const live = await build();
      const spec = { ...stage.spec, ...change(stage.ground) };
      const impacts = differences(resource, spec, live).map(({ impact }) => impact);
      expect(impacts).not.toEqual([]);
      expect(impacts.includes('replace')).toBe(answer === 'replace');
      if (answer === 'replace') return;
      const after = await converge(stage.world.aws, resource, stage.self, spec);
      expect(after.id).toBe(live.id);
    });
  }

  test('deleted twice, it is gone and nothing is said about it', async () => {
    const live = await build();
    await deleteFully(stage.world.aws, resource, live);
    await expect(resource.delete(stage.world.aws, live)).resolves.toBeUndefined();
    expect(ids(await observeTier(stage.world.aws, resource, stage.world.owner))).not.toContain(live.id);
  });

  test('what strangers own is neither taken for ours nor touched', async () => {
    const { world, self, ground } = stage;
    const live = await build();
    const all = strangersOf(world, self, live.owner?.uid !== undefined);
    const strangers = fixture.recognisable === false ? all.filter(({ tags }) => tags !== BY_HAND) : all;
    const made: string[] = [];
    for (const [index, stranger] of strangers.entries()) {
      const spec = { ...stage.spec, ...fixture.stranger?.(ground, index + 1) };
      made.push((await resource.create(world.aws, stranger, spec)).id);
    }
    const theirs = async () => {
      const found = await allOf(resource.observe(world.aws, byIDs(...made)));
      const seen = found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const who = seen.map(({ id, tags, owner }) => ({ id, tags, owner }));
      return { who, specs: seen.map(({ spec }) => spec) };
    };
    const before = await theirs();
    expect(before.who).toHaveLength(strangers.length);
    for (const scope of [
      { by: 'tiers', owners: [world.owner] },
      { by: 'cluster', cluster: world.owner.cluster },
    ] as const) {
      const seen = await allOf(resource.observe(world.aws, scope));
      const ours = seen.filter(
        ({ owner }) => owner?.cluster === world.owner.cluster && (owner.uid ?? world.owner.uid) === world.owner.uid,
      );
      expect(ids(ours)).toEqual([live.id]);
    }
    await deleteFully(world.aws, resource, live);
    const after = await theirs();
    expect(after.who).toEqual(before.who);
    // AWS says more of what it has finished meanwhile.
    expect(after.specs).toMatchObject(before.specs);
  });

  test('two of a tier are both seen, however small the pages of the lists are', async () => {
    const { world, spec, ground } = stage;
    const live = await build();
    const second = world.identity(`${resource.type}/second`);
    const made = await resource.create(world.aws, second, { ...spec, ...fixture.stranger?.(ground, 1) });
    await smallPages(world, 1);
    const seen = await eventually(made.id, async () => {
      const found = ids(await observeTier(world.aws, resource, world.owner));
      return found.includes(made.id) && found;
    });
    expect(seen).toContain(live.id);
  });

  test('an id that AWS does not know is left out, and does not hide one that it knows', async () => {
    const live = await build();
    expect(ids(await allOf(resource.observe(stage.world.aws, byIDs(fixture.missing, live.id))))).toEqual([live.id]);
    expect(await allOf(resource.observe(stage.world.aws, byIDs(fixture.missing)))).toEqual([]);
    expect(await allOf(resource.observe(stage.world.aws, byIDs()))).toEqual([]);
  });

  if (fixture.strip !== null) {
    test('robbed of its tags, it is found by its id and gets them back', async () => {
      const { world, self } = stage;
      const live = await build();
      await (fixture.strip ?? stripTags)(world, live.id);
      expect(ids(await observeTier(world.aws, resource, world.owner))).not.toContain(live.id);
      const [found] = await allOf(resource.observe(world.aws, byIDs(live.id)));
      if (!found) throw new Error(`${live.id} was not found by its id`);
      expect(found).toMatchObject({ id: live.id, owner: undefined, node: undefined });
      const robbed = { ...found, self };
      await resource.update(world.aws, robbed, stage.spec, differences(resource, stage.spec, robbed));
      const again = await converge(world.aws, resource, self, stage.spec);
      expect(again).toMatchObject({ id: live.id, owner: world.owner });
    });
  }

  test.each([
    { code: 'RequestLimitExceeded', status: 503, expected: 'throttled' },
    { code: 'UnauthorizedOperation', status: 403, expected: 'denied' },
  ])('a read that AWS answers with $code fails as $expected, never as empty', async ({ code, status, expected }) => {
    await nextRead(stage.world, { kind: 'error', code, status });
    const failure = await observeTier(stage.world.aws, resource, stage.world.owner).catch(codeOf);
    expect(failure).toBe(expected);
  });

  test('a refused creation says so and leaves nothing behind', async () => {
    await nextWrite(stage.world, { kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    expect(await resource.create(stage.world.aws, stage.self, stage.spec).catch(codeOf)).toBe('denied');
    expect(await observeTier(stage.world.aws, resource, stage.world.owner)).toEqual([]);
  });

  test('while reads lag behind, it is missing or known, never wrong', async () => {
    await nextWrite(stage.world, { kind: 'lag', seconds: 0.5 });
    const made = await resource.create(stage.world.aws, stage.self, stage.spec);
    await expect(allOf(resource.observe(stage.world.aws, byIDs(made.id)))).resolves.toBeDefined();
    const live = await eventually(made.id, () => find(stage.world.aws, resource, stage.self));
    expect(live.id).toBe(made.id);
  });

  test('when the answer to its creation is lost, there is one of it in the end', async () => {
    await nextWrite(stage.world, { kind: 'error500After' });
    expect(await resource.create(stage.world.aws, stage.self, stage.spec).catch(codeOf)).toBe('ambiguous');
    await build();
  });

  if (!resource.anonymous) {
    test('created twice under the same identity, there is one of it', async () => {
      await resource.create(stage.world.aws, stage.self, stage.spec);
      await resource.create(stage.world.aws, stage.self, stage.spec).catch((error: unknown) => {
        expect(codeOf(error)).toBe('exists');
      });
      await build();
    });
  }
}

/** Runs the suite on one kind, and then the cases of that kind alone. */
export function contract(fixture: AnyFixture): void {
  let session: Session;
  const open = (): World => openWorld(session);

  beforeAll(async () => {
    session = await openAccount();
  });
  afterAll(() => session?.close());

  describe('as every kind', () => common(fixture, open));
  if (fixture.extra) describe('by itself', () => fixture.extra?.(open));
}
