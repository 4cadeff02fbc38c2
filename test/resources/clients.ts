/** Every client that kinds use, made from the same options. It must not know what answers them. */
import { ACMClient } from '@aws-sdk/client-acm';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Aws } from '../../src/aws/driver.ts';

/** What all clients can be told alike. */
export type ClientOptions = Pick<
  EC2ClientConfig,
  'region' | 'credentials' | 'maxAttempts' | 'requestHandler' | 'endpoint'
>;

/** All of them. */
export function clientsOf(options: ClientOptions): Omit<Aws, 'region' | 'accountID' | 'partition'> {
  return {
    ec2: new EC2Client(options),
    iam: new IAMClient(options),
    ssm: new SSMClient(options),
    cloudwatch: new CloudWatchClient(options),
    rds: new RDSClient(options),
    secretsManager: new SecretsManagerClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    autoScaling: new AutoScalingClient(options),
    elastiCache: new ElastiCacheClient(options),
    s3: new S3Client(options),
    acm: new ACMClient(options),
    route53: new Route53Client(options),
    serviceQuotas: new ServiceQuotasClient(options),
  };
}
