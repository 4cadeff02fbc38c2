/** Where users reach a tier's app: at the address that it publishes, which leads to whatever holds it now. It must not ask the operator. */
import { isIP } from 'node:net';
import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Account } from '../sandbox/account.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import { APP_PORT } from './app.ts';

/** Whose app. */
export interface Published {
  readonly state: SandboxState;
  readonly account: Account;
  /** The tier's parameters stand below it. */
  readonly prefix: string;
}

/** The value of one of the tier's parameters. */
export async function publishedValue({ account, prefix }: Published, name: string): Promise<string> {
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name: `${prefix}/${name}` }));
  if (!Parameter?.Value) throw new Error(`reading ${prefix}/${name}: it has no value`);
  return Parameter.Value;
}

/** The same; nothing when it is not published. */
export function valueIfAny(app: Published, name: string): Promise<string | undefined> {
  return publishedValue(app, name).catch((error: Error) => {
    if (error.name === 'ParameterNotFound') return undefined;
    throw error;
  });
}

/** An Elastic IP is nobody's on this machine, so the instance that holds it is asked. */
async function holderOf({ state, account }: Published, address: string): Promise<string> {
  const { Addresses = [] } = await account.ec2.send(new DescribeAddressesCommand({ PublicIps: [address] }));
  const instance = Addresses[0]?.InstanceId;
  if (!instance) throw new Error(`reaching ${address}: no instance holds it`);
  const { host } = await proxyControl(state.aws.endpoint).machineOf(instance, account.id);
  return `http://${host}:${APP_PORT}`;
}

/** The URL behind the published address, which is a server's, or the name of a load balancer. */
export async function urlOf(app: Published): Promise<string> {
  const address = await publishedValue(app, 'app/address');
  if (isIP(address) !== 0) return holderOf(app, address);
  const { host, port } = await proxyControl(app.state.aws.endpoint).listenerOf(address, app.account.id);
  return `http://${host}:${port}`;
}
