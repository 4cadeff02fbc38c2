/** What a database stands on, built with the kinds themselves. */
import { DescribeDBInstancesCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import { uniqueName } from '../../src/aws/ownership.ts';
import { Subnet } from '../../src/resources/ec2/subnet.ts';
import { DBInstance, type DBInstanceSpec } from '../../src/resources/rds/instance.ts';
import { DBParameterGroup } from '../../src/resources/rds/parameter-group.ts';
import { DBSubnetGroup } from '../../src/resources/rds/subnet-group.ts';
import { Secret } from '../../src/resources/secretsmanager/secret.ts';
import { anySecurityGroup, anyVpc } from './ground.ts';
import { eventually, type World } from './world.ts';

const ZONES = ['use1-az4', 'use1-az6', 'use1-az2'];

/** A name of the world's own, as RDS takes one. */
export const nameOf = ({ owner }: World, suffix: string): string => uniqueName(owner, suffix, 63).toLowerCase();

/** Private subnets, each in a zone of its own. */
export async function dataSubnets(world: World, vpcId: string): Promise<readonly string[]> {
  const made = await Promise.all(
    ZONES.map((zoneId, index) =>
      world.build(Subnet, `data-${index}`, {
        vpcId,
        cidr: `10.42.${index + 10}.0/24`,
        zoneId,
        mapPublicIpOnLaunch: false,
      }),
    ),
  );
  return made.map(({ id }) => id);
}

/** A secret with a password. */
export async function anySecret(world: World) {
  const { attributes } = await world.build(Secret, 'ground', {
    name: nameOf(world, 'secret/master'),
    description: 'ground of a test',
    username: 'appadmin',
    recoveryWindowInDays: 7,
    rotation: 0,
  });
  return attributes;
}

/** Everything but the database. */
export async function databaseGround(world: World) {
  const { vpcId } = await anyVpc(world);
  const [subnetIds, groups, secret, parameters] = await Promise.all([
    dataSubnets(world, vpcId),
    Promise.all(['ground', 'other'].map((name) => anySecurityGroup(world, vpcId, name))),
    anySecret(world),
    world.build(DBParameterGroup, 'ground', {
      name: nameOf(world, 'postgres17'),
      family: 'postgres17',
      description: 'ground of a test',
      parameters: {},
    }),
  ]);
  const subnetGroup = await world.build(DBSubnetGroup, 'ground', {
    name: nameOf(world, 'subnets'),
    description: 'ground of a test',
    subnetIds: subnetIds.slice(0, 2),
  });
  return {
    named: (suffix: string) => nameOf(world, suffix),
    secret,
    subnetGroupName: subnetGroup.id,
    parameterGroupName: parameters.id,
    securityGroupId: groups[0]?.groupId ?? '',
    otherSecurityGroupId: groups[1]?.groupId ?? '',
  };
}

/** A ground for databases. */
export type DatabaseGround = Awaited<ReturnType<typeof databaseGround>>;

/** A small database on that ground, with what makes it fit for a replica. */
export function databaseSpec(ground: DatabaseGround, suffix = 'db'): DBInstanceSpec {
  return {
    identifier: ground.named(suffix),
    engine: 'postgres',
    engineVersion: '17',
    instanceClass: 'db.t4g.medium',
    allocatedStorage: 50,
    maxAllocatedStorage: 200,
    storageType: 'gp3',
    storageEncrypted: true,
    databaseName: 'shop',
    port: 5432,
    masterUsername: 'appadmin',
    masterSecretArn: ground.secret.secretArn,
    masterSecretVersion: ground.secret.versionId,
    manageMasterUserPassword: false,
    subnetGroupName: ground.subnetGroupName,
    securityGroupIds: [ground.securityGroupId],
    parameterGroupName: ground.parameterGroupName,
    parameterApplyStatus: 'in-sync',
    multiAz: false,
    publiclyAccessible: false,
    backupRetentionPeriod: 7,
    deletionProtection: true,
    autoMinorVersionUpgrade: true,
    performanceInsights: false,
    enabledLogExports: ['postgresql'],
    copyTagsToSnapshot: true,
  };
}

/** A database of its own. */
export async function anyDatabase(world: World, ground: DatabaseGround, suffix = 'db') {
  const { attributes } = await world.build(DBInstance, suffix, databaseSpec(ground, suffix));
  return attributes;
}

/** Waits until a database takes changes, snapshots and replicas: it is ready while RDS still makes its first backup. */
export async function untilAtRest({ aws }: World, DBInstanceIdentifier: string): Promise<void> {
  await eventually(`${DBInstanceIdentifier} to be at rest`, async () => {
    const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    return DBInstances?.[0]?.DBInstanceStatus === 'available';
  });
}

/** Takes every tag of ours off a database or snapshot. */
export async function stripDatabase(world: World, arn: string): Promise<void> {
  const TagKeys = [
    ...Object.keys(world.identity('rds.instance/any').tags),
    ...['password-version', 'engine-version', 'applying'].map((name) => `scalingtier.dev/${name}`),
  ];
  await world.aws.rds.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys }));
}

/** The ARN of a database or snapshot by its name. */
export const rdsArn = ({ aws }: World, sort: 'db' | 'snapshot' | 'subgrp' | 'pg', name: string): string =>
  `arn:aws:rds:${aws.region}:${aws.accountID}:${sort}:${name}`;
