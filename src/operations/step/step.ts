/**
 * A step of a move as a kind like any other: a script that runs on a server, a decision, or a time that passes. Starting it twice
 * is harmless, and its delete takes it back. It must not know what a step does: that is its definition's.
 */
import { randomBytes } from 'node:crypto';
import { type Aws, type Identity, type Live, type Resource, resource } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import type { Owned } from '../../core/kind.ts';
import { type Listed, listed, tagsOf, valuesOf } from '../../resources/ssm/parameter-reading.ts';
import { make, overwrite, remove, retag } from '../../resources/ssm/parameter-writing.ts';
import { fieldsChanged, ownerChanged } from '../../resources/tag-changes.ts';
import { compose } from '../remote/compose.ts';
import { cancel, isGone, type Progress, runningServer, send } from './command.ts';
import type { StepDefinition } from './definition.ts';
import { recordOf, type StepRecord, textOf } from './record.ts';
import {
  AGAIN_MILLISECONDS,
  attributesOf,
  endOf,
  healthOf,
  isKept,
  type Standing,
  type StepAttributes,
  sentOf,
  standingOf,
} from './standing.ts';

export interface StepSpec {
  /** The name of its definition. */
  readonly step: string;
  /** Full path of its record, below the tier's `parameterPrefix`. */
  readonly record: string;
  /** Where its script runs; absent: nowhere. */
  readonly instanceId?: string;
  /** The node of that server. */
  readonly server?: string;
  /** What it is given; never a secret. What nobody runs answers it. */
  readonly arguments: Readonly<Record<string, string>>;
  /** For how long it waits, where it is a time that passes. */
  readonly seconds?: number;
  /** Always asked to be true: what came of it is in its record. */
  readonly kept: true;
}

type Observed = Owned<StepSpec, StepAttributes>;

export const STEP_TYPE = 'operation.step';

/** What the server knows one attempt by: never the same twice, whatever was done and taken back before. */
const newOperation = (): string => randomBytes(32).toString('hex');

/** Where a step is to run, as its spec says now. */
const serverOf = ({ instanceId }: StepSpec): Pick<StepRecord, 'instanceId'> => (instanceId ? { instanceId } : {});

const notOver = (what: string): Error => Object.assign(new Error(what), { name: 'StepNotOver' });

/** The kind, with its definitions and a clock of the caller's, milliseconds since 1970. */
export function stepKind(
  definitions: readonly StepDefinition[],
  now: () => number,
): Resource<StepSpec, StepAttributes> {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));

  function definitionOf(name: string): StepDefinition {
    const definition = byName.get(name);
    if (!definition) throw new Error(`look up the step ${name}: there is no such definition`);
    return definition;
  }

  const timeNow = (): string => new Date(now()).toISOString();

  async function observed(
    aws: Aws,
    { name, description: _, ...claim }: Listed,
    text: string | undefined,
  ): Promise<Observed> {
    const record = recordOf(text);
    if (!record) {
      const reason = `${name} is no record of a step; delete that parameter to have the step begun anew`;
      return { ...claim, id: name, spec: {}, attributes: {}, health: { state: 'unreadable', phase: 'failed', reason } };
    }
    const standing = await standingOf(aws, record, now());
    const reading = { definition: byName.get(record.step), now: now() };
    return {
      ...claim,
      id: name,
      spec: {
        kept: isKept(standing, reading) ? true : null,
        ...(record.seconds === undefined ? {} : { seconds: record.seconds }),
      },
      attributes: attributesOf(standing, reading),
      health: healthOf(standing, now()),
    };
  }

  /** The record of an attempt that has not begun. */
  function attempt(
    spec: StepSpec,
    { startedTime, attempts }: Pick<StepRecord, 'startedTime' | 'attempts'>,
  ): StepRecord {
    const { step, instanceId, server, seconds, arguments: given } = spec;
    const common = { step, operation: newOperation(), startedTime, attempts };
    if (seconds !== undefined) return { ...common, state: 'waiting', seconds };
    if (!definitionOf(step).script || instanceId === undefined)
      return { ...common, state: 'done', finishedTime: timeNow(), answer: given };
    return { ...common, state: 'sent', instanceId, arguments: given, ...(server ? { server } : {}) };
  }

  const parameterOf = (name: string, value: StepRecord) => ({
    name,
    value: textOf(value),
    description: `step ${value.step} of a move: how far it is`,
  });

  const keep = (aws: Aws, self: Identity, name: string, value: StepRecord): Promise<void> =>
    overwrite(aws, self, parameterOf(name, value));

  async function read(aws: Aws, name: string): Promise<StepRecord | undefined> {
    return recordOf((await valuesOf(aws, [name])).get(name));
  }

  async function ownedNamed(aws: Aws, name: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    for await (const page of listed(aws, { by: 'ids', ids: [name] }, STEP_TYPE)) found.push(...page);
    return found;
  }

  /** Makes a record; where a lost answer had made one already, that one holds. */
  async function enter(aws: Aws, self: Identity, name: string, value: StepRecord): Promise<StepRecord> {
    try {
      await make(aws, self, parameterOf(name, value));
      return value;
    } catch (error) {
      const [known] = await ownedNamed(aws, name);
      const isOurs = known?.owner?.uid === self.owner.uid && known.node === self.node;
      if (classify(error).class !== 'exists' || !isOurs) throw error;
      return (await read(aws, name)) ?? value;
    }
  }

  /** Sends what a record speaks of, and notes the command. The record is there before: nothing runs that nobody would take back. */
  async function launch(aws: Aws, self: Identity, name: string, record: StepRecord): Promise<void> {
    const { step, operation, arguments: given = {}, instanceId = '', state } = record;
    const definition = definitionOf(step);
    const isUndo = state === 'undoing';
    const script = isUndo ? definition.undo : definition.script;
    if (!script) return;
    const undo = isUndo ? { undo: record.undo ?? 1 } : {};
    const { seconds, text: body, library = '' } = script;
    const text = compose({ step, operation, arguments: given, library, script: body, ...undo });
    const comment = isUndo ? `${step}: taken back` : step;
    const commandId = await send(aws, { instanceId, text, seconds, comment });
    await keep(aws, self, name, {
      ...record,
      commandId,
      sentTime: timeNow(),
      attempts: record.attempts + (isUndo ? 0 : 1),
    });
  }

  /** Writes down what came of it, or begins it again where nothing did. */
  async function advance(aws: Aws, live: Live<StepSpec, StepAttributes>, spec: StepSpec): Promise<void> {
    const { self, id } = live;
    const record = await read(aws, id);
    if (record?.state === 'waiting') return keep(aws, self, id, { ...record, seconds: spec.seconds ?? 0 });
    if (record?.state === 'sent') return advanceSent(aws, self, id, { ...record, ...serverOf(spec) });
    if (record?.state !== 'failed') return;
    const next = attempt(spec, record);
    await keep(aws, self, id, next);
    await launch(aws, self, id, next);
  }

  async function advanceSent(aws: Aws, self: Identity, name: string, record: StepRecord): Promise<void> {
    const standing = await standingOf(aws, record, now());
    const end = endOf(standing);
    if (end) return keep(aws, self, name, { ...record, ...end, finishedTime: timeNow() });
    if (standing.progress?.state !== 'running') await launch(aws, self, name, record);
  }

  /** One move on the way back: what runs is called off, then what it did is undone, then its record goes. */
  async function takeBack(aws: Aws, live: Live<StepSpec, StepAttributes>): Promise<void> {
    const { self, id } = live;
    const record = await read(aws, id);
    if (!record) return remove(aws, id);
    const { progress } = await standingOf(aws, record, now());
    if (progress?.state === 'running') {
      if (record.state === 'sent') {
        await cancel(aws, sentOf(record));
        await keep(aws, self, id, { ...record, state: 'ending' });
      }
      throw notOver('what runs is being called off');
    }
    const instanceId = await serverToUndoOn(aws, self, record, progress);
    if (instanceId === undefined) return remove(aws, id);
    await undo(aws, self, id, { record: { ...record, instanceId }, ...(progress ? { progress } : {}) });
    throw notOver('it is being taken back');
  }

  /** Where something still has to be undone; nowhere when it is, and when there is no server to do it on. */
  async function serverToUndoOn(
    aws: Aws,
    { owner }: Identity,
    { state, step, instanceId, server }: StepRecord,
    progress?: Progress,
  ): Promise<string | undefined> {
    const isUndone = state === 'undoing' && progress?.state === 'done';
    if (isUndone || instanceId === undefined || !byName.get(step)?.undo) return undefined;
    if (!(await isGone(aws, instanceId))) return instanceId;
    return server === undefined ? undefined : runningServer(aws, owner.uid, server);
  }

  async function undo(aws: Aws, self: Identity, name: string, { record, progress }: Standing): Promise<void> {
    const hasFailed = record.state === 'undoing' && progress?.state === 'failed';
    if (hasFailed && now() - sentOf(record).sentAt < AGAIN_MILLISECONDS) throw notOver(progress.reason);
    const { commandId: _, ...rest } = record;
    const next: StepRecord = {
      ...rest,
      state: 'undoing',
      undo: (record.undo ?? 0) + (hasFailed || !record.undo ? 1 : 0),
    };
    await keep(aws, self, name, next);
    await launch(aws, self, name, next);
  }

  return resource<StepSpec, StepAttributes>({
    type: STEP_TYPE,
    rules: { step: 'ignore', record: 'ignore', instanceId: 'ignore', server: 'ignore', arguments: 'ignore' },
    operation: true,
    settle: 1,

    async *observe(aws, scope) {
      for await (const page of listed(aws, scope, STEP_TYPE)) {
        const values = await valuesOf(
          aws,
          page.map(({ name }) => name),
        );
        yield await Promise.all(
          page.map(async (entry) => ({
            ...(await observed(aws, entry, values.get(entry.name))),
            ...(scope.by === 'cluster' ? {} : await tagsOf(aws, entry.name)),
          })),
        );
      }
    },

    async create(aws, self, spec) {
      const record = await enter(aws, self, spec.record, attempt(spec, { startedTime: timeNow(), attempts: 0 }));
      if (record.state === 'sent' && record.commandId === undefined) await launch(aws, self, spec.record, record);
      return { id: spec.record, attributes: {} };
    },

    async update(aws, live, spec, changes) {
      if (fieldsChanged(changes).size > 0 || ownerChanged(changes)) await advance(aws, live, spec);
      await retag(aws, live.id, changes);
    },

    async delete(aws, live) {
      await takeBack(aws, live);
    },
  });
}
