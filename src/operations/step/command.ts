/**
 * Commands to servers by way of Systems Manager, and how far they are. AWS knows no token for `SendCommand`: what is sent must be
 * harmless when it is sent twice. It must not know what a command does.
 */
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { CancelCommandCommand, GetCommandInvocationCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import type { Aws } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { TAG } from '../../aws/ownership.ts';
import { ifExists } from '../../resources/existing.ts';

/** What is to run where. */
export interface Command {
  readonly instanceId: string;
  readonly text: string;
  /** AWS ends it after so many seconds. */
  readonly seconds: number;
  /** For people who look at the list of commands. */
  readonly comment: string;
}

/** For so long AWS tries to reach the server; 30 seconds is the least. */
const DELIVERY_SECONDS = 60;

/** A new command is not shown at once. */
const SHOWN_MILLISECONDS = 60_000;

/** A server that is not connected yet, or any more. */
function notConnected(instanceId: string): Error {
  const message = `${instanceId} is not connected to AWS Systems Manager; its agent must run and reach AWS`;
  return Object.assign(new Error(message), { name: 'ServerNotConnected' });
}

/** Sends a command and answers with its id; fails with `ServerNotConnected` where nobody would receive it. */
export async function send(aws: Aws, { instanceId, text, seconds, comment }: Command): Promise<string> {
  try {
    const { Command: sent } = await aws.ssm.send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [instanceId],
        Comment: comment.slice(0, 100),
        TimeoutSeconds: DELIVERY_SECONDS,
        Parameters: { commands: [text], executionTimeout: [String(seconds)], workingDirectory: ['/'] },
      }),
    );
    return sent?.CommandId ?? '';
  } catch (error) {
    if (classify(error).code === 'InvalidInstanceId') throw notConnected(instanceId);
    throw error;
  }
}

/** Calls a command off; one that is over is success. */
export async function cancel(aws: Aws, { commandId, instanceId }: Sent): Promise<void> {
  await ifExists(aws.ssm.send(new CancelCommandCommand({ CommandId: commandId, InstanceIds: [instanceId] })));
}

/** Whether a server is gone for good: nothing can run on it, and nothing has to. */
export async function isGone(aws: Aws, instanceId: string): Promise<boolean> {
  const answer = await ifExists(aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })));
  const state = answer?.Reservations?.[0]?.Instances?.[0]?.State?.Name;
  return state === undefined || state === 'terminated' || state === 'shutting-down';
}

/** The server that stands for a node now, when one runs. */
export async function runningServer(aws: Aws, uid: string, node: string): Promise<string | undefined> {
  const Filters = [
    { Name: `tag:${TAG.uid}`, Values: [uid] },
    { Name: `tag:${TAG.role}`, Values: [node] },
    { Name: 'instance-state-name', Values: ['running'] },
  ];
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations?.[0]?.Instances?.[0]?.InstanceId;
}

/** A command that was sent. */
export interface Sent {
  readonly commandId: string;
  readonly instanceId: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/**
 * How far a command is, or what else is looked at; `pace` is in seconds, where looking sooner is of no use. `lost`: it ended without
 * a word, or never began; the same may be sent again.
 */
export type Progress =
  | { readonly state: 'running'; readonly said: string; readonly pace?: number }
  | { readonly state: 'lost'; readonly said: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'done'; readonly answer: Readonly<Record<string, unknown>> };

const RUNNING: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

/** The last line of what was printed, when it is an object in JSON. */
function answerOf(output: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const line = output?.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/** What Systems Manager says of a command. Only what its script printed last is an answer. */
export async function progressOf(aws: Aws, sent: Sent, now: number): Promise<Progress> {
  const { commandId: CommandId, instanceId: InstanceId, sentAt } = sent;
  const invocation = await ifExists(aws.ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId })));
  if (!invocation) return { state: now - sentAt < SHOWN_MILLISECONDS ? 'running' : 'lost', said: 'not shown yet' };
  const { Status: status = '', StatusDetails: said = status, StandardOutputContent: output } = invocation;
  if (RUNNING.has(status)) return { state: 'running', said };
  const answer = answerOf(output);
  if (answer) {
    const { failed } = answer;
    return failed === undefined ? { state: 'done', answer } : { state: 'failed', reason: String(failed) };
  }
  if (said === 'ExecutionTimedOut') return { state: 'failed', reason: 'it took longer than it may, and was ended' };
  return { state: 'lost', said };
}
