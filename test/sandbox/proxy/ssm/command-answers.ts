/** How Systems Manager shows commands and their invocations (API reference: Command, CommandInvocation, GetCommandInvocation). */
import { type Call, type Params, text } from '../call.ts';
import type { World } from '../world.ts';
import type { Command } from './commands.ts';
import { type Invocation, isOver, type Outcome } from './invocation.ts';

const PLUGIN = 'aws:runShellScript';
const LOGS = { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false };

function common({ id, params }: Command): Params {
  return {
    CommandId: id,
    DocumentName: text(params, 'DocumentName'),
    DocumentVersion: '',
    Comment: text(params, 'Comment') ?? '',
  };
}

const statusOf = ({ status, details }: Outcome) => ({ Status: status, StatusDetails: details });

/** The answer of GetCommandInvocation, whose times are texts. */
export function invocationOf(command: Command, invocation: Invocation): Params {
  const { started, ended } = invocation.times();
  const time = (milliseconds: number | undefined): string =>
    milliseconds === undefined ? '' : new Date(milliseconds).toISOString();
  const elapsed = started === undefined || ended === undefined ? '' : `PT${(ended - started) / 1000}S`;
  return {
    ...common(command),
    ...statusOf(invocation.outcome()),
    ...{ InstanceId: invocation.instanceId, PluginName: PLUGIN, ResponseCode: invocation.outcome().code },
    ...{ ExecutionStartDateTime: time(started), ExecutionElapsedTime: elapsed, ExecutionEndDateTime: time(ended) },
    ...{ StandardOutputContent: invocation.output(), StandardOutputUrl: '' },
    ...{ StandardErrorContent: invocation.errors(), StandardErrorUrl: '' },
    CloudWatchOutputConfig: LOGS,
  };
}

/** What all invocations together come to. */
function whole({ invocations }: Command): Params {
  const outcomes = invocations.map((one) => one.outcome());
  const open = outcomes.filter((one) => !isOver(one));
  const chosen = open.length > 0 ? open : outcomes;
  const told = chosen.find(({ status }) => !['Pending', 'Success'].includes(status)) ?? chosen[0];
  return told ? statusOf(told) : {};
}

/** A command as SendCommand and ListCommands show it. */
export function commandOf(command: Command): Params {
  const { params, time, invocations } = command;
  const delivery = Number(text(params, 'TimeoutSeconds') ?? 3600);
  const count = (...statuses: readonly Outcome['status'][]): number =>
    invocations.filter((one) => statuses.includes(one.outcome().status)).length;
  return {
    ...common(command),
    ...whole(command),
    ...{ Parameters: params.Parameters, InstanceIds: params.InstanceIds, Targets: [] },
    ...{ RequestedDateTime: time / 1000, ExpiresAfter: time / 1000 + delivery, TimeoutSeconds: delivery },
    ...{ OutputS3BucketName: '', OutputS3KeyPrefix: '', MaxConcurrency: '50', MaxErrors: '0', ServiceRole: '' },
    ...{ TargetCount: invocations.length, ErrorCount: count('Failed', 'TimedOut'), DeliveryTimedOutCount: 0 },
    CompletedCount: count('Success', 'Failed', 'TimedOut', 'Cancelled'),
    CloudWatchOutputConfig: LOGS,
  };
}

function listed(command: Command, invocation: Invocation): Params {
  return {
    ...common(command),
    ...statusOf(invocation.outcome()),
    ...{ InstanceId: invocation.instanceId, InstanceName: '', RequestedDateTime: command.time / 1000, ServiceRole: '' },
    ...{ StandardOutputUrl: '', StandardErrorUrl: '', CommandPlugins: [], CloudWatchOutputConfig: LOGS },
  };
}

/** The most invocations of one page. */
const PAGE = 50;

/** The answer of ListCommandInvocations, newest first. Details, whose output is shorter, are left out. */
export function invocationsOf(world: World, { params, account }: Call, commands: readonly Command[]): Params {
  const instance = text(params, 'InstanceId');
  const all = commands
    .toReversed()
    .flatMap((command) => command.invocations.map((invocation) => [command, invocation] as const))
    .filter(([, { instanceId }]) => instance === undefined || instance === instanceId);
  const start = Number(text(params, 'NextToken') ?? 0);
  const cap = world.settings.of(account).pageSize || PAGE;
  const end = start + Math.min(cap, Number(text(params, 'MaxResults') ?? PAGE));
  return {
    CommandInvocations: all.slice(start, end).map(([command, invocation]) => listed(command, invocation)),
    ...(end < all.length ? { NextToken: String(end) } : {}),
  };
}
