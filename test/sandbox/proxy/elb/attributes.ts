/** Attributes with the defaults that AWS's answers have (ELB API reference, `LoadBalancerAttribute`, `TargetGroupAttribute`). */
import { type Step, succeeded } from '../call.ts';
import { branch, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { listOf, members } from './records.ts';

const BALANCER: Readonly<Record<string, string>> = {
  'access_logs.s3.enabled': 'false',
  'client_keep_alive.seconds': '3600',
  'connection_logs.s3.enabled': 'false',
  'idle_timeout.timeout_seconds': '60',
  'ipv6.deny_all_igw_traffic': 'false',
  'routing.http.desync_mitigation_mode': 'defensive',
  'routing.http.drop_invalid_header_fields.enabled': 'false',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
  'routing.http.xff_client_port.enabled': 'false',
  'routing.http.xff_header_processing.mode': 'append',
  'routing.http2.enabled': 'true',
  'waf.fail_open.enabled': 'false',
  'zonal_shift.config.enabled': 'false',
};

const GROUP: Readonly<Record<string, string>> = {
  'stickiness.lb_cookie.duration_seconds': '86400',
  'stickiness.app_cookie.cookie_name': '',
  'stickiness.app_cookie.duration_seconds': '86400',
  'load_balancing.algorithm.anomaly_mitigation': 'off',
  'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
};

const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DescribeLoadBalancerAttributes: BALANCER,
  DescribeTargetGroupAttributes: GROUP,
};

/** Adds what the stand-in leaves out. */
export const attributeDefaults: Step = async (call, next) => {
  const defaults = DEFAULTS[call.operation];
  const answer = await next(call);
  const root = defaults && succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const list = listOf(root, call.operation, 'Attributes');
  if (!defaults || !root || !list) return answer;
  const there = new Set(members(list).map((one) => textAt(one, 'Key')));
  for (const [key, value] of Object.entries(defaults))
    if (!there.has(key)) list.children.push(branch('member', [leaf('Key', key), leaf('Value', value)]));
  return { ...answer, body: Buffer.from(writeXml(root)) };
};
