/**
 * Run Command (Systems Manager API reference; User Guide, "AWS Systems Manager Run Command") with the setting `machines`: a script
 * runs as a process of its instance. AWS knows no token for SendCommand, and for a moment no invocation of what was sent.
 */
import { randomUUID } from 'node:crypto';
import { type Answer, type Call, type Params, Refusal, type Step, structure, text, texts } from '../call.ts';
import { begin, progress, remaining, type Stage } from '../lifecycle.ts';
import { jsonAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { commandOf, invocationOf, invocationsOf } from './command-answers.ts';
import { createInvocation, type Invocation, isOver } from './invocation.ts';
import { prepareScript } from './script.ts';

/** A command as it was sent. */
export interface Command {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly params: Params;
  readonly invocations: readonly Invocation[];
}

/** The document that runs scripts. Others are the stand-in's. */
const DOCUMENT = 'AWS-RunShellScript';

/** Sent, and not to be seen yet; then on its way to the agent. */
const COURSE: readonly Stage[] = [
  { state: 'unseen', seconds: [1, 3] },
  { state: 'pending', seconds: [1, 4] },
];

const courseOf = (id: string): string => `command-${id}`;

/** Every command of a proxy: they outlive `POST reset`, as the processes do. */
type Commands = Map<string, Command>;

const PARAMETERS: ReadonlySet<string> = new Set(['commands', 'workingDirectory', 'executionTimeout']);

function check({ params }: Call): void {
  const asked = structure(params, 'Parameters');
  const strange = Object.keys(asked).filter((name) => !PARAMETERS.has(name));
  if (strange.length > 0 || texts(asked, 'commands').length === 0) {
    throw new Refusal(
      'InvalidParameters',
      `Parameters of document ${DOCUMENT}: ${strange.join(', ') || 'commands is missing'}`,
    );
  }
  const [seconds = '3600'] = texts(asked, 'executionTimeout');
  if (!/^[1-9]\d{0,5}$/.test(seconds) || Number(seconds) > 172_800) {
    throw new Refusal('InvalidParameters', `executionTimeout: ${seconds} is not between 1 and 172800`);
  }
  const delivery = Number(text(params, 'TimeoutSeconds') ?? 3600);
  if (!(delivery >= 30 && delivery <= 2_592_000)) {
    throw new Refusal('ValidationException', `Value '${delivery}' at 'timeoutSeconds' must be between 30 and 2592000`);
  }
}

/** Brings a command to its instance and runs it there; what goes wrong on the way is what it says. */
async function deliver(world: World, call: Call, command: Command, invocation: Invocation): Promise<void> {
  try {
    if (isOver(invocation.outcome())) return;
    const machine = world.machines.of(invocation.instanceId);
    await invocation.begin(machine, () => prepareScript({ world, call }, machine, command, invocation.instanceId));
  } catch (error) {
    invocation.fail(error instanceof Error ? error.message : String(error));
  }
}

function send(world: World, commands: Commands, call: Call): Answer {
  check(call);
  const { account, region, time, params } = call;
  const id = randomUUID();
  const invocations = texts(params, 'InstanceIds').map((instanceId) => createInvocation(instanceId));
  const command: Command = { id, account, region, time, params, invocations };
  // From now on what becomes of the instance becomes of the command.
  for (const invocation of invocations) world.machines.of(invocation.instanceId).work.add(invocation);
  commands.set(id, command);
  begin(world, call, courseOf(id), COURSE);
  const wait = remaining(world, call, courseOf(id));
  for (const invocation of invocations) setTimeout(() => deliver(world, call, command, invocation), wait);
  call.trace.reached = true;
  call.trace.created.push(id);
  return jsonAnswer(200, { Command: commandOf(command) });
}

/** A command of the caller's that can be seen by now. */
function find(world: World, commands: Commands, call: Call): Command | undefined {
  const id = text(call.params, 'CommandId') ?? '';
  const command = commands.get(id);
  const isOwn = command?.account === call.account && command.region === call.region;
  return isOwn && progress(world, call, courseOf(id))?.state !== 'unseen' ? command : undefined;
}

function get(world: World, commands: Commands, call: Call): Answer {
  const command = find(world, commands, call);
  const invocation = command?.invocations.find(({ instanceId }) => instanceId === text(call.params, 'InstanceId'));
  if (!command || !invocation) throw new Refusal('InvocationDoesNotExist', '');
  return jsonAnswer(200, invocationOf(command, invocation));
}

function cancel(commands: Commands, call: Call): Answer {
  const command = commands.get(text(call.params, 'CommandId') ?? '');
  if (!command || command.account !== call.account) throw new Refusal('InvalidCommandId', '');
  const only = texts(call.params, 'InstanceIds');
  for (const invocation of command.invocations) {
    if (only.length === 0 || only.includes(invocation.instanceId)) invocation.cancel();
  }
  call.trace.reached = true;
  return jsonAnswer(200, {});
}

function seen(world: World, commands: Commands, call: Call): readonly Command[] {
  return [...commands.keys()].flatMap((id) => {
    const asked = text(call.params, 'CommandId') ?? id;
    const params = { ...call.params, CommandId: id };
    return asked === id ? (find(world, commands, { ...call, params }) ?? []) : [];
  });
}

/** Answers for commands that are processes; all others are the stand-in's. */
export function commands(world: World): Step {
  const known: Commands = new Map();
  return async (call, next) => {
    if (!world.settings.of(call.account).machines) return next(call);
    switch (call.operation) {
      case 'SendCommand':
        return text(call.params, 'DocumentName') === DOCUMENT && texts(call.params, 'InstanceIds').length > 0
          ? send(world, known, call)
          : next(call);
      case 'GetCommandInvocation':
        return get(world, known, call);
      case 'CancelCommand':
        return cancel(known, call);
      case 'ListCommandInvocations':
        return jsonAnswer(200, invocationsOf(world, call, seen(world, known, call)));
      case 'ListCommands':
        return jsonAnswer(200, { Commands: seen(world, known, call).map(commandOf) });
      default:
        return next(call);
    }
  };
}
