/**
 * Service Quotas as the proxy knows it: the quotas of an account for which AWS has raised those that matter, because many
 * tiers stand in one. The stand-in knows those of VPCs alone. They limit nothing here: who asks is told, and no more.
 */
import { Refusal, type Step, text } from '../call.ts';
import { jsonAnswer } from '../protocol.ts';
import { type Service, writesByName } from '../service.ts';

/** By service and code, as `ListServiceQuotas` of AWS shows them. */
const QUOTAS: Readonly<Record<string, readonly [name: string, value: number]>> = {
  'vpc L-F678F1CE': ['VPCs per Region', 1000],
  'vpc L-FE5A380F': ['NAT gateways per Availability Zone', 1000],
  'ec2 L-0263D0A3': ['EC2-VPC Elastic IPs', 1000],
  'elasticloadbalancing L-53DA6B97': ['Application Load Balancers per Region', 1000],
  'elasticloadbalancing L-B22855CB': ['Target Groups per Region', 3000],
  'autoscaling L-CDE20ADC': ['Auto Scaling groups per region', 1000],
  'rds L-7B6409FD': ['DB instances', 1000],
};

/** GetServiceQuota: `NoSuchResourceException` for a quota that there is not. */
const quotas: Step = async (call, next) => {
  if (call.operation !== 'GetServiceQuota') return next(call);
  const [ServiceCode = '', QuotaCode = ''] = ['ServiceCode', 'QuotaCode'].map((key) => text(call.params, key));
  const found = QUOTAS[`${ServiceCode} ${QuotaCode}`];
  if (!found)
    throw new Refusal('NoSuchResourceException', 'The request failed because the specified quota does not exist.');
  const [QuotaName, Value] = found;
  const Quota = { ServiceCode, QuotaCode, QuotaName, Value, Unit: 'None', Adjustable: true, GlobalQuota: false };
  return jsonAnswer(200, { Quota });
};

/** Service Quotas. */
export const ServiceQuotas: Service = {
  name: 'servicequotas',
  signingName: 'servicequotas',
  protocol: 'json',
  api: 'ServiceQuotasV20190624',
  writes: writesByName,
  // What others were seen to get through: a few calls a second.
  limits: {
    throttled: 'TooManyRequestsException',
    status: 429,
    rows: [{ name: 'all', operations: /./, rate: 5, burst: 10 }],
  },
  steps: () => [quotas],
};
