/** Matching what AWS holds to the nodes of a tier. */
import { RETAINED_TAG } from '../../src/core/names.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { type Reading, type Recorded, snapshotOf } from '../../src/core/snapshot.ts';
import { BOX, OWNER, ownedOf } from './samples.ts';

const NODE: NodeId = 'toy.box/main';

function match(
  found: readonly ReturnType<typeof ownedOf>[],
  recorded: Recorded | undefined = undefined,
  adopt = false,
  wanted: ReadonlySet<NodeId> = new Set(),
) {
  const readings = new Map<string, Reading>([['toy.box', { found }]]);
  const records = new Map<NodeId, Recorded>(recorded ? [[NODE, recorded]] : []);
  return snapshotOf(readings, { owner: OWNER, recorded: records, adopt, wanted }, [BOX]);
}

const idOf = (snapshot: ReturnType<typeof match>): string | undefined => snapshot.live.get(NODE)?.id;

describe('snapshotOf', () => {
  it('takes a resource at its word when it names this tier', () => {
    expect(idOf(match([ownedOf({ id: 'a' })]))).toBe('a');
  });

  it('counts a claim without a uid, where AWS keeps none', () => {
    const { uid: _, ...owner } = OWNER;
    expect(idOf(match([ownedOf({ id: 'a', owner })]))).toBe('a');
  });

  it.each([
    ['another cluster', { ...OWNER, cluster: 'x' }],
    ['another namespace', { ...OWNER, namespace: 'x' }],
    ['another name', { ...OWNER, name: 'x' }],
  ])('has nothing to do with %s, even under a recorded id', (_name, owner) => {
    const snapshot = match([ownedOf({ id: 'a', owner })], { id: 'a', incarnation: 1 }, true);
    expect([snapshot.live.size, snapshot.foreign.size, snapshot.superseded.length]).toEqual([0, 0, 0]);
  });

  it('sets aside what an earlier object of the same name left, unless it is to be adopted', () => {
    const left = ownedOf({ id: 'a', owner: { ...OWNER, uid: 'uid-0' } });
    expect(match([left]).foreign.get(NODE)?.id).toBe('a');
    expect(match([left]).live.size).toBe(0);
    expect(idOf(match([left], undefined, true))).toBe('a');
  });

  it('does not see what was retained, unless it is to be adopted', () => {
    const retained = ownedOf({ id: 'a', tags: { [RETAINED_TAG]: 'true' } });
    const snapshot = match([retained]);
    expect([snapshot.live.size, snapshot.foreign.size]).toEqual([0, 0]);
    expect(idOf(match([retained], undefined, true))).toBe('a');
  });

  it('knows what this object itself retained, though it died before it could say so', () => {
    const tags = { [RETAINED_TAG]: 'true' };
    const earlier = { ...OWNER, uid: 'uid-0' };
    const { left } = match([ownedOf({ id: 'a', tags }), ownedOf({ id: 'b', tags, owner: earlier })]);
    expect(left?.map(({ owned }) => owned.id)).toEqual(['a']);
    expect(match([ownedOf({ id: 'a' })]).left).toEqual([]);
  });

  it('believes what says how many came before it, although it does not say whose object it is', () => {
    const { uid: _, ...owner } = OWNER;
    const [old, successor] = [ownedOf({ id: 'a', owner, incarnation: 1 }), ownedOf({ id: 'b', owner, incarnation: 2 })];
    const snapshot = match([old, successor], { id: 'a', incarnation: 1 });
    expect(snapshot.live.get(NODE)).toMatchObject({ id: 'b', incarnation: 2 });
    expect(snapshot.superseded.map(({ owned }) => owned.id)).toEqual(['a']);
  });

  it('knows what lost its tags by its recorded id, with its recorded incarnation', () => {
    const stripped = ownedOf({ id: 'a', owner: undefined, node: undefined, incarnation: 0 });
    const snapshot = match([stripped], { id: 'a', incarnation: 3 });
    expect(snapshot.live.get(NODE)).toMatchObject({ id: 'a', incarnation: 3 });
    expect(match([stripped], { id: 'b', incarnation: 3 }).live.size).toBe(0);
  });

  it('keeps the newest incarnation in force, whatever order AWS answers in', () => {
    const [one, two, three] = [1, 2, 3].map((incarnation) => ownedOf({ id: `box-${incarnation}`, incarnation }));
    if (!one || !two || !three) throw new Error('three boxes');
    for (const found of [
      [one, two, three],
      [three, one, two],
      [two, three, one],
    ]) {
      const snapshot = match(found);
      expect(idOf(snapshot)).toBe('box-3');
      expect(snapshot.superseded.map(({ owned }) => owned.id).sort()).toEqual(['box-1', 'box-2']);
    }
  });

  it('keeps the recorded one of twins in force, whatever order AWS answers in', () => {
    const twins = [ownedOf({ id: 'a' }), ownedOf({ id: 'b' })];
    expect(idOf(match(twins, { id: 'b', incarnation: 1 }))).toBe('b');
    expect(idOf(match([...twins].reverse(), { id: 'b', incarnation: 1 }))).toBe('b');
    expect(idOf(match(twins))).toBe(idOf(match([...twins].reverse())));
  });

  it('takes one resource that was read twice for one', () => {
    expect(match([ownedOf({ id: 'a' }), ownedOf({ id: 'a' })]).superseded).toEqual([]);
  });

  it('takes back what this very object has left, when it wants it again, and nothing that another one left', () => {
    const tags = { [RETAINED_TAG]: 'true' };
    const wanted = new Set([NODE]);
    expect(idOf(match([ownedOf({ id: 'a', tags })], undefined, false, wanted))).toBe('a');
    const unwanted = match([ownedOf({ id: 'a', tags })]);
    expect([idOf(unwanted), unwanted.left?.map(({ owned }) => owned.id)]).toEqual([undefined, ['a']]);
    const earlier = { ...OWNER, uid: '00000000-0000-0000-0000-000000000000' };
    expect(idOf(match([ownedOf({ id: 'a', tags, owner: earlier })], undefined, false, wanted))).toBeUndefined();
  });

  it('never takes a reading that failed, or none, for an empty one', () => {
    const failure = { class: 'denied', code: 'UnauthorizedOperation', message: 'no' };
    const claimant = { owner: OWNER, recorded: new Map(), adopt: false, wanted: new Set<NodeId>() };
    expect(snapshotOf(new Map([['toy.box', { failed: failure }]]), claimant, [BOX]).unread.get('toy.box')).toEqual(
      failure,
    );
    expect(snapshotOf(new Map(), claimant, [BOX]).unread.has('toy.box')).toBe(true);
    expect(match([]).unread.size).toBe(0);
  });
});
