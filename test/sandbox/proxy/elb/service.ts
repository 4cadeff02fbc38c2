/** Elastic Load Balancing (version 2) as the proxy knows it: the order of its steps. */
import { type Service, writesByName } from '../service.ts';
import { attributeDefaults } from './attributes.ts';
import { furtherCertificates } from './certificates.ts';
import { describe, lag, shownAnswers } from './describe.ts';
import { equalCreates } from './equal.ts';
import { fronts } from './fronts.ts';
import { lives } from './interfaces.ts';
import { refusals } from './refusals.ts';
import { tags } from './tags.ts';
import { targets } from './targets.ts';

/** The element of each creating call's answer that holds the new ARN. */
const MADE: Readonly<Record<string, string>> = {
  CreateLoadBalancer: 'LoadBalancerArn',
  CreateTargetGroup: 'TargetGroupArn',
  CreateListener: 'ListenerArn',
  CreateRule: 'RuleArn',
};

function created(operation: string, body: string): readonly string[] {
  const name = MADE[operation];
  return name === undefined ? [] : (new RegExp(`<${name}>([^<]+)<`).exec(body)?.slice(1, 2) ?? []);
}

/** Elastic Load Balancing. */
export const Elb: Service = {
  name: 'elb',
  signingName: 'elasticloadbalancing',
  protocol: 'query',
  api: '2015-12-01',
  writes: writesByName,
  // ELB User Guide, "Request throttling for the Elastic Load Balancing API": 40 for what changes nothing; the rest is a guess.
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [
      { name: 'describe', operations: /^Describe/, rate: 10, burst: 40 },
      { name: 'change', operations: /./, rate: 5, burst: 20 },
    ],
  },
  created,
  steps: (world) => [
    lag(world),
    fronts(world),
    describe(world),
    shownAnswers(world),
    tags(world),
    equalCreates(world),
    refusals(world),
    lives(world),
    targets(world),
    furtherCertificates(world),
    attributeDefaults,
  ],
};
