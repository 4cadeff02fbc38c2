/**
 * The demo's own eyes and hands in AWS: what a person with a console would see and do. It calls the stand-in's endpoint with
 * the SDK, apart from the operator, so that nothing it shows is the operator's word alone.
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';

/** One resource that carries the operator's tags. */
export interface Standing {
  readonly type: string;
  readonly id: string;
}

const NAME_TAG = 'scalingtier.dev/name';
const ENDED = new Set(['terminated', 'shutting-down']);

/** A person's access to the demo's account. */
export function person(endpoint: string, region: string, tier: string) {
  const ec2 = new EC2Client({ region, endpoint, credentials: { accessKeyId: 'person', secretAccessKey: 'person' } });
  const Filters = [{ Name: `tag:${NAME_TAG}`, Values: [tier] }];

  const groupID = async (): Promise<string> => {
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    const id = SecurityGroups[0]?.GroupId;
    if (!id) throw new Error(`find the security group of ${tier}: there is none`);
    return id;
  };

  const endedInstances = async (): Promise<ReadonlySet<string>> => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
    return new Set(
      instances.filter(({ State }) => ENDED.has(State?.Name ?? '')).map(({ InstanceId = '' }) => InstanceId),
    );
  };

  return {
    /** Everything in EC2 that carries the tier's name, without instances that have ended. */
    async standing(): Promise<readonly Standing[]> {
      const ended = await endedInstances();
      const { Tags = [] } = await ec2.send(
        new DescribeTagsCommand({
          Filters: [
            { Name: 'key', Values: [NAME_TAG] },
            { Name: 'value', Values: [tier] },
          ],
        }),
      );
      return Tags.map(({ ResourceType = '', ResourceId = '' }) => ({ type: ResourceType, id: ResourceId })).filter(
        ({ id }) => !ended.has(id),
      );
    },
    /** Opens SSH to the world, as it is done in a hurry. */
    async openSSH(): Promise<string> {
      const GroupId = await groupID();
      const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
      return GroupId;
    },
    /** Whether SSH is open. */
    async isSSHOpen(): Promise<boolean> {
      const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
      return SecurityGroups.some(({ IpPermissions = [] }) => IpPermissions.some(({ FromPort }) => FromPort === 22));
    },
    /** Takes the operator's tags off the server. */
    async stripTags(instanceID: string): Promise<void> {
      await ec2.send(new DeleteTagsCommand({ Resources: [instanceID] }));
    },
    /** Ids of final copies of the tier's data. */
    async finalCopies(): Promise<readonly string[]> {
      const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'] }));
      return Snapshots.map(({ SnapshotId = '' }) => SnapshotId);
    },
    close: () => ec2.destroy(),
  };
}
