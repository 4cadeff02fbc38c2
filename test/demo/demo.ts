/**
 * The product in some five minutes: a real Kubernetes API server, a stand-in for AWS, and the operator under exactly the
 * permissions it ships with. Whatever it says happened was looked up; when it did not happen, the demo fails.
 */

import { forgetLogin } from '../moves-proof/app.ts';
import { databaseTools } from '../sandbox/databases/tools.ts';
import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type Sandbox, type SandboxState, startSandbox } from '../sandbox/sandbox.ts';
import type { Person } from './aws.ts';
import {
  type AppInUse,
  approveDatabase,
  askForApp,
  DATABASE_EXAMPLE,
  DATABASE_TIER,
  enterDatabaseAccount,
  failOverDatabase,
  moveDatabase,
  openApp,
  planMove,
} from './database.ts';
import { buildFleet, enterFleetAccount, FLEET_TIER, refreshFleet, scaleFleet } from './fleet.ts';
import { moveToFleet } from './moving.ts';
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

/** A tier, a person in its account, and what is to be left there. */
interface Player {
  readonly tier: Tier;
  readonly aws: Person;
  readonly kept: readonly string[];
}

/** Copies of data, and what holds data of its users. */
const KEPT = /^\S+ (\w+\.snapshot|s3\.bucket)/;

/** What is left in an account, which must be data and copies of it, and these among them. */
async function leftOf({ tier: { name }, aws, kept }: Player): Promise<readonly string[]> {
  const left = await aws.standing();
  for (const role of kept) insist(left.includes(`${name} ${role}`), `it is kept: ${role}`);
  const more = left.filter((label) => !(KEPT.test(label) && label.startsWith(`${name} `)));
  insist(more.length === 0, `AWS holds nothing of ${name} but its data any more (it holds ${more.join(', ')})`);
  return left;
}

interface Cast {
  readonly shop: Player;
  readonly bookshop: Player;
  readonly toyshop: Player;
}

const playersOf = ({ shop, bookshop, toyshop }: Cast): readonly Player[] => [shop, bookshop, toyshop];

async function end(state: SandboxState, cast: Cast): Promise<void> {
  const { shop, toyshop } = cast;
  const names = playersOf(cast).map(({ tier: { name } }) => name);
  say(`Deleting all three: kubectl delete st ${names.join(' ')}. Their data is kept in final snapshots first.`);
  await inDemo(state, ['delete', 'st', ...names, '--timeout=120s'], { timeoutSeconds: 130 });
  const left = await Promise.all(playersOf(cast).map(leftOf));
  say(`AWS holds nothing of them any more, except their data: ${left.flat().join(', ')}.`);
  show(await shop.tier.events());
  const retained = await toyshop.tier.event('Retained');
  const id = /rds\.snapshot\/primary-final ([^\s,]+)/.exec(retained)?.[1] ?? '';
  insist(await toyshop.aws.isSnapshotAvailable(id), `RDS has the snapshot that the event names (${id})`);
  say(`The event names what is left of ${toyshop.tier.name}, and RDS has the snapshot of its database: ${id}.`);
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
  const cast: Cast = {
    shop: { tier: tier(state, SERVER_TIER), aws: await enterServerAccount(state), kept: ['ec2.snapshot/data-final'] },
    bookshop: {
      tier: tier(state, DATABASE_TIER),
      aws: await enterDatabaseAccount(state),
      kept: ['ec2.snapshot/data-final', 'rds.snapshot/primary-final', 's3.bucket/uploads'],
    },
    toyshop: {
      tier: tier(state, FLEET_TIER),
      aws: await enterFleetAccount(state),
      kept: ['rds.snapshot/primary-final', 's3.bucket/uploads'],
    },
  };
  const { shop, bookshop, toyshop } = cast;
  const operator = await start(state);
  const watches: (() => void)[] = [];
  let inUse: AppInUse | undefined;
  const stopAll = (): void => {
    for (const stopWatching of watches.splice(0)) stopWatching();
  };
  const follow = (name: string, onlyNews: boolean): void => {
    watches.push(watch(state, { namespace: NAMESPACE, tier: name, onlyNews }));
  };
  try {
    follow(shop.tier.name, false);
    await buildServer(state, shop.tier, shop.aws);
    await askForApp(state, bookshop.aws);
    await disturbServer(state, shop.tier, shop.aws);
    await enlargeServer(shop.tier);
    inUse = await openApp(state, bookshop.tier);
    await planMove(bookshop.tier, bookshop.aws);
    const book = await moveDatabase(state, bookshop.tier, bookshop.aws, inUse);
    follow(bookshop.tier.name, true);
    await approveDatabase(bookshop.tier, bookshop.aws);
    await failOverDatabase(bookshop.tier, bookshop.aws);
    await moveToFleet(state, bookshop.tier, bookshop.aws, inUse, book);
    await forgetLogin(inUse.app);
    await buildFleet(state, toyshop.tier, toyshop.aws);
    await refreshFleet(toyshop.tier, toyshop.aws);
    await scaleFleet(state, toyshop.tier, toyshop.aws);
    // Three tables at once nobody can read.
    stopAll();
    follow(toyshop.tier.name, true);
    await end(state, cast);
    return operator;
  } catch (error) {
    say('The last lines of the operator:');
    show(operator.logs().split('\n').slice(-15).join('\n'));
    throw error;
  } finally {
    stopAll();
    await inUse?.users.stop();
    inUse?.close();
    for (const { aws } of playersOf(cast)) aws.close();
  }
}

async function main(): Promise<void> {
  say('Starting a Kubernetes API server, etcd and a stand-in for AWS on this machine.');
  await databaseTools((line) => show(line));
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
