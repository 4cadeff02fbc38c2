/**
 * An AWS account of one's own behind the proxy, for the proxy's own tests: clients, and one-line calls. The sandbox that
 * runs is used when there is one, else a stand-in is started from the virtual environment that `MOTO_VENV` names.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { attachSandbox } from '../attach.ts';
import { claimPorts } from '../ports.ts';
import { standInArgs, standInEnv } from '../standin.ts';
import { type ProxyControl, proxyControl, type Settings } from './client.ts';
import { startProxy } from './server.ts';

/** The region of all accounts. */
export const REGION = 'us-east-1';

/** A proxy with a stand-in behind it. */
export interface Aws {
  readonly endpoint: string;
  readonly control: ProxyControl;
  close(): Promise<void>;
}

async function answers(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const ready = await fetch(`${endpoint}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
  throw new Error(`start the stand-in: ${endpoint} does not answer`);
}

async function startOwn(venv: string): Promise<Aws> {
  const claim = await claimPorts(1);
  const port = claim.ports[0] ?? 0;
  const python = path.join(venv, 'bin', 'python3');
  const child = spawn(python, [...standInArgs(port)], {
    env: { ...process.env, ...standInEnv(python) },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const upstream = `http://127.0.0.1:${port}`;
  await answers(upstream);
  await claim.release();
  const folder = mkdtempSync(path.join(tmpdir(), 'proxy-'));
  const proxy = await startProxy({ port: 0, upstreams: [upstream], folder });
  return {
    endpoint: proxy.endpoint,
    control: proxyControl(proxy.endpoint),
    async close() {
      await proxy.close();
      rmSync(folder, { recursive: true, force: true });
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The sandbox that runs, or one of our own. */
export async function openAws(): Promise<Aws> {
  const venv = process.env.MOTO_VENV ?? '';
  if (venv !== '') return startOwn(venv);
  const { endpoint } = attachSandbox().aws;
  return { endpoint, control: proxyControl(endpoint), close: async () => undefined };
}

/** Clients of an account that nothing else uses. */
export interface Account {
  readonly id: string;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly cloudwatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly rds: RDSClient;
  readonly secretsManager: SecretsManagerClient;
}

/** Opens an account; without settings nothing takes time and no limit holds. */
export async function openAccount({ endpoint, control }: Aws, settings: Partial<Settings> = {}): Promise<Account> {
  const id = String(randomInt(100_000_000_000, 999_999_999_999));
  const options = { endpoint, region: REGION, maxAttempts: 1 };
  const sts = new STSClient({ ...options, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${id}:role/test`, RoleSessionName: 'test' }),
  );
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken = '',
  } = Credentials ?? {};
  await control.configure({ factor: 0, throttle: false, ...settings }, id);
  const session = { ...options, credentials: { accessKeyId, secretAccessKey, sessionToken } };
  return {
    id,
    ec2: new EC2Client(session),
    iam: new IAMClient(session),
    ssm: new SSMClient(session),
    cloudwatch: new CloudWatchClient(session),
    elb: new ElasticLoadBalancingV2Client(session),
    rds: new RDSClient(session),
    secretsManager: new SecretsManagerClient(session),
  };
}

/** The error code of a call that must fail; `accepted` when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: { readonly Code?: string; readonly name: string }) => error.Code ?? error.name,
  );
}
