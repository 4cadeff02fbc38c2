/**
 * How servers are read: what they are from one bulk call, whether they work from status checks in batches of a hundred, and
 * what no bulk read returns, in fresh reads only. It must not write.
 */
import {
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeVolumesCommand,
  type InstanceBlockDeviceMapping,
  type Instance as InstanceDescription,
  type InstanceStatus,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import type { Aws, Scope } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { ifExists, inBatches, readExisting } from '../existing.ts';
import { type InstanceAttributes, type InstanceSpec, USER_DATA_TAG } from './instance-spec.ts';
import { claimed, PAGE_OF_LARGE, readPages } from './tagging.ts';

/** AWS takes a hundred ids in one status call, and two hundred values in one filter. */
const STATUS_BATCH = 100;
const VOLUME_BATCH = 200;

type Observed = Owned<InstanceSpec, InstanceAttributes>;

const SETTLING = new Set(['pending', 'stopping']);

async function statusesOf(
  aws: Aws,
  instances: readonly InstanceDescription[],
): Promise<ReadonlyMap<string | undefined, InstanceStatus>> {
  const running = instances.flatMap(({ InstanceId, State }) =>
    InstanceId && State?.Name === 'running' ? [InstanceId] : [],
  );
  const found = await readExisting(running, STATUS_BATCH, async (InstanceIds) => {
    const answer = await aws.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds }));
    return answer.InstanceStatuses;
  });
  return new Map(found.map((status) => [status.InstanceId, status]));
}

async function sizesOf(
  aws: Aws,
  volumeIDs: readonly string[],
): Promise<ReadonlyMap<string | undefined, number | undefined>> {
  const sizes = new Map<string | undefined, number | undefined>();
  for (const Values of inBatches(volumeIDs, VOLUME_BATCH)) {
    const { Volumes = [] } = await aws.ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values }] }),
    );
    for (const { VolumeId, Size } of Volumes) sizes.set(VolumeId, Size);
  }
  return sizes;
}

async function protectionOf(aws: Aws, InstanceId: string): Promise<Pick<Observed['spec'], 'terminationProtection'>> {
  const call = aws.ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }));
  const answer = await ifExists(call);
  return answer ? { terminationProtection: answer.DisableApiTermination?.Value ?? false } : {};
}

function healthOf(state: string, status: InstanceStatus | undefined): Health {
  if (state === 'shutting-down') return { state, phase: 'deleting', reason: 'AWS is terminating it' };
  if (state === 'stopped') return { state, phase: 'failed', reason: 'the instance is stopped' };
  if (SETTLING.has(state)) return { state, phase: 'settling', reason: `the instance is ${state}` };
  const checks = {
    system: status?.SystemStatus?.Status ?? 'initializing',
    instance: status?.InstanceStatus?.Status ?? 'initializing',
  };
  const failing = Object.entries(checks).flatMap(([name, value]) => (value === 'impaired' ? [name] : []));
  if (failing.length > 0)
    return { state, phase: 'failed', reason: `AWS's ${failing.join(' and ')} status check fails` };
  const passed = Object.values(checks).every((value) => value === 'ok');
  return passed
    ? { state, phase: 'ready' }
    : { state, phase: 'warming', reason: 'AWS has not finished its status checks' };
}

const isAttached = ({ Ebs }: InstanceBlockDeviceMapping): boolean =>
  Ebs?.Status !== 'detaching' && Ebs?.Status !== 'detached';

const dataVolumesOf = ({
  BlockDeviceMappings = [],
  RootDeviceName,
}: InstanceDescription): InstanceSpec['dataVolumes'] =>
  Object.fromEntries(
    BlockDeviceMappings.filter((mapping) => mapping.DeviceName !== RootDeviceName && isAttached(mapping)).map(
      ({ DeviceName = '', Ebs }) => [
        DeviceName,
        { volumeId: Ebs?.VolumeId ?? '', deleteOnTermination: Ebs?.DeleteOnTermination ?? false },
      ],
    ),
  );

const rootVolumeOf = ({ BlockDeviceMappings = [], RootDeviceName }: InstanceDescription): string | undefined =>
  BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs?.VolumeId;

function ownedOf(
  instance: InstanceDescription,
  status: InstanceStatus | undefined,
  rootSize: number | undefined,
): Observed {
  const { InstanceId: id = '', State, MetadataOptions: imds, Tags } = instance;
  const state = State?.Name ?? 'pending';
  const claim = claimed(Tags);
  const userDataHash = claim.tags[USER_DATA_TAG];
  return {
    ...claim,
    id,
    spec: {
      subnetId: instance.SubnetId ?? null,
      imageId: instance.ImageId ?? null,
      instanceType: instance.InstanceType ?? null,
      // A server whose tags were taken off must not be replaced because of that.
      ...(userDataHash === undefined ? {} : { userDataHash }),
      securityGroupIds: (instance.SecurityGroups ?? []).map(({ GroupId = '' }) => GroupId),
      instanceProfileArn: instance.IamInstanceProfile?.Arn ?? null,
      imdsHopLimit: imds?.HttpPutResponseHopLimit ?? null,
      httpTokens: imds?.HttpTokens ?? null,
      monitoring: ['enabled', 'pending'].includes(instance.Monitoring?.State ?? 'disabled'),
      running: state === 'running' || state === 'pending',
      ...(rootSize === undefined ? {} : { rootVolumeSizeGiB: rootSize }),
      dataVolumes: dataVolumesOf(instance),
    },
    attributes: {
      instanceId: id,
      privateIp: instance.PrivateIpAddress ?? '',
      zoneName: instance.Placement?.AvailabilityZone ?? '',
      rootVolumeId: rootVolumeOf(instance) ?? '',
    },
    health: healthOf(state, status),
  };
}

/** Adds to a page what other calls say of its servers; one by one only when it is to be `deep`. */
async function readDetails(
  aws: Aws,
  instances: readonly InstanceDescription[],
  deep: boolean,
): Promise<readonly Observed[]> {
  const roots = instances.flatMap((instance) => rootVolumeOf(instance) ?? []);
  const [statuses, sizes] = await Promise.all([statusesOf(aws, instances), sizesOf(aws, roots)]);
  return Promise.all(
    instances.map(async (instance) => {
      const owned = ownedOf(instance, statuses.get(instance.InstanceId), sizes.get(rootVolumeOf(instance)));
      if (!deep || owned.health.phase === 'deleting') return owned;
      return { ...owned, spec: { ...owned.spec, ...(await protectionOf(aws, owned.id)) } };
    }),
  );
}

/** All servers in a scope, without those that are gone: AWS shows a terminated one for about an hour. */
export function readInstances(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  return readPages(
    scope,
    'instance-id',
    (Filters) => paginateDescribeInstances({ client: aws.ec2, pageSize: PAGE_OF_LARGE }, { Filters }),
    ({ Reservations = [] }) => {
      const all = Reservations.flatMap(({ Instances = [] }) => Instances);
      const instances = all.filter(({ State }) => State?.Name !== 'terminated');
      return readDetails(aws, instances, scope.by !== 'cluster');
    },
  );
}
