/**
 * A step of a move as a kind like any other: a script that runs on a server, a decision, or a time that passes. Starting it twice
 * is harmless, and its delete takes it back. It must not know what a step does: that is its definition's.
 */
import { type Aws, type Identity, type Live, type Resource, resource } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import type { Owned } from '../../core/kind.ts';
import { type Listed, listed, tagsOf, valuesOf } from '../../resources/ssm/parameter-reading.ts';
import { make, overwrite, remove, retag } from '../../resources/ssm/parameter-writing.ts';
import { fieldsChanged, ownerChanged } from '../../resources/tag-changes.ts';
import { compose } from '../remote/compose.ts';
import { cancel, isGone, type Progress, send } from './command.ts';
import type { Script, StepDefinition } from './definition.ts';
import { recordOf, type StepRecord, textOf } from './record.ts';
import { attributesOf, endOf, healthOf, isKept, type StepAttributes, sentOf, standingOf } from './standing.ts';

export interface StepSpec {
  /** The name of its definition. */
  readonly step: string;
  /** Full path of its record, below the tier's `parameterPrefix`. */
  readonly record: string;
  /** Where its script runs; absent: nowhere. */
  readonly instanceId?: string;
  /** What it is given; never a secret. What nobody runs answers it. */
  readonly arguments: Readonly<Record<string, string>>;
  /** For how long it waits, where it is a time that passes. */
  readonly seconds?: number;
  /** Always asked to be true: what came of it is in its record. */
  readonly kept: true;
}

type Observed = Owned<StepSpec, StepAttributes>;

export const STEP_TYPE = 'operation.step';

/** Rounds of undoing are counted apart. */
const UNDO_ROUNDS = 5000;

/** An attempt of a step as the server knows it: the same when it is sent again, another one after it failed. */
const operationOf = ({ token }: Identity, round: number): string =>
  `${token.slice(0, 60)}${String(round).padStart(4, '0')}`;

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

  function textToSend(
    script: Script,
    { step, arguments: given }: Pick<StepSpec, 'step' | 'arguments'>,
    operation: string,
  ): string {
    return compose({ step, operation, arguments: given, script: script.text });
  }

  const written = ({ record: name }: Pick<StepSpec, 'record'>, value: StepRecord) => ({
    name,
    value: textOf(value),
    description: `step ${value.step} of a move: how far it is`,
  });

  /** Sends the script of a round, and answers with the record of that. */
  async function begin(aws: Aws, self: Identity, spec: StepSpec, last?: StepRecord): Promise<StepRecord> {
    const { step, instanceId, seconds } = spec;
    const definition = definitionOf(step);
    const common = { step, startedTime: last?.startedTime ?? timeNow(), attempts: (last?.attempts ?? 0) + 1 };
    const round = last?.state === 'failed' ? last.round + 1 : (last?.round ?? 1);
    if (seconds !== undefined) return { ...common, round, state: 'waiting', seconds };
    if (!definition.script || instanceId === undefined)
      return { ...common, round, state: 'done', finishedTime: timeNow(), answer: spec.arguments };
    const text = textToSend(definition.script, spec, operationOf(self, round));
    const command = { instanceId, text, seconds: definition.script.seconds, comment: step };
    const commandId = await send(aws, command);
    const asked = { commandId, instanceId, sentTime: timeNow(), arguments: spec.arguments };
    return { ...common, round, state: 'sent', ...asked };
  }

  /** Makes a record; what a lost answer had made already is written over. */
  async function enter(aws: Aws, self: Identity, spec: StepSpec, record: StepRecord): Promise<void> {
    const parameter = written(spec, record);
    try {
      await make(aws, self, parameter);
    } catch (error) {
      const [known] = await ownedNamed(aws, spec.record);
      const isOurs = known?.owner?.uid === self.owner.uid && known.node === self.node;
      if (classify(error).class !== 'exists' || !isOurs) throw error;
      await overwrite(aws, self, parameter);
    }
  }

  async function ownedNamed(aws: Aws, name: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    for await (const page of listed(aws, { by: 'ids', ids: [name] }, STEP_TYPE)) found.push(...page);
    return found;
  }

  async function read(aws: Aws, name: string): Promise<StepRecord | undefined> {
    return recordOf((await valuesOf(aws, [name])).get(name));
  }

  /** Writes down what came of it, or begins it again where nothing did. */
  async function advance(aws: Aws, live: Live<StepSpec, StepAttributes>, spec: StepSpec): Promise<void> {
    const record = await read(aws, live.id);
    if (!record) return;
    const { self } = live;
    const keep = (value: StepRecord): Promise<void> => overwrite(aws, self, written(spec, value));
    if (record.state === 'waiting') return keep({ ...record, seconds: spec.seconds ?? 0 });
    const standing = await standingOf(aws, record, now());
    const end = record.state === 'sent' ? endOf(standing) : undefined;
    if (end) return keep({ ...record, ...end, finishedTime: timeNow() });
    if (standing.progress?.state === 'running') return;
    if (record.state === 'sent' || record.state === 'failed') await keep(await begin(aws, self, spec, record));
  }

  /** One move on the way back: what runs is called off, then what it did is undone, then its record goes. */
  async function takeBack(aws: Aws, live: Live<StepSpec, StepAttributes>): Promise<void> {
    const { self, id } = live;
    const record = await read(aws, id);
    if (!record) return remove(aws, id);
    const { progress } = await standingOf(aws, record, now());
    const keep = (value: StepRecord): Promise<void> => overwrite(aws, self, written({ record: id }, value));
    if (progress?.state === 'running') {
      if (record.state !== 'sent') return;
      await cancel(aws, sentOf(record));
      return keep({ ...record, state: 'ending' });
    }
    const undo = await undoOf(aws, record, progress);
    if (!undo) return remove(aws, id);
    await keep(await beginUndo(aws, self, record, { undo, again: progress?.state === 'failed' }));
  }

  /** What still has to be undone; nothing where it is, and where there is no server to do it on. */
  async function undoOf(
    aws: Aws,
    { state, step, instanceId }: StepRecord,
    progress?: Progress,
  ): Promise<Script | undefined> {
    const isUndone = state === 'undoing' && progress?.state === 'done';
    if (isUndone || instanceId === undefined || (await isGone(aws, instanceId))) return undefined;
    return byName.get(step)?.undo;
  }

  async function beginUndo(
    aws: Aws,
    self: Identity,
    record: StepRecord,
    { undo, again }: { readonly undo: Script; readonly again: boolean },
  ): Promise<StepRecord> {
    const { step, instanceId = '', arguments: given = {} } = record;
    const round = record.state === 'undoing' && again ? record.round + 1 : record.round;
    // An operation of its own: what the step answered is no answer to its undo.
    const operation = operationOf(self, UNDO_ROUNDS + round);
    const text = textToSend(undo, { step: `${step}.undo`, arguments: given }, operation);
    const commandId = await send(aws, { instanceId, text, seconds: undo.seconds, comment: `${step}: undo` });
    return { ...record, state: 'undoing', round, commandId, sentTime: timeNow() };
  }

  return resource<StepSpec, StepAttributes>({
    type: STEP_TYPE,
    rules: { step: 'ignore', record: 'ignore', instanceId: 'ignore', arguments: 'ignore' },
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
      await enter(aws, self, spec, await begin(aws, self, spec));
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
