/**
 * The product in two minutes and a half: a real Kubernetes API server, a stand-in for AWS, and the operator under exactly the
 * permissions it ships with. Whatever it says happened was looked up; when it did not happen, the demo fails.
 */

import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type Sandbox, type SandboxState, startSandbox } from '../sandbox/sandbox.ts';
import type { Person } from './aws.ts';
import {
  approveDatabase,
  buildDatabase,
  DATABASE_EXAMPLE,
  DATABASE_TIER,
  enterDatabaseAccount,
  failOverDatabase,
  planDatabase,
} from './database.ts';
import {
  buildServer,
  disturbServer,
  enlargeServer,
  enterServerAccount,
  SERVER_EXAMPLE,
  SERVER_TIER,
} from './server.ts';
import { elapsed, insist, say, show, watch } from './stage.ts';
import { inDemo, NAMESPACE, type Tier, tier } from './tier.ts';

const REGION = 'us-east-1';

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

/** What is left in an account, which must be copies of data, and these among them. */
async function copiesOf({ name }: Tier, aws: Person, wanted: readonly string[]): Promise<readonly string[]> {
  const left = await aws.standing();
  const copies = left.filter((label) => /^\S+ \w+\.snapshot/.test(label) && label.startsWith(`${name} `));
  for (const role of wanted) insist(copies.includes(`${name} ${role}`), `a final copy of the data exists: ${role}`);
  insist(
    left.length === copies.length,
    `AWS holds nothing of ${name} but copies of the data any more (it holds ${left.join(', ')})`,
  );
  return copies;
}

interface Cast {
  readonly shop: Tier;
  readonly bookshop: Tier;
  readonly aws: Person;
  readonly otherAWS: Person;
}

async function end(state: SandboxState, { shop, bookshop, aws, otherAWS }: Cast): Promise<void> {
  const names = [shop.name, bookshop.name];
  say(`Deleting both: kubectl delete st ${names.join(' ')}. Their data is kept in final snapshots first.`);
  await inDemo(state, ['delete', 'st', ...names, '--timeout=120s'], { timeoutSeconds: 130 });
  const copies = [
    ...(await copiesOf(shop, aws, ['ec2.snapshot/data-final'])),
    ...(await copiesOf(bookshop, otherAWS, ['ec2.snapshot/data-final', 'rds.snapshot/primary-final'])),
  ];
  say(`AWS holds nothing of them any more, except copies of their data: ${copies.join(', ')}.`);
  show(await shop.events());
  const retained = await bookshop.event('Retained');
  const id = /rds\.snapshot\/primary-final ([^\s,]+)/.exec(retained)?.[1] ?? '';
  insist(await otherAWS.isSnapshotAvailable(id), `RDS has the snapshot that the event names (${id})`);
  say(`The event names what is left of ${bookshop.name}, and RDS has the snapshot of its database: ${id}.`);
  show(retained);
}

function keep(state: SandboxState, operator: OperatorProcess): void {
  const { kubectl: program, adminKubeconfig } = state.kube;
  say('KEEP=1: the sandbox stays up. Try it:');
  show(
    [
      `export KUBECONFIG=${adminKubeconfig}`,
      `${program} apply -f ${SERVER_EXAMPLE} && ${program} get st -w   # or ${DATABASE_EXAMPLE}`,
      `AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws --endpoint-url ${state.aws.endpoint} --region ${REGION} ec2 describe-instances`,
      `operator log: ${operator.logFile}`,
      'make down   # ends it',
    ].join('\n'),
  );
}

async function play(sandbox: Sandbox): Promise<OperatorProcess> {
  const { state } = sandbox;
  const [shop, bookshop] = [tier(state, SERVER_TIER), tier(state, DATABASE_TIER)];
  const aws = await enterServerAccount(state);
  const otherAWS = await enterDatabaseAccount(state);
  const operator = await start(state);
  const watches: (() => void)[] = [];
  try {
    watches.push(watch(state, { namespace: NAMESPACE, tier: shop.name }));
    await buildServer(state, shop, aws);
    await disturbServer(state, shop, aws);
    await enlargeServer(shop);
    await planDatabase(state, bookshop, otherAWS);
    await buildDatabase(state, bookshop, otherAWS);
    watches.push(watch(state, { namespace: NAMESPACE, tier: bookshop.name, onlyNews: true }));
    await approveDatabase(bookshop, otherAWS);
    await failOverDatabase(bookshop, otherAWS);
    await end(state, { shop, bookshop, aws, otherAWS });
    return operator;
  } catch (error) {
    say('The last lines of the operator:');
    show(operator.logs().split('\n').slice(-15).join('\n'));
    throw error;
  } finally {
    for (const stopWatching of watches) stopWatching();
    aws.close();
    otherAWS.close();
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
