/** Something to stand on for the proxy's tests of machines: an instance with an agent, and commands to it. It must not assert anything. */
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import type { Account } from './account.ts';
import { eventually, makeNetwork, runServer } from './ground.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** The role that instances have. */
export const ROLE = 'machine';

/** Makes the role and its profile, once for each account. */
export async function makeProfile({ iam }: Account): Promise<void> {
  await iam.send(new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument: TRUST }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: ROLE }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: ROLE, RoleName: ROLE }));
}

/** Launches an instance whose agent is there; answers with its id. */
export async function launchMachine(account: Account): Promise<string> {
  const network = await makeNetwork(account);
  const { InstanceId = '' } = await runServer(account, network, { IamInstanceProfile: { Name: ROLE } });
  return InstanceId;
}

/** Sends a script; answers with the id of the command. */
export async function sendScript(
  { ssm }: Account,
  instanceId: string,
  script: string,
  more: Readonly<Record<string, string[]>> = {},
): Promise<string> {
  const input: SendCommandCommandInput = {
    ...{ DocumentName: 'AWS-RunShellScript', InstanceIds: [instanceId] },
    Parameters: { commands: [script], workingDirectory: ['/'], ...more },
  };
  return (await ssm.send(new SendCommandCommand(input))).Command?.CommandId ?? '';
}

/** What AWS says of a command now. */
export function invocation(
  { ssm }: Account,
  InstanceId: string,
  CommandId: string,
): Promise<GetCommandInvocationCommandOutput> {
  return ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
}

const OPEN: readonly string[] = ['Pending', 'InProgress', 'Cancelling', 'InvocationDoesNotExist'];

/** Waits until a command is over. Fails when it never is: what one that still runs has said is not shown. */
export async function finished(
  account: Account,
  instanceId: string,
  commandId: string,
): Promise<GetCommandInvocationCommandOutput> {
  const look = () => invocation(account, instanceId, commandId);
  const isOver = () =>
    look().then(
      ({ Status = '' }) => !OPEN.includes(Status),
      () => false,
    );
  if (!(await eventually(isOver, true))) throw new Error(`waiting for ${commandId} on ${instanceId}: it is not over`);
  return look();
}

/** Sends a script that does not end and waits until it runs; answers with the id of the command. */
export async function sendEndless(account: Account, instanceId: string): Promise<string> {
  const id = await sendScript(account, instanceId, 'sleep 1000\necho never');
  const runs = async () => (await invocation(account, instanceId, id)).Status;
  const found = await eventually(runs, 'InProgress');
  if (found !== 'InProgress') throw new Error(`waiting for a script to run on ${instanceId}: it is ${found}`);
  return id;
}

/** Sends a script and waits for its end. */
export async function run(
  account: Account,
  instanceId: string,
  script: string,
): Promise<GetCommandInvocationCommandOutput> {
  return finished(account, instanceId, await sendScript(account, instanceId, script));
}
