/**
 * A port of a load balancer, and what becomes of requests that no rule of it takes. Lists name the default certificate only;
 * all of them take a call for each listener. A listener that becomes HTTPS needs policy and certificate in the same call.
 */
import {
  AddListenerCertificatesCommand,
  CreateListenerCommand,
  DeleteListenerCommand,
  DescribeListenersCommand,
  type Listener as Description,
  ModifyListenerCommand,
  type ModifyListenerInput,
  type ProtocolEnum,
  paginateDescribeListenerCertificates,
  paginateDescribeListeners,
  RemoveListenerCertificatesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Aws, type Live, resource, type Scope } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { actionOf, awsActionOf, type RequestAction } from './action.ts';
import { readLoadBalancers } from './load-balancer.ts';
import { moveTo } from './shift.ts';
import { byArn, each, ofScope, PAGE, retag, type Tagged } from './tagging.ts';

export interface ListenerSpec {
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: ProtocolEnum;
  /** With HTTPS only. */
  readonly sslPolicy?: string;
  /** With HTTPS only, at least one; the first is the default of a new listener. */
  readonly certificateArns: readonly string[];
  readonly defaultAction: RequestAction;
}

export interface ListenerAttributes {
  readonly listenerArn: string;
  /** As text, as actions name it. */
  readonly port: string;
}

type Observed = Owned<ListenerSpec, ListenerAttributes>;

const isSecure = ({ protocol }: Pick<ListenerSpec, 'protocol'>): boolean => protocol === 'HTTPS' || protocol === 'TLS';

const certificateList = (arns: readonly string[]): { CertificateArn: string }[] =>
  arns.map((CertificateArn) => ({ CertificateArn }));

const ownedOf = (listener: Description, tagged: Tagged): Observed => ({
  ...tagged,
  id: listener.ListenerArn ?? '',
  spec: {
    loadBalancerArn: listener.LoadBalancerArn ?? null,
    port: listener.Port ?? null,
    protocol: listener.Protocol ?? null,
    sslPolicy: listener.SslPolicy ?? null,
    defaultAction: actionOf(listener.DefaultActions),
  },
  attributes: { listenerArn: listener.ListenerArn ?? '', port: String(listener.Port ?? '') },
  health: { state: 'active', phase: 'ready' },
});

async function ofLoadBalancer(aws: Aws, LoadBalancerArn: string): Promise<readonly Description[]> {
  const pages = async function* (): AsyncIterable<readonly Description[]> {
    const input = { LoadBalancerArn };
    for await (const { Listeners = [] } of paginateDescribeListeners({ client: aws.elb, pageSize: PAGE }, input))
      yield Listeners;
  };
  return (await ifExists(allOf(pages()))) ?? [];
}

const byArns = (aws: Aws, arns: readonly string[]): Promise<readonly Description[]> =>
  byArn(arns, async (ListenerArns) => {
    const { Listeners } = await aws.elb.send(new DescribeListenersCommand({ ListenerArns }));
    return Listeners;
  });

/** There is no list of all: one for each load balancer of the scope. */
async function* described(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') yield await byArns(aws, scope.ids);
  else {
    for await (const balancers of readLoadBalancers(aws, scope))
      yield (await each(balancers, ({ id }) => ofLoadBalancer(aws, id))).flat();
  }
}

/** Listeners of a scope with what their tags say, without their certificates. */
export async function* readListeners(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  for await (const page of described(aws, scope)) {
    const ours = await ofScope(aws, scope, page, ({ ListenerArn }) => ListenerArn);
    yield ours.map(([listener, tagged]) => ownedOf(listener, tagged));
  }
}

interface Certificates {
  readonly arns: readonly string[];
  readonly standard: string | undefined;
}

async function certificatesOf(aws: Aws, ListenerArn: string): Promise<Certificates> {
  const pages = paginateDescribeListenerCertificates({ client: aws.elb, pageSize: PAGE }, { ListenerArn });
  const found: { readonly arn: string; readonly isDefault: boolean }[] = [];
  for await (const { Certificates: page = [] } of pages)
    found.push(...page.map(({ CertificateArn: arn = '', IsDefault: isDefault = false }) => ({ arn, isDefault })));
  // The default one is listed twice when it was also added.
  return { arns: [...new Set(found.map(({ arn }) => arn))], standard: found.find(({ isDefault }) => isDefault)?.arn };
}

async function withCertificates(aws: Aws, listener: Observed): Promise<Observed> {
  const protocol = listener.spec.protocol ?? 'HTTP';
  const found = isSecure({ protocol }) ? await ifExists(certificatesOf(aws, listener.id)) : { arns: [] };
  return found ? { ...listener, spec: { ...listener.spec, certificateArns: found.arns } } : listener;
}

/** Brings the further certificates of a listener to those that are asked; its default one is among them already. */
async function setCertificates(aws: Aws, ListenerArn: string, wanted: readonly string[]): Promise<void> {
  const { arns, standard } = await certificatesOf(aws, ListenerArn);
  const missing = wanted.filter((arn) => !arns.includes(arn));
  const excess = arns.filter((arn) => !wanted.includes(arn) && arn !== standard);
  if (missing.length > 0)
    await aws.elb.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates: certificateList(missing) }));
  if (excess.length > 0)
    await aws.elb.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: certificateList(excess) }));
}

type Settings = Omit<ModifyListenerInput, 'ListenerArn'>;

/** Port, protocol and what comes with it; nothing when none of that changes. */
async function settingsOf(
  aws: Aws,
  live: Live<ListenerSpec, ListenerAttributes>,
  spec: ListenerSpec,
  fields: ReadonlySet<string>,
): Promise<Settings> {
  const becomes = fields.has('protocol') ? { Protocol: spec.protocol } : {};
  const port = fields.has('port') ? { Port: spec.port } : {};
  if (!isSecure(spec)) return { ...becomes, ...port };
  const secured = fields.has('protocol');
  const policy = secured || fields.has('sslPolicy') ? { SslPolicy: spec.sslPolicy } : {};
  const { standard } = secured ? { standard: undefined } : await certificatesOf(aws, live.id);
  const replaced = secured || (fields.has('certificateArns') && !spec.certificateArns.includes(standard ?? ''));
  const certificate = replaced ? { Certificates: certificateList(spec.certificateArns.slice(0, 1)) } : {};
  return { ...becomes, ...port, ...policy, ...certificate };
}

async function currentAction(aws: Aws, ListenerArn: string) {
  const [listener] = await byArns(aws, [ListenerArn]);
  return listener?.DefaultActions?.at(-1);
}

/** What becomes of requests that no rule of a listener takes. */
export async function defaultActionOf(aws: Aws, ListenerArn: string): Promise<RequestAction | null> {
  const [listener] = await byArns(aws, [ListenerArn]);
  return actionOf(listener?.DefaultActions);
}

export const Listener = resource<ListenerSpec, ListenerAttributes>({
  type: 'elb.listener',
  rules: { loadBalancerArn: 'replace', certificateArns: 'unordered' },
  settle: 0,

  async *observe(aws, scope) {
    for await (const page of readListeners(aws, scope))
      yield scope.by === 'cluster' ? page : await each(page, (listener) => withCertificates(aws, listener));
  },

  async create(aws, self, spec) {
    const [first, ...others] = spec.certificateArns;
    const { Listeners } = await aws.elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: spec.loadBalancerArn,
        Port: spec.port,
        Protocol: spec.protocol,
        ...(isSecure(spec) ? { SslPolicy: spec.sslPolicy } : {}),
        ...(first === undefined ? {} : { Certificates: certificateList([first]) }),
        DefaultActions: [awsActionOf(spec.defaultAction)],
        Tags: tagList(self.tags),
      }),
    );
    const ListenerArn = Listeners?.[0]?.ListenerArn ?? '';
    // Where AWS does not know it yet, the next look sees what is missing.
    if (others.length > 0) {
      const Certificates = certificateList(others);
      await ifExists(aws.elb.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates })));
    }
    return { id: ListenerArn, attributes: { listenerArn: ListenerArn, port: String(spec.port) } };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    const ListenerArn = live.id;
    await retag(aws, live.id, changes);
    const settings = await settingsOf(aws, live, spec, fields);
    if (Object.keys(settings).length > 0) await aws.elb.send(new ModifyListenerCommand({ ListenerArn, ...settings }));
    if (isSecure(spec) && (fields.has('certificateArns') || fields.has('protocol')))
      await setCertificates(aws, ListenerArn, spec.certificateArns);
    if (fields.has('defaultAction'))
      await moveTo(aws, {
        from: live.spec.defaultAction,
        to: spec.defaultAction,
        now: () => currentAction(aws, ListenerArn),
        async write(action) {
          await aws.elb.send(new ModifyListenerCommand({ ListenerArn, DefaultActions: [action] }));
        },
      });
  },

  async delete(aws, live) {
    await gone(aws.elb.send(new DeleteListenerCommand({ ListenerArn: live.id })));
  },
});
