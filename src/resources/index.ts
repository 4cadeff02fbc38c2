/**
 * Every kind, in creation order: what another one needs comes before it, and deletion goes backwards. Adding a kind means
 * one line here.
 */
import type { AnyResource } from '../aws/driver.ts';
import { Alarm } from './cloudwatch/alarm.ts';
import { Address } from './ec2/address.ts';
import { Instance } from './ec2/instance.ts';
import { InternetGateway } from './ec2/internet-gateway.ts';
import { LaunchTemplate } from './ec2/launch-template.ts';
import { RouteTable } from './ec2/route-table.ts';
import { SecurityGroup } from './ec2/security-group.ts';
import { SecurityGroupRule } from './ec2/security-group-rule.ts';
import { Snapshot } from './ec2/snapshot.ts';
import { SnapshotSchedule } from './ec2/snapshot-schedule.ts';
import { Subnet } from './ec2/subnet.ts';
import { Volume } from './ec2/volume.ts';
import { Vpc } from './ec2/vpc.ts';
import { VpcEndpoint } from './ec2/vpc-endpoint.ts';
import { InstanceProfile } from './iam/instance-profile.ts';
import { Role } from './iam/role.ts';
import { Parameter } from './ssm/parameter.ts';

/** The kinds. */
export const resources: readonly AnyResource[] = [
  Vpc,
  Subnet,
  InternetGateway,
  RouteTable,
  VpcEndpoint,
  SecurityGroup,
  SecurityGroupRule,
  Role,
  InstanceProfile,
  Volume,
  LaunchTemplate,
  Instance,
  SnapshotSchedule,
  Address,
  Parameter,
  Alarm,
  Snapshot,
];
