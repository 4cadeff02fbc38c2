/**
 * Certificates of listeners (ELB API reference, `CertificateNotFound`; ALB guide, "SSL certificates for your Application Load
 * Balancer"): they must exist, be issued and be of the region; a change of the default one leaves the others alone.
 */
import { type Params, Refusal, type Step, structures, succeeded, text } from '../call.ts';
import { paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';
import { parseXml, textAt } from '../xml.ts';
import { askOne, listOf, members } from './records.ts';
import type { Scene } from './scene.ts';

/** ALB guide, "Quotas": certificates of one load balancer, default ones not counted. */
const MOST = 25;

const certificatesIn = (params: Params): readonly string[] =>
  structures(params, 'Certificates').map((one) => text(one, 'CertificateArn') ?? '');

async function statusOf({ world, call }: Scene, arn: string): Promise<string | undefined> {
  if (arn.includes(':iam:')) {
    const ServerCertificateName = arn.split('/').at(-1);
    const answer = await world.ask(call, 'GetServerCertificate', { ServerCertificateName }, 'iam');
    return succeeded(answer) ? 'ISSUED' : undefined;
  }
  if (!arn.includes(`:acm:${call.region}:`)) return undefined;
  const answer = await world.ask(call, 'DescribeCertificate', { CertificateArn: arn }, 'acm');
  const { Certificate } = paramsOfJson(answer.body.toString());
  return succeeded(answer) ? String((Certificate as Params | undefined)?.Status ?? 'ISSUED') : undefined;
}

/** Refuses certificates that are not there or cannot be used. */
export async function checkCertificates(scene: Scene, params: Params): Promise<void> {
  for (const arn of certificatesIn(params)) {
    const status = await statusOf(scene, arn);
    if (status === undefined) throw new Refusal('CertificateNotFound', `Certificate ARN '${arn}' is not valid`);
    if (status !== 'ISSUED')
      throw new Refusal('UnsupportedCertificate', `The certificate '${arn}' must be issued, it is ${status}`);
  }
}

async function listed({ world, call }: Scene, ListenerArn: string | undefined): Promise<readonly string[]> {
  const operation = 'DescribeListenerCertificates';
  const answer = await world.ask(call, operation, { ListenerArn }, 'elb');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  return members(listOf(root, operation, 'Certificates')).map((one) => textAt(one, 'CertificateArn') ?? '');
}

/** AddListenerCertificates: what is there already counts once. */
export async function checkCertificateLimit(scene: Scene, params: Params): Promise<void> {
  const all = new Set([...(await listed(scene, text(params, 'ListenerArn'))), ...certificatesIn(params)]);
  if (all.size - 1 > MOST) throw new Refusal('TooManyCertificates', `A listener has at most ${MOST} certificates`);
}

/** RemoveListenerCertificates: "You can't remove the default certificate for a listener." */
export async function keepDefaultCertificate(scene: Scene, params: Params): Promise<void> {
  const [standard] = await listed(scene, text(params, 'ListenerArn'));
  if (standard !== undefined && certificatesIn(params).includes(standard))
    throw new Refusal('OperationNotPermitted', `'${standard}' is the default certificate of the listener`);
}

/** ModifyListener replaces the default certificate; the stand-in forgets the others with it. */
export function furtherCertificates(world: World): Step {
  return async (call, next) => {
    const [standard] = call.operation === 'ModifyListener' ? certificatesIn(call.params) : [];
    if (standard === undefined) return next(call);
    const scene: Scene = { world, call };
    const ListenerArn = text(call.params, 'ListenerArn');
    const before = await askOne(scene, 'DescribeListeners', ListenerArn ?? '');
    const isKept = textAt(before, 'Protocol') === 'HTTPS';
    const [, ...further] = isKept ? await listed(scene, ListenerArn) : [];
    const answer = await next(call);
    const missing = further.filter((arn) => arn !== standard);
    if (!succeeded(answer) || missing.length === 0) return answer;
    const Certificates = { member: missing.map((CertificateArn) => ({ CertificateArn })) };
    await world.ask(call, 'AddListenerCertificates', { ListenerArn, Certificates }, 'elb');
    return answer;
  };
}
