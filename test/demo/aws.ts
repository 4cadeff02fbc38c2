/**
 * The demo's own eyes and hands in AWS: what a person with a console would see and do. It calls the stand-in's endpoint with
 * the SDK, apart from the operator, so that nothing it shows is the operator's word alone.
 */
import { AuthorizeSecurityGroupIngressCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  type DBInstance,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { type Account, enterAccount } from '../sandbox/account.ts';

/** A database as RDS shows it. */
export interface Database {
  /** The tier's word for it. */
  readonly role: string;
  readonly id: string;
  readonly status: string;
  readonly instanceClass: string;
  readonly zone: string;
  readonly hasStandby: boolean;
}

/** A person in the account of a tier. */
export interface Person {
  /** The role that leads into the account. */
  readonly roleARN: string;
  /** Everything that carries the tier's name, and everything without any name of ours. */
  standing(): Promise<readonly string[]>;
  /** Opens SSH to the world, as it is done in a hurry; answers with the group. */
  openSSH(): Promise<string>;
  isSSHOpen(): Promise<boolean>;
  /** Takes every tag off a resource. */
  stripTags(id: string): Promise<void>;
  databases(): Promise<readonly Database[]>;
  /** Has a database move to its standby. */
  failOver(id: string): Promise<void>;
  isSnapshotAvailable(id: string): Promise<boolean>;
  close(): void;
}

function databaseOf(instance: DBInstance): Database {
  const {
    DBInstanceIdentifier: id = '',
    DBInstanceStatus: status = '',
    DBInstanceClass: instanceClass = '',
  } = instance;
  const role = instance.TagList?.find(({ Key }) => Key === 'scalingtier.dev/role')?.Value ?? id;
  const { AvailabilityZone: zone = '', MultiAZ: hasStandby = false } = instance;
  return { role, id, status, instanceClass, zone, hasStandby };
}

/** Enters an account; by default the one that the sandbox's own credentials lead to. */
export async function person(endpoint: string, tier: string, accountID = '123456789012'): Promise<Person> {
  const account: Account = await enterAccount(endpoint, accountID);
  const groups = async () => {
    const Filters = [{ Name: 'tag:scalingtier.dev/name', Values: [tier] }];
    return (await account.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? [];
  };
  return {
    roleARN: account.roleARN,
    async standing() {
      return Object.values(await account.inventory()).flat();
    },
    async openSSH() {
      const GroupId = (await groups())[0]?.GroupId;
      if (!GroupId) throw new Error(`find the security group of ${tier}: there is none`);
      const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      await account.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
      return GroupId;
    },
    async isSSHOpen() {
      return (await groups()).some(({ IpPermissions = [] }) => IpPermissions.some(({ FromPort }) => FromPort === 22));
    },
    stripTags: (id) => account.stripTags(id),
    async databases() {
      return ((await account.rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? []).map(databaseOf);
    },
    async failOver(DBInstanceIdentifier) {
      await account.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier, ForceFailover: true }));
    },
    async isSnapshotAvailable(DBSnapshotIdentifier) {
      const { DBSnapshots = [] } = await account.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
      return DBSnapshots.some(({ Status }) => Status === 'available');
    },
    close: () => account.close(),
  };
}
