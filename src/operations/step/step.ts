/**
 * A step of a move as a kind like any other: a script that runs on a server, a decision, or a time that passes. Starting it twice
 * is harmless, and its delete takes it back. It must not know what a step does: that is its definition's.
 */
import { randomBytes } from 'node:crypto';
import { type Aws, type Identity, type Live, type Resource, resource } from '../../aws/driver.ts';
import type { Owned } from '../../core/kind.ts';
import { type Listed, listed, tagsOf, valuesOf } from '../../resources/ssm/parameter-reading.ts';
import { remove, retag } from '../../resources/ssm/parameter-writing.ts';
import { fieldsChanged, ownerChanged } from '../../resources/tag-changes.ts';
import { compose } from '../remote/compose.ts';
import { cancel, isGone, type Progress, runningServer, send } from './command.ts';
import type { StepDefinition } from './definition.ts';
import { recordOf, type StepRecord } from './record.ts';
import { enter, keep, read } from './records.ts';
import {
  AGAIN_MILLISECONDS,
  attributesOf,
  awaitsWord,
  endOf,
  healthOf,
  isKept,
  type Reading,
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
  /** For how long it waits, where it is a time that passes, or a person's word. */
  readonly seconds?: number;
  /** A person says that it is done, by approving that this becomes true. */
  readonly word?: true;
  /** Always asked to be true: what came of it is in its record. */
  readonly kept: true;
}

/** What an update is to bring about. */
interface Asked {
  readonly spec: StepSpec;
  /** A person has said that it is done. */
  readonly said: boolean;
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

  const readingOf = ({ step }: StepRecord): Reading => ({ definition: byName.get(step), now: now() });

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
    const reading = readingOf(record);
    const standing = await standingOf(aws, record, reading);
    return {
      ...claim,
      id: name,
      spec: {
        kept: isKept(standing, reading) ? true : null,
        // For how long a person is waited for was said when that began.
        ...(record.state === 'waiting' && record.seconds !== undefined ? { seconds: record.seconds } : {}),
        ...(awaitsWord(record, now()) ? { word: null } : {}),
      },
      attributes: attributesOf(standing, reading),
      health: healthOf(standing, reading),
    };
  }

  /** The record of an attempt that has not begun. */
  function attempt(
    spec: StepSpec,
    { startedTime, attempts }: Pick<StepRecord, 'startedTime' | 'attempts'>,
  ): StepRecord {
    const { step, instanceId, server, seconds, arguments: given, word } = spec;
    const common = { step, operation: newOperation(), startedTime, attempts };
    if (word) return { ...common, state: 'asking', seconds: seconds ?? 0, arguments: given };
    if (seconds !== undefined) return { ...common, state: 'waiting', seconds };
    const { script, watch } = definitionOf(step);
    if (watch) return { ...common, state: 'watching', attempts: attempts + 1, arguments: given };
    if (!script || instanceId === undefined)
      return { ...common, state: 'done', finishedTime: timeNow(), answer: given };
    return { ...common, state: 'sent', instanceId, arguments: given, ...(server ? { server } : {}) };
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

  /** Writes down that a person has said that it is done; too late is not at all. */
  async function hear(aws: Aws, self: Identity, name: string, record: StepRecord): Promise<StepAttributes | undefined> {
    if (!awaitsWord(record, now())) return undefined;
    const answer = record.arguments ?? {};
    return ended(aws, self, name, { ...record, state: 'done', finishedTime: timeNow(), answer });
  }

  /** Writes down what came of it, or begins it again where nothing did. */
  async function advance(
    aws: Aws,
    { self, id }: Live<StepSpec, StepAttributes>,
    { spec, said }: Asked,
  ): Promise<StepAttributes | undefined> {
    const record = await read(aws, id);
    if (record?.state === 'asking') return said ? hear(aws, self, id, record) : undefined;
    if (record?.state === 'sent') return advanceOpen(aws, self, id, { ...record, ...serverOf(spec) });
    if (record?.state === 'watching') return advanceOpen(aws, self, id, record);
    if (record?.state === 'waiting') await keep(aws, self, id, { ...record, seconds: spec.seconds ?? 0 });
    if (record?.state === 'failed') {
      const next = attempt(spec, record);
      await keep(aws, self, id, next);
      await launch(aws, self, id, next);
    }
    return undefined;
  }

  async function advanceOpen(
    aws: Aws,
    self: Identity,
    name: string,
    record: StepRecord,
  ): Promise<StepAttributes | undefined> {
    const standing = await standingOf(aws, record, readingOf(record));
    const end = endOf(standing);
    if (end) return ended(aws, self, name, { ...record, ...end, finishedTime: timeNow() });
    if (standing.progress?.state !== 'running') await launch(aws, self, name, record);
    return undefined;
  }

  /** Keeps what came of it; what others may go on with, when it went well. */
  async function ended(
    aws: Aws,
    self: Identity,
    name: string,
    record: StepRecord,
  ): Promise<StepAttributes | undefined> {
    await keep(aws, self, name, record);
    return record.state === 'done' ? answered(record) : undefined;
  }

  const answered = (record: StepRecord): StepAttributes => attributesOf({ record }, readingOf(record));

  /** One move on the way back: what runs is called off, then what it did is undone, then its record goes. */
  async function takeBack(aws: Aws, live: Live<StepSpec, StepAttributes>): Promise<void> {
    const { self, id } = live;
    const record = await read(aws, id);
    // What only looks has nothing to take back.
    if (!record || record.state === 'watching') return remove(aws, id);
    const { progress } = await standingOf(aws, record, readingOf(record));
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
    prompt: true,
    approval: ({ path }) => path === 'word',

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
      return {
        id: spec.record,
        ...(record.state === 'done' ? { attributes: answered(record), final: true } : { attributes: {} }),
      };
    },

    async update(aws, live, spec, changes) {
      const fields = fieldsChanged(changes);
      const isDue = fields.size > 0 || ownerChanged(changes);
      const attributes = isDue ? await advance(aws, live, { spec, said: fields.has('word') }) : undefined;
      await retag(aws, live.id, changes);
      return attributes;
    },

    async delete(aws, live) {
      await takeBack(aws, live);
    },
  });
}
