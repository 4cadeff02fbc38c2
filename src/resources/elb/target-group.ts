/**
 * A group of targets that a load balancer sends requests to. Its targets are registered by whoever runs them, and are no part
 * of it; whether enough of them serve is its health. Most of it cannot be changed: a new one stands beside the old one, under
 * a name of its own, until nothing refers to the old one any more.
 */
import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  type TargetGroup as Description,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type ModifyTargetGroupInput,
  type ProtocolEnum,
  paginateDescribeTargetGroups,
  type TargetTypeEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import {
  attributeList,
  attributeRecord,
  byArn,
  each,
  mayBeIn,
  nameInMetrics,
  ofScope,
  PAGE,
  retag,
  type Tagged,
} from './tagging.ts';
import { drainingOf, type Gate, type GateStanding, standingOfGates, targetsOf } from './target-health.ts';

export interface HealthCheck {
  readonly protocol: ProtocolEnum;
  readonly path: string;
  /** `traffic-port`, or a number as text. Default: the targets' own. */
  readonly port?: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** HTTP or gRPC codes: `200-299`. */
  readonly matcher: string;
}

export interface TargetGroupSpec {
  /**
   * A `uniqueName` of the tier of at most `TARGET_GROUP_NAME` characters: by the hash in it a tier's groups are found. In AWS
   * the incarnation follows it.
   */
  readonly name: string;
  readonly port: number;
  readonly protocol: ProtocolEnum;
  /** `HTTP1`, `HTTP2` or `GRPC`. */
  readonly protocolVersion: string;
  readonly vpcId: string;
  readonly targetType: TargetTypeEnum;
  readonly healthCheck: HealthCheck;
  /** By AWS's names, as texts: `deregistration_delay.timeout_seconds`. Those that are not named here are left alone. */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * So many targets have to be healthy, from two on in two zones, before it is ready. A tag keeps it, because nothing else in
   * AWS says so. Without it the group is ready whatever its targets do.
   */
  readonly minimumHealthy?: number;
}

export interface TargetGroupAttributes {
  readonly targetGroupArn: string;
  /** `targetgroup/<name>/<id>`: the group in metrics and in the label of a request count. */
  readonly fullName: string;
  /** There as long as so many targets serve as it needs: what waits for that refers to it. */
  readonly serving?: string;
  /** Then too: the addresses of some of them, with their ports, separated by spaces. */
  readonly addresses?: string;
}

/** The most characters of a group's name in a spec: AWS takes 32, and the incarnation needs its own. */
export const TARGET_GROUP_NAME = 28;

/** Keeps how many targets have to be healthy. */
const MINIMUM_TAG = 'scalingtier.dev/minimum-healthy';

const TRAFFIC_PORT = 'traffic-port';

type Observed = Owned<TargetGroupSpec, TargetGroupAttributes>;

const attributesOf = (targetGroupArn: string): TargetGroupAttributes => ({
  targetGroupArn,
  fullName: nameInMetrics(targetGroupArn, 'targetgroup/'),
});

const nameOf = ({ name }: TargetGroupSpec, incarnation: number): string => `${name}-${incarnation}`;

function minimumOf({ tags }: Tagged): number | null {
  const minimum = Number(tags[MINIMUM_TAG]);
  return Number.isSafeInteger(minimum) && minimum > 0 ? minimum : null;
}

const tagOfMinimum = ({ minimumHealthy }: TargetGroupSpec): Readonly<Record<string, string>> =>
  minimumHealthy === undefined ? {} : { [MINIMUM_TAG]: String(minimumHealthy) };

const healthCheckOf = (group: Description): Required<HealthCheck> => ({
  protocol: group.HealthCheckProtocol ?? 'HTTP',
  path: group.HealthCheckPath ?? '/',
  port: group.HealthCheckPort ?? TRAFFIC_PORT,
  intervalSeconds: group.HealthCheckIntervalSeconds ?? 0,
  timeoutSeconds: group.HealthCheckTimeoutSeconds ?? 0,
  healthyThreshold: group.HealthyThresholdCount ?? 0,
  unhealthyThreshold: group.UnhealthyThresholdCount ?? 0,
  matcher: group.Matcher?.GrpcCode ?? group.Matcher?.HttpCode ?? '',
});

const awsHealthCheckOf = ({
  healthCheck,
  protocolVersion,
}: TargetGroupSpec): Omit<ModifyTargetGroupInput, 'TargetGroupArn'> => ({
  HealthCheckEnabled: true,
  HealthCheckProtocol: healthCheck.protocol,
  HealthCheckPath: healthCheck.path,
  HealthCheckPort: healthCheck.port ?? TRAFFIC_PORT,
  HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
  HealthyThresholdCount: healthCheck.healthyThreshold,
  UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
  Matcher: protocolVersion === 'GRPC' ? { GrpcCode: healthCheck.matcher } : { HttpCode: healthCheck.matcher },
});

const servingOf = ({ health, addresses }: GateStanding): Pick<TargetGroupAttributes, 'serving' | 'addresses'> =>
  health.phase === 'ready' ? { serving: health.state, ...(addresses === '' ? {} : { addresses }) } : {};

const ownedOf = (group: Description, tagged: Tagged, standing: GateStanding | undefined): Observed => ({
  ...tagged,
  id: group.TargetGroupArn ?? '',
  spec: {
    name: group.TargetGroupName?.replace(/-\d+$/, '') ?? null,
    port: group.Port ?? null,
    protocol: group.Protocol ?? null,
    // AWS's default is what it leaves out.
    protocolVersion: group.ProtocolVersion ?? 'HTTP1',
    vpcId: group.VpcId ?? null,
    targetType: group.TargetType ?? null,
    healthCheck: healthCheckOf(group),
    minimumHealthy: minimumOf(tagged),
  },
  attributes: {
    ...attributesOf(group.TargetGroupArn ?? ''),
    ...(standing ? servingOf(standing) : {}),
  },
  health: standing?.health ?? { state: 'active', phase: 'ready' },
});

async function* described(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') {
    yield await byArn(scope.ids, async (TargetGroupArns) => {
      const { TargetGroups } = await aws.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns }));
      return TargetGroups;
    });
    return;
  }
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client: aws.elb, pageSize: PAGE }, {}))
    yield TargetGroups;
}

/** Groups with how far they are. Only those are asked about their targets of which somebody said how many they need. */
async function withHealth(aws: Aws, groups: readonly (readonly [Description, Tagged])[]): Promise<readonly Observed[]> {
  const gates = groups.flatMap(([{ TargetGroupArn: arn }, tagged]): Gate[] => {
    const minimum = minimumOf(tagged);
    return arn && minimum !== null ? [{ arn, minimum }] : [];
  });
  const standing = await standingOfGates(aws, gates);
  return groups.map(([group, tagged]) => ownedOf(group, tagged, standing.get(group.TargetGroupArn ?? '')));
}

async function withAttributes(aws: Aws, group: Observed): Promise<Observed> {
  const answer = await ifExists(aws.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: group.id })));
  return answer ? { ...group, spec: { ...group.spec, attributes: attributeRecord(answer.Attributes) } } : group;
}

async function setAttributes(aws: Aws, TargetGroupArn: string, attributes: TargetGroupSpec['attributes']) {
  const Attributes = attributeList(attributes);
  if (Attributes.length > 0) await aws.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
}

/** Fails with `TargetGroup.InUse` while targets answer requests that were sent to them as a part of the group. */
async function refuseWhileDraining(aws: Aws, arn: string): Promise<void> {
  const { length } = drainingOf(await targetsOf(aws, arn));
  if (length === 0) return;
  const message = `delete ${arn}: ${length} of its targets drain and may still answer requests`;
  throw Object.assign(new Error(message), { name: 'TargetGroup.InUse' });
}

export const TargetGroup = resource<TargetGroupSpec, TargetGroupAttributes>({
  type: 'elb.target-group',
  rules: {
    name: 'replace',
    port: 'replace',
    protocol: 'replace',
    protocolVersion: 'replace',
    vpcId: 'replace',
    targetType: 'replace',
  },
  settle: 3,
  replace: 'createFirst',

  // One call for each is no bulk read: attributes are looked at in fresh reads only.
  async *observe(aws, scope) {
    for await (const page of described(aws, scope)) {
      const likely = page.filter(({ TargetGroupName = '' }) => mayBeIn(scope, TargetGroupName));
      const ours = await ofScope(aws, scope, likely, ({ TargetGroupArn }) => TargetGroupArn);
      const groups = await withHealth(aws, ours);
      yield scope.by === 'cluster' ? groups : await each(groups, (group) => withAttributes(aws, group));
    }
  },

  async create(aws, self, spec) {
    const { TargetGroups } = await aws.elb.send(
      new CreateTargetGroupCommand({
        ...awsHealthCheckOf(spec),
        Name: nameOf(spec, self.incarnation),
        Port: spec.port,
        Protocol: spec.protocol,
        ProtocolVersion: spec.protocolVersion,
        VpcId: spec.vpcId,
        TargetType: spec.targetType,
        Tags: tagList({ ...self.tags, ...tagOfMinimum(spec) }),
      }),
    );
    const attributes = attributesOf(TargetGroups?.[0]?.TargetGroupArn ?? '');
    // Where AWS does not know it yet, the next look sees what is missing.
    await ifExists(setAttributes(aws, attributes.targetGroupArn, spec.attributes));
    return { id: attributes.targetGroupArn, attributes };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    await retag(aws, live.id, changes, fields.has('minimumHealthy') ? tagOfMinimum(spec) : {});
    if (fields.has('healthCheck'))
      await aws.elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: live.id, ...awsHealthCheckOf(spec) }));
    if (fields.has('attributes')) await setAttributes(aws, live.id, spec.attributes);
  },

  // AWS refuses for as long as a listener or a rule refers to it.
  async delete(aws, live) {
    await refuseWhileDraining(aws, live.id);
    await gone(aws.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: live.id })));
  },
});
