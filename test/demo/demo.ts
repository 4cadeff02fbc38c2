/**
 * The product in a minute and a half: a real Kubernetes API server, a stand-in for AWS, and the operator under exactly the
 * permissions it ships with. Whatever it says happened was looked up; when it did not happen, the demo fails.
 */

import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type Sandbox, type SandboxState, startSandbox } from '../sandbox/sandbox.ts';
import { type Person, person } from './aws.ts';
import { elapsed, insist, say, show, until, watch } from './stage.ts';

const NAMESPACE = 'demo';
const TIER = 'shop';
const REGION = 'us-east-1';
const EXAMPLE = 'examples/single-server-minimal.yaml';

const inDemo = (...args: readonly string[]): readonly string[] => ['--namespace', NAMESPACE, ...args];

async function get(state: SandboxState, path: string): Promise<string> {
  const { stdout } = await kubectl(state, inDemo('get', 'st', TIER, '--output', `jsonpath={${path}}`));
  return stdout;
}

async function start(state: SandboxState): Promise<OperatorProcess> {
  say('Installing the operator: custom resource, service account and its permissions (kubectl apply -k deploy/base).');
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  await kubectl(state, ['create', 'namespace', NAMESPACE]);
  return startOperator(state, {
    kubeconfig,
    args: ['--drift-confirmation-seconds', '1', '--lease-namespace', 'scalingtier-system'],
  });
}

async function build(state: SandboxState, aws: Person): Promise<void> {
  say(`Asking for a server: kubectl apply -f ${EXAMPLE}`);
  const { stdout } = await kubectl(state, inDemo('apply', '--filename', EXAMPLE));
  show(stdout);
  say('The operator plans, then builds. AWS takes minutes for this; the stand-in runs 20 times faster.');
  await kubectl(state, inDemo('wait', '--for=condition=Ready', `st/${TIER}`, '--timeout=60s'), { timeoutSeconds: 70 });
  const standing = await aws.standing();
  const servers = standing.filter((label) => label === `${TIER} ec2.instance/server`).length;
  insist(servers === 1, `AWS holds one server of ${TIER} (it holds ${servers})`);
  say(`Ready, and AWS agrees: it holds ${standing.length} resources, among them one server.`);
  show((await kubectl(state, inDemo('get', 'st', TIER, '--output', 'wide'))).stdout);
}

async function drift(state: SandboxState, aws: Person): Promise<void> {
  const group = await aws.openSSH();
  say(
    `Somebody opens port 22 to the world on ${group}, and takes all tags off the server, behind the operator's back.`,
  );
  const server = await get(state, '.status.endpoints.instanceID');
  await aws.stripTags(server);
  insist(await aws.isSSHOpen(), 'port 22 is open');
  await kubectl(state, inDemo('annotate', 'st', TIER, 'scalingtier.dev/reconcile-requested-at=now'));
  await until('the operator closes port 22 and tags the server again', 30, async () => {
    const tagged = (await aws.standing()).includes(`${TIER} ec2.instance/server`);
    return tagged && !(await aws.isSSHOpen());
  });
  await kubectl(state, inDemo('wait', '--for=condition=UpToDate', `st/${TIER}`, '--timeout=30s'));
  insist((await get(state, '.status.endpoints.instanceID')) === server, 'it is still the same server');
  say('Port 22 is closed again, the tags are back, the server was never touched.');
}

async function change(state: SandboxState): Promise<void> {
  say('Asking for a larger server: its plan names what it costs the app before anything is done.');
  const before = await get(state, '.status.endpoints');
  const patch = JSON.stringify({ spec: { compute: { instanceType: 't4g.medium' } } });
  await kubectl(state, inDemo('patch', 'st', TIER, '--type', 'merge', '--patch', patch));
  await until('the plan shows the change', 20, async () =>
    (await get(state, '.status.plan.text')).includes('t4g.medium'),
  );
  show(await get(state, '.status.plan.text'));
  await until('the larger server is ready', 60, async () => {
    const conditions = JSON.parse((await get(state, '.status.conditions')) || '[]') as {
      type: string;
      status: string;
    }[];
    const holds = (type: string): boolean =>
      conditions.some((condition) => condition.type === type && condition.status === 'True');
    const generation = await get(state, '.metadata.generation');
    return generation === (await get(state, '.status.observedGeneration')) && holds('Ready') && holds('UpToDate');
  });
  insist((await get(state, '.status.endpoints')) === before, 'server, address and network are still the same');
  say('Larger, at the same address, with the same data volume.');
}

async function end(state: SandboxState, aws: Person): Promise<void> {
  say(`Deleting it: kubectl delete st ${TIER}. Its data is kept in a final snapshot first.`);
  await kubectl(state, inDemo('delete', 'st', TIER, '--timeout=80s'), { timeoutSeconds: 90 });
  const left = await aws.standing();
  const copies = left.filter((label) => label.startsWith(`${TIER} ec2.snapshot`));
  insist(copies.includes(`${TIER} ec2.snapshot/data-final`), 'a final copy of the data exists');
  insist(
    left.length === copies.length,
    `AWS holds nothing but copies of the data any more (it holds ${left.join(', ')})`,
  );
  say(`AWS holds nothing of it any more, except copies of its data: ${copies.join(', ')}.`);
  show(
    (
      await kubectl(
        state,
        inDemo(
          'get',
          'events',
          '--sort-by=.metadata.creationTimestamp',
          '--output',
          'custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message',
        ),
      )
    ).stdout,
  );
}

function keep(state: SandboxState, operator: OperatorProcess): void {
  const { kubectl: program, adminKubeconfig } = state.kube;
  say('KEEP=1: the sandbox stays up. Try it:');
  show(
    [
      `export KUBECONFIG=${adminKubeconfig}`,
      `${program} apply -f ${EXAMPLE} && ${program} get st -w`,
      `AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws --endpoint-url ${state.aws.endpoint} --region ${REGION} ec2 describe-instances`,
      `operator log: ${operator.logFile}`,
      'make down   # ends it',
    ].join('\n'),
  );
}

async function play(sandbox: Sandbox): Promise<OperatorProcess> {
  const { state } = sandbox;
  const aws = await person(state.aws.endpoint, TIER);
  const operator = await start(state);
  let stopWatching: (() => void) | undefined;
  try {
    stopWatching = watch(state, NAMESPACE);
    await build(state, aws);
    await drift(state, aws);
    await change(state);
    await end(state, aws);
    return operator;
  } catch (error) {
    say('The last lines of the operator:');
    show(operator.logs().split('\n').slice(-15).join('\n'));
    throw error;
  } finally {
    stopWatching?.();
    aws.close();
  }
}

async function main(): Promise<void> {
  say('Starting a Kubernetes API server, etcd and a stand-in for AWS on this machine.');
  const sandbox = await startSandbox({ say: (line) => show(line) });
  let kept = false;
  try {
    const operator = await play(sandbox);
    if (process.env.KEEP === '1') {
      keep(sandbox.state, operator);
      await sandbox.detach();
      kept = true;
    } else {
      say('Stopping everything.');
      await operator.stop();
    }
  } finally {
    if (!kept) await sandbox.stop();
  }
  process.stdout.write(`\ndemo: ok in ${elapsed()} s\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `\ndemo: failed after ${elapsed()} s: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
