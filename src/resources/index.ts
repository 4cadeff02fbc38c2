/**
 * Every kind, in creation order: what another one needs comes before it, and deletion goes backwards. Adding a kind means
 * one line here.
 */
import type { AnyResource } from '../aws/driver.ts';
import { AutoScalingGroup } from './autoscaling/group.ts';
import { ScalingPolicy } from './autoscaling/policy.ts';
import { InstanceRefresh } from './autoscaling/refresh.ts';
import { Alarm } from './cloudwatch/alarm.ts';
import { Address } from './ec2/address.ts';
import { Instance } from './ec2/instance.ts';
import { InternetGateway } from './ec2/internet-gateway.ts';
import { LaunchTemplate } from './ec2/launch-template.ts';
import { NatGateway } from './ec2/nat-gateway.ts';
import { RouteTable } from './ec2/route-table.ts';
import { SecurityGroup } from './ec2/security-group.ts';
import { SecurityGroupRule } from './ec2/security-group-rule.ts';
import { Snapshot } from './ec2/snapshot.ts';
import { SnapshotSchedule } from './ec2/snapshot-schedule.ts';
import { Subnet } from './ec2/subnet.ts';
import { Volume } from './ec2/volume.ts';
import { Vpc } from './ec2/vpc.ts';
import { VpcEndpoint } from './ec2/vpc-endpoint.ts';
import { CacheParameterGroup } from './elasticache/parameter-group.ts';
import { ReplicationGroup } from './elasticache/replication-group.ts';
import { ServerlessCache } from './elasticache/serverless-cache.ts';
import { CacheSubnetGroup } from './elasticache/subnet-group.ts';
import { CacheUser } from './elasticache/user.ts';
import { CacheUserGroup } from './elasticache/user-group.ts';
import { Listener } from './elb/listener.ts';
import { ListenerRule } from './elb/listener-rule.ts';
import { LoadBalancer } from './elb/load-balancer.ts';
import { Target } from './elb/target.ts';
import { TargetGroup } from './elb/target-group.ts';
import { InstanceProfile } from './iam/instance-profile.ts';
import { Role } from './iam/role.ts';
import { DBInstance } from './rds/instance.ts';
import { DBParameterGroup } from './rds/parameter-group.ts';
import { ReadReplica } from './rds/replica.ts';
import { DBSnapshot } from './rds/snapshot.ts';
import { DBSubnetGroup } from './rds/subnet-group.ts';
import { RecordSets } from './route53/record-sets.ts';
import { Bucket } from './s3/bucket.ts';
import { Secret } from './secretsmanager/secret.ts';
import { Parameter } from './ssm/parameter.ts';

/** The kinds. */
export const resources: readonly AnyResource[] = [
  Vpc,
  Subnet,
  InternetGateway,
  SecurityGroup,
  SecurityGroupRule,
  Role,
  InstanceProfile,
  Volume,
  LaunchTemplate,
  Instance,
  SnapshotSchedule,
  Address,
  NatGateway,
  RouteTable,
  VpcEndpoint,
  DBSubnetGroup,
  DBParameterGroup,
  Secret,
  DBInstance,
  ReadReplica,
  CacheSubnetGroup,
  CacheParameterGroup,
  CacheUser,
  CacheUserGroup,
  ReplicationGroup,
  ServerlessCache,
  Bucket,
  LoadBalancer,
  TargetGroup,
  Listener,
  ListenerRule,
  Target,
  Parameter,
  AutoScalingGroup,
  InstanceRefresh,
  ScalingPolicy,
  Alarm,
  RecordSets,
  Snapshot,
  DBSnapshot,
];
