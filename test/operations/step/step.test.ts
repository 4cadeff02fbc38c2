/** A step as a kind: begun twice without harm, seen before it is kept, taken back before it goes. */
import { identify } from '../../../src/aws/ownership.ts';
import type { Change, Owned } from '../../../src/core/kind.ts';
import { busyWith } from '../../../src/core/plan-desired.ts';
import type { Progress } from '../../../src/operations/step/command.ts';
import type { StepDefinition, Watched } from '../../../src/operations/step/definition.ts';
import type { StepAttributes } from '../../../src/operations/step/standing.ts';
import { type StepSpec, stepKind } from '../../../src/operations/step/step.ts';
import { type SystemsManager, systemsManager } from './systems-manager.ts';

const OWNER = { cluster: 'main', namespace: 'shop', name: 'web', uid: 'u-1' };
const NODE = 'operation.step/freeze';
const SELF = identify(OWNER, NODE, 1);
const RECORD = '/scaling-tier/shop/web/ops/up/freeze';
const START = Date.parse('2026-11-24T00:00:00.000Z');

const DEFINITIONS: readonly StepDefinition[] = [
  {
    name: 'toy.freeze',
    script: { text: 'freeze it', seconds: 60 },
    undo: { text: 'thaw it', seconds: 60 },
    result: ({ position }) => `at ${String(position)}`,
  },
  { name: 'toy.look', script: { text: 'look at it', seconds: 60 } },
  { name: 'toy.again', script: { text: 'do it again', seconds: 60 }, again: true },
  { name: 'toy.decide' },
  { name: 'toy.ask', asks: ({ where }) => `carry it to ${where}` },
  { name: 'toy.watch', watch: async (_, watched) => seen(watched), result: ({ count }) => `${String(count)} seen` },
];

/** What AWS says to whoever watches, and what he was told when he looked last. */
let says: () => Progress = () => ({ state: 'running', said: 'nothing yet', pace: 42 });
let lastWatched: Watched | undefined;

function seen(watched: Watched): Progress {
  lastWatched = watched;
  return says();
}

const specOf = (change: Partial<StepSpec> = {}): StepSpec => ({
  step: 'toy.freeze',
  record: RECORD,
  instanceId: 'i-1',
  arguments: { DATABASE: 'app' },
  kept: true,
  ...change,
});

const NOT_KEPT: readonly Change[] = [{ path: 'kept', from: null, to: true, impact: 'online' }];

/** The operations that were sent, each once. */
const operationsOf = ({ commands }: SystemsManager): readonly string[] => [
  ...new Set(commands.map(({ text }) => /OPERATION='([0-9a-f]{64})'/.exec(text)?.[1] ?? '')),
];

/** The kind over a Systems Manager of its own, with a clock that a test moves. */
function ground() {
  const manager: SystemsManager = systemsManager();
  const clock = { now: START };
  const kind = stepKind(DEFINITIONS, () => clock.now);
  const look = async (): Promise<Owned<StepSpec, StepAttributes> | undefined> => {
    const found: Owned<StepSpec, StepAttributes>[] = [];
    for await (const page of kind.observe(manager.aws, { by: 'tiers', owners: [OWNER] })) found.push(...page);
    return found[0];
  };
  const live = async () => ({ ...((await look()) as Owned<StepSpec, StepAttributes>), self: SELF });
  return {
    manager,
    clock,
    look,
    create: (spec = specOf()) => kind.create(manager.aws, SELF, spec),
    update: async (spec = specOf(), changes = NOT_KEPT) => kind.update(manager.aws, await live(), spec, changes),
    remove: async () => kind.delete(manager.aws, await live()),
  };
}

test('it sends its script with its arguments and waits for the answer', async () => {
  const { create, look, manager } = ground();
  await create();
  const seen = await look();

  expect(manager.commands.map(({ instanceId }) => instanceId)).toEqual(['i-1']);
  expect(manager.commands[0]?.text).toContain("DATABASE='app'");
  expect(manager.commands[0]?.text).toContain('freeze it');
  expect(seen).toMatchObject({
    ...{ owner: OWNER, node: NODE, incarnation: 1, id: RECORD, spec: { kept: true } },
    health: { state: 'running', phase: 'settling' },
  });
  expect(seen?.attributes).toEqual({ startedTime: '2026-11-24T00:00:00.000Z', attempts: 1 });
});

test('what its script answered last is seen at once, and kept by the next update', async () => {
  const { create, look, update, manager, clock } = ground();
  await create();
  manager.end('Success', 'progress: going\n{"position":"0/16B3748"}\n');
  const seen = await look();

  expect(seen?.health).toEqual({ state: 'done', phase: 'ready' });
  expect(seen?.attributes).toMatchObject({ position: '0/16B3748', result: 'at 0/16B3748' });
  expect(seen?.attributes).not.toHaveProperty('finishedTime');
  expect(seen?.spec.kept).toBeNull();

  clock.now += 5000;
  // Whatever stands on it goes on in the same pass.
  expect(await update()).toMatchObject({ position: '0/16B3748', finishedTime: '2026-11-24T00:00:05.000Z' });
  // Thirty days later AWS has forgotten the command.
  manager.commands.length = 0;
  const kept = await look();

  expect(kept?.spec.kept).toBe(true);
  expect(kept?.attributes).toMatchObject({ position: '0/16B3748', finishedTime: '2026-11-24T00:00:05.000Z' });
});

test('what failed says why, in its own words, and yields nothing that others could refer to', async () => {
  const { create, look, update, manager } = ground();
  await create();
  manager.end('Failed', '{"failed":"the disk is full"}');

  expect((await look())?.health).toEqual({ state: 'failed', phase: 'failed', reason: 'the disk is full' });
  expect(await update()).toBeUndefined();
  expect(await look()).toMatchObject({ spec: { kept: true }, health: { phase: 'failed', reason: 'the disk is full' } });
  expect((await look())?.attributes).toEqual({ startedTime: '2026-11-24T00:00:00.000Z', attempts: 1 });
});

test.each([
  ['is cut off', 'Failed', 'Failed', 'progress: half'],
  ['is never delivered', 'TimedOut', 'DeliveryTimedOut', ''],
  ['ends with its server', 'Failed', 'Terminated', ''],
  ['prints more than AWS keeps', 'Success', 'Success', `{"cut":"${'x'.repeat(100)}`],
])('a command that %s is sent again as the same operation', async (_, status, details, output) => {
  const { create, look, update, manager } = ground();
  await create();
  manager.end(status, output, details);

  expect(await look()).toMatchObject({ spec: { kept: null }, health: { state: 'lost', phase: 'warming' } });
  await update();
  expect(manager.commands).toHaveLength(2);
  expect(manager.commands[1]?.text).toBe(manager.commands[0]?.text);
  expect((await look())?.attributes.attempts).toBe(2);
});

test('it is looked at more rarely the longer it takes', async () => {
  const { create, look, clock } = ground();
  await create();
  const paces: (number | undefined)[] = [];
  for (const seconds of [0, 40, 120, 4000]) {
    clock.now = START + seconds * 1000;
    paces.push((await look())?.health.pace);
  }

  expect(paces).toEqual([0.3, 1, 3, 10]);
});

test('what takes too long is a failure, not sent again', async () => {
  const { create, look, manager } = ground();
  await create();
  manager.end('TimedOut', 'progress: slow', 'ExecutionTimedOut');

  expect((await look())?.health).toMatchObject({
    phase: 'failed',
    reason: 'it took longer than it may, and was ended',
  });
});

test('a new command is not lost because AWS does not show it yet', async () => {
  const { create, look, manager, clock } = ground();
  await create();
  manager.commands.length = 0;
  clock.now += 59_000;
  expect((await look())?.health.phase).toBe('settling');
  clock.now += 2_000;
  expect((await look())?.health.state).toBe('lost');
});

test('begun twice, because nobody heard of the first time, it is one operation with one record', async () => {
  const { create, look, manager } = ground();
  await create();
  await create();

  expect(new Set(manager.commands.map(({ text }) => text)).size).toBe(1);
  expect(manager.values.size).toBe(1);
  expect((await look())?.node).toBe(NODE);
});

test('its record comes first: whoever dies before the command has left nothing on the server that nobody knows of', async () => {
  const { create, look, update, manager } = ground();
  manager.refusals.set('SendCommand', 'InternalError');
  await expect(create()).rejects.toThrow('InternalError');
  expect(await look()).toMatchObject({ node: NODE, spec: { kept: null }, health: { state: 'lost', phase: 'warming' } });

  await update();
  expect(manager.commands).toHaveLength(1);
  expect((await look())?.health.phase).toBe('settling');
});

test('what was taken back and is begun anew is another operation: the server must not answer for it what it answered before', async () => {
  const { create, remove, manager } = ground();
  await create(specOf({ step: 'toy.look' }));
  manager.end('Success', '{}');
  await remove();
  await create(specOf({ step: 'toy.look' }));

  const [first, second] = manager.commands.map(({ text }) => /OPERATION='([0-9a-f]{64})'/.exec(text)?.[1]);
  expect(first).toBeDefined();
  expect(second).not.toBe(first);
});

test('a parameter of others in its place is never written over', async () => {
  const { create, manager } = ground();
  manager.refusals.set('PutParameter', 'ParameterAlreadyExists');

  await expect(create()).rejects.toThrow('ParameterAlreadyExists');
  expect(manager.values.size).toBe(0);
});

test('a server that is not connected is waited for', async () => {
  const { create, manager } = ground();
  manager.refusals.set('SendCommand', 'InvalidInstanceId');

  await expect(create()).rejects.toMatchObject({ name: 'ServerNotConnected', message: expect.stringContaining('i-1') });
  expect(manager.commands).toEqual([]);
});

test('what is tried again is another operation, a minute after it failed', async () => {
  const { create, look, update, manager, clock } = ground();
  const spec = specOf({ step: 'toy.again' });
  await create(spec);
  manager.end('Failed', '{"failed":"not yet"}');
  await update(spec);
  expect((await look())?.spec.kept).toBe(true);

  clock.now += 60_000;
  expect((await look())?.spec.kept).toBeNull();
  await update(spec);
  expect(manager.commands).toHaveLength(2);
  expect(manager.commands[1]?.text).not.toBe(manager.commands[0]?.text);
  expect((await look())?.health.phase).toBe('settling');
});

test('a decision answers what it was given, at once and for good', async () => {
  const { create, look, manager } = ground();
  await create({ step: 'toy.decide', record: RECORD, arguments: { writer: 'db.example' }, kept: true });

  expect(manager.commands).toEqual([]);
  expect(await look()).toMatchObject({
    attributes: { writer: 'db.example', finishedTime: '2026-11-24T00:00:00.000Z' },
    spec: { kept: true },
    health: { phase: 'ready' },
  });
});

test('a time says until when it waits, follows a change of its length, and is over then', async () => {
  const { create, look, update, clock } = ground();
  const waiting = { step: 'toy.decide', record: RECORD, arguments: {}, kept: true } as const;
  await create({ ...waiting, seconds: 3600 });
  const before = await look();
  expect(before?.health).toEqual({ state: 'waiting', phase: 'warming', until: '2026-11-24T01:00:00.000Z' });

  const shorter: Change = { path: 'seconds', from: 3600, to: 60, impact: 'online' };
  expect(before && busyWith(before, [shorter])).toBeUndefined();
  await update({ ...waiting, seconds: 60 }, [shorter]);
  expect(await look()).toMatchObject({ spec: { seconds: 60 }, health: { until: '2026-11-24T00:01:00.000Z' } });

  clock.now += 60_000;
  expect(await look()).toMatchObject({
    health: { state: 'over', phase: 'ready' },
    attributes: { finishedTime: '2026-11-24T00:01:00.000Z' },
  });
});

describe('taken back', () => {
  test('it runs its undo with what it was given, waits for it, and only then its record goes', async () => {
    const { create, look, remove, manager } = ground();
    await create();
    manager.end('Success', '{"position":"1"}');
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });

    expect(operationsOf(manager)).toHaveLength(1);
    expect(manager.commands[1]?.text).toContain("UNDO='1'");
    expect(manager.commands[1]?.text).toContain('thaw it');
    expect(manager.commands[1]?.text).toContain("DATABASE='app'");
    expect((await look())?.health.phase).toBe('deleting');

    manager.end('Success', '{"thawed":true}');
    expect((await look())?.health.phase).toBe('ready');
    await remove();
    expect(manager.values.size).toBe(0);
  });

  test('while it runs it is called off first', async () => {
    const { create, look, remove, manager } = ground();
    await create();
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });
    expect(manager.commands.map(({ status }) => status)).toEqual(['Cancelled']);
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });
    expect(manager.commands[1]?.text).toContain('thaw it');
    expect((await look())?.health.phase).toBe('deleting');
  });

  test('an undo that fails says why, and is tried again a minute later; its record stays', async () => {
    const { create, look, remove, manager, clock } = ground();
    await create();
    manager.end('Success', '{"position":"1"}');
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });
    manager.end('Failed', '{"failed":"not reachable"}');
    expect((await look())?.health).toMatchObject({ phase: 'failed', reason: 'it cannot be taken back: not reachable' });
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver', message: 'not reachable' });
    expect(manager.commands).toHaveLength(2);

    clock.now += 60_000;
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });
    expect(manager.commands[2]?.text).toContain("UNDO='2'");
    expect(operationsOf(manager)).toHaveLength(1);
    expect(manager.values.size).toBe(1);
  });

  test('it is undone on the server that came in the place of the one that is gone', async () => {
    const { create, remove, manager } = ground();
    await create(specOf({ server: 'ec2.instance/server' }));
    manager.end('Success', '{"position":"1"}');
    manager.instanceState = 'terminated';
    manager.successor = 'i-2';
    await expect(remove()).rejects.toMatchObject({ name: 'StepNotOver' });

    expect(manager.commands[1]).toMatchObject({ instanceId: 'i-2', text: expect.stringContaining('thaw it') });
  });

  test('of a server that is gone nothing has to be undone', async () => {
    const { create, remove, manager } = ground();
    await create();
    manager.end('Success', '{"position":"1"}');
    manager.instanceState = 'terminated';
    await remove();

    expect(manager.commands).toHaveLength(1);
    expect(manager.values.size).toBe(0);
  });

  test('without an undo its record goes at once', async () => {
    const { create, remove, manager } = ground();
    await create(specOf({ step: 'toy.look' }));
    manager.end('Success', '{}');
    await remove();

    expect(manager.values.size).toBe(0);
  });
});

test('what is no record is shown as one that nobody can read, with the way out', async () => {
  const { create, look, manager } = ground();
  await create();
  manager.values.set(RECORD, 'hello');

  expect((await look())?.health).toMatchObject({
    phase: 'failed',
    reason: expect.stringContaining('delete that parameter'),
  });
});

describe('a step that a person says is done', () => {
  const asked = specOf({ step: 'toy.ask', arguments: { where: 'the cellar' }, seconds: 600, word: true });
  const { instanceId: _, ...ASKED } = asked;
  const SAID: readonly Change[] = [{ path: 'word', from: null, to: true, impact: 'online' }];
  const UNTIL = '2026-11-24T00:10:00.000Z';

  test('says what is to be done and until when, and yields nothing before', async () => {
    const { create, look } = ground();
    await create(ASKED);
    const seen = await look();
    expect(seen?.spec).toEqual({ kept: true, word: null });
    expect(seen?.attributes).toEqual({ startedTime: '2026-11-24T00:00:00.000Z', attempts: 0 });
    expect(seen?.health).toEqual({
      ...{ state: 'asking', phase: 'warming', until: UNTIL },
      reason: `carry it to the cellar; it is waited for until ${UNTIL}`,
    });
  });

  test('is done when that is said, and answers what it was given', async () => {
    const { create, look, update, clock } = ground();
    await create(ASKED);
    clock.now += 599_000;
    await update(ASKED, SAID);
    clock.now += 3600_000;
    expect(await look()).toMatchObject({
      spec: { kept: true },
      health: { state: 'done', phase: 'ready' },
      attributes: { where: 'the cellar', finishedTime: '2026-11-24T00:09:59.000Z' },
    });
  });

  test('takes nothing else for the word', async () => {
    const { create, look, update } = ground();
    await create(ASKED);
    await update(ASKED, [{ path: 'seconds', from: 600, to: 900, impact: 'online' }]);
    expect(await look()).toMatchObject({ spec: { word: null }, health: { state: 'asking', until: UNTIL } });
  });

  test('fails when nobody says so in time, and what is said then is not heard', async () => {
    const { create, look, update, clock, remove } = ground();
    await create(ASKED);
    clock.now += 600_000;
    const missed = {
      ...{ state: 'missed', phase: 'failed' },
      reason: 'nobody said within 600 seconds that it is done: carry it to the cellar',
    };
    expect(await look()).toMatchObject({ health: missed });
    expect((await look())?.spec).toEqual({ kept: true });
    await update(ASKED, SAID);
    expect((await look())?.health).toEqual(missed);
    await remove();
    expect(await look()).toBeUndefined();
  });
});

describe('a step that judges what AWS says', () => {
  const WATCHING: StepSpec = { step: 'toy.watch', record: RECORD, arguments: { most: '3' }, kept: true };

  test('says how far it is, looks again when that is of use, and judges from when it began', async () => {
    const { create, look, clock, manager } = ground();
    says = () => ({ state: 'running', said: '3 minutes left', pace: 42 });
    await create(WATCHING);
    clock.now += 1000;
    const found = await look();
    expect(manager.commands).toEqual([]);
    expect(found?.health).toEqual({ state: 'watching', phase: 'settling', reason: '3 minutes left', pace: 42 });
    expect(found).toMatchObject({ spec: { kept: true }, attributes: { startedTime: '2026-11-24T00:00:00.000Z' } });
    expect(found?.attributes).not.toHaveProperty('finishedTime');
    expect(lastWatched).toEqual({ given: { most: '3' }, startedAt: START, now: START + 1000 });
  });

  test('keeps what came of it, which nobody looks at again', async () => {
    const { create, look, update, clock } = ground();
    await create(WATCHING);
    says = () => ({ state: 'done', answer: { count: 7 } });
    expect(await look()).toMatchObject({ spec: { kept: null }, health: { phase: 'ready' } });
    clock.now += 5000;
    expect(await update(WATCHING)).toMatchObject({ count: 7, finishedTime: '2026-11-24T00:00:05.000Z' });
    says = () => ({ state: 'failed', reason: 'too late' });
    expect(await look()).toMatchObject({
      ...{ spec: { kept: true }, health: { state: 'done', phase: 'ready' } },
      attributes: { count: 7, result: '7 seen', attempts: 1 },
    });
  });

  test('fails with the words of the judgement', async () => {
    const { create, look, update } = ground();
    await create(WATCHING);
    says = () => ({ state: 'failed', reason: '7 are too many' });
    const failed = { state: 'failed', phase: 'failed', reason: '7 are too many' };
    expect((await look())?.health).toEqual(failed);
    await update(WATCHING);
    says = () => ({ state: 'done', answer: { count: 0 } });
    expect(await look()).toMatchObject({ spec: { kept: true }, health: failed });
  });

  test('what AWS does not tell is no judgement, and hides no other step', async () => {
    const { create, look, update } = ground();
    await create(WATCHING);
    says = () => {
      throw Object.assign(new Error('you may not'), { name: 'AccessDenied' });
    };
    expect((await look())?.health).toMatchObject({
      phase: 'settling',
      reason: expect.stringMatching(/^what is to be judged cannot be read: AccessDenied: .*you may not/),
    });
    expect(await update(WATCHING)).toBeUndefined();
    expect((await look())?.spec).toEqual({ kept: true });
  });

  test('taken back, it goes at once', async () => {
    const { create, look, remove, manager } = ground();
    says = () => ({ state: 'running', said: 'nothing yet' });
    await create(WATCHING);
    await remove();
    expect(await look()).toBeUndefined();
    expect(manager.commands).toEqual([]);
  });
});
