/** The services that the proxy knows. A service is added by a line here and a file of its own. */

import { Acm } from './acm/service.ts';
import { AutoScaling } from './autoscaling/service.ts';
import { CloudWatch } from './cloudwatch/service.ts';
import { Ec2 } from './ec2/service.ts';
import { ElastiCache } from './elasticache/service.ts';
import { Elb } from './elb/service.ts';
import { Iam } from './iam/service.ts';
import { Rds } from './rds/service.ts';
import { Route53 } from './route53/service.ts';
import { S3 } from './s3/service.ts';
import { SecretsManager } from './secretsmanager/service.ts';
import { plainService, type Service } from './service.ts';
import { ServiceQuotas } from './servicequotas/service.ts';
import { Ssm } from './ssm/service.ts';
import { Sts } from './sts/service.ts';

/** Every service with a file of its own. */
export const SERVICES: readonly Service[] = [
  Ec2,
  Iam,
  Sts,
  Ssm,
  CloudWatch,
  Rds,
  SecretsManager,
  AutoScaling,
  ElastiCache,
  S3,
  Elb,
  Acm,
  ServiceQuotas,
  Route53,
];

/** The service of a signing name; one that nobody described passes through. */
export function serviceOfSigningName(signingName: string, target: string | undefined): Service {
  const known = SERVICES.find((service) => service.signingName === signingName);
  return known ?? plainService(signingName, target === undefined ? (signingName === 's3' ? 'rest' : 'query') : 'json');
}

/** The service that the journal calls by this name. */
export function serviceNamed(name: string): Service {
  const known = SERVICES.find((service) => service.name === name);
  if (!known) throw new Error(`find service: none is named ${name}`);
  return known;
}
