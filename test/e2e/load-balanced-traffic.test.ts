/** How a tier with a fleet is reached: rules, services, ports and TLS change while somebody always serves. */
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bringCertificate } from '../sandbox/certificate.ts';
import type { Entry } from '../sandbox/proxy/client.ts';
import { type FleetScene, HTTP, LONG, shopScene } from './fleet.ts';
import { isSettled } from './harness.ts';

const RULES = [
  { priority: 10, hosts: ['api.example.com'], targetGroup: 'api' },
  { priority: 20, paths: ['/old/*'], fixedResponse: { statusCode: 410 } },
  { priority: 30, hosts: ['example.com'], redirect: { host: 'www.example.com' } },
] as const;

const SERVICES = [
  { name: 'web', isDefault: true },
  { name: 'api', port: 4000 },
] as const;

describe('the way to a tier with a fleet', () => {
  let here: FleetScene;

  beforeAll(async () => {
    here = await shopScene('e2e-load-balanced-traffic', '111111111121');
  });

  afterAll(async () => {
    await here?.close();
  });

  const conditionsOf = async (): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries(
      (await here.rules()).map(({ Priority = '', Conditions = [], Actions = [] }) => [
        Priority,
        [Conditions.flatMap(({ Values = [] }) => Values).join(), Actions.at(-1)?.Type],
      ]),
    );

  const namesOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ operation }) => operation);

  test('is shared by two services, told apart by host and path', async () => {
    await here.change({ loadBalancer: { targetGroups: SERVICES, rules: RULES } });
    expect(await conditionsOf()).toEqual({
      10: ['api.example.com', 'forward'],
      20: ['/old/*', 'fixed-response'],
      30: ['example.com', 'redirect'],
    });
    for (const service of ['web', 'api']) {
      const states = (await here.targets(service)).map(({ TargetHealth }) => TargetHealth?.State);
      expect([service, states]).toEqual([service, ['healthy', 'healthy']]);
    }
  });

  test('has its rules reordered in place', async () => {
    const since = await here.proxy.latest();
    const [first, second, third] = RULES;
    const rules = [{ ...first, priority: 20 }, { ...second, priority: 10 }, third];
    await here.change({ loadBalancer: { rules } });
    expect(await conditionsOf()).toEqual({
      10: ['/old/*', 'fixed-response'],
      20: ['api.example.com', 'forward'],
      30: ['example.com', 'redirect'],
    });
    const made = namesOf(await here.made(since, /Rule|TargetGroup$|Listener$/));
    expect(new Set(made)).toEqual(new Set(['ModifyRule']));
  });

  test('moves to another port of the servers: the new group beside the old, then in its place, then alone', async () => {
    const old = await here.idOf('elb.target-group/web');
    const since = await here.proxy.latest();
    const planned = await here.change({
      loadBalancer: { targetGroups: [{ name: 'web', isDefault: true, port: 9090 }, SERVICES[1]] },
    });
    expect(planned.status.plan?.text ?? '± elb.target-group/web').toContain('± elb.target-group/web');
    const { TargetGroups = [] } = await here.account.elb.send(new DescribeTargetGroupsCommand({}));
    expect(TargetGroups.map(({ Port }) => Port).sort()).toEqual([4000, 9090]);
    const current = await here.idOf('elb.target-group/web');
    expect(current).not.toBe(old);
    expect((await here.targets()).map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy']);

    const entries = await here.made(since, /TargetGroup|Listener|SecurityGroup/);
    const at = (operation: string, says: RegExp): number => {
      const found = entries.findIndex(
        (entry) => entry.operation === operation && says.test(JSON.stringify(entry.params)),
      );
      expect([`${operation} ${says.source}`, found >= 0]).toEqual([`${operation} ${says.source}`, true]);
      return found;
    };
    const group = (arn: string) => new RegExp(RegExp.escape(arn.split('/').at(-1) ?? arn));
    const steps = [
      at('AuthorizeSecurityGroupIngress', /9090/),
      at('AttachLoadBalancerTargetGroups', group(current)),
      // Beside the old one, without requests, so that its targets are checked.
      at('ModifyListener', /"Weight":"?0/),
      entries.findLastIndex(({ operation }) => operation === 'ModifyListener'),
      at('DetachLoadBalancerTargetGroups', group(old)),
      at('DeleteTargetGroup', group(old)),
    ];
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(new Set(steps).size).toBe(steps.length);
    // Requests under way still reach the old port until nobody sends any.
    expect(at('RevokeSecurityGroupIngress', /sgr-/)).toBeGreaterThan(steps[4] ?? 0);
  });

  test('becomes HTTPS: the port that speaks TLS first, then the other sends people there', async () => {
    const certificate = await bringCertificate(here.state, here.account);
    const since = await here.proxy.latest();
    await here.change({
      loadBalancer: {
        listeners: [
          { ...HTTP, redirectToHTTPS: true },
          { port: 443, protocol: 'HTTPS', certificateARNs: [certificate] },
        ],
      },
    });
    const made = namesOf(await here.made(since, /Listener$/));
    expect(made).toEqual(['CreateListener', 'ModifyListener']);
    const listeners = new Map((await here.listeners()).map((listener) => [listener.Port, listener]));
    expect(listeners.get(80)?.DefaultActions?.at(-1)?.RedirectConfig).toMatchObject({
      Protocol: 'HTTPS',
      Port: '443',
      StatusCode: 'HTTP_301',
    });
    expect(listeners.get(443)).toMatchObject({
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      Certificates: [{ CertificateArn: certificate }],
    });
    // Rules stand where requests are answered, not where they are sent on.
    expect([(await here.rules(80)).length, (await here.rules(443)).length]).toEqual([0, 3]);
    expect((await here.get('shop')).status.endpoints?.application).toMatch(/^https:\/\//);
  });

  test('changes its certificate in place', async () => {
    const other = await bringCertificate(here.state, here.account);
    const since = await here.proxy.latest();
    await here.change({
      loadBalancer: {
        listeners: [
          { ...HTTP, redirectToHTTPS: true },
          { port: 443, protocol: 'HTTPS', certificateARNs: [other] },
        ],
      },
    });
    const secure = (await here.listeners()).find(({ Port }) => Port === 443);
    expect(secure?.Certificates).toEqual([expect.objectContaining({ CertificateArn: other })]);
    expect(namesOf(await here.made(since, /^(Create|Delete)/))).toEqual([]);
  });

  test('has a setting of the load balancer put back that somebody else changed', async () => {
    const LoadBalancerArn = await here.idOf('elb.load-balancer/main');
    const Key = 'idle_timeout.timeout_seconds';
    const secondsNow = async (): Promise<string | undefined> => {
      const call = new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn });
      return (await here.account.elb.send(call)).Attributes?.find((attribute) => attribute.Key === Key)?.Value;
    };
    await here.account.elb.send(
      new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: [{ Key, Value: '4000' }] }),
    );
    await here.lookNow('shop', LONG);
    await here.until(
      'shop',
      'the setting is as wanted',
      (tier) => isSettled(tier) && tier.status.driftCount === 0,
      LONG,
    );
    expect(await secondsNow()).toBe('60');
    const told = (await here.events('shop')).filter(({ reason }) => reason === 'DriftCorrected');
    expect(told.map(({ note }) => note).join()).toContain('elb.load-balancer/main');
  });
});
