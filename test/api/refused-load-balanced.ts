/** Manifests of stage LoadBalanced that must be refused, and what belongs to that stage in an earlier one. */
import { changed, type Piece, tier } from './manifests.ts';
import { balancedSpec, certificate, targetGroups } from './manifests-load-balanced.ts';
import type { Refused } from './refused.ts';

const refused = (name: string, spec: Piece, says: string): Refused => ({
  name,
  manifest: tier(changed(balancedSpec, spec)),
  says,
});
const BALANCER = 'spec.loadBalancer';
const balancer = (name: string, loadBalancer: Piece, says: string): Refused => refused(name, { loadBalancer }, says);
const field = (name: string, loadBalancer: Piece): Refused =>
  balancer(name, loadBalancer, `${BALANCER}.${Object.keys(loadBalancer)[0]}`);
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

const early = (path: string, spec: Piece): readonly Refused[] =>
  (['SingleServer', 'SeparateDatabase'] as const).map((stage) => ({
    name: `${path} in stage ${stage}`,
    manifest: tier({ ...spec, stage }),
    says: `spec.${path} has no effect in stage SingleServer or SeparateDatabase; take it out or choose`,
  }));

const stages: readonly Refused[] = [
  ...early('loadBalancer', { loadBalancer: balancedSpec.loadBalancer }),
  ...early('cache', { cache: {} }),
  ...early('storage', { storage: {} }),
  ...early('compute.autoScaling', { compute: { autoScaling: {} } }),
  ...early('compute.desiredInstances', { compute: { desiredInstances: 2 } }),
  ...early('compute.appPort', { compute: { appPort: 8080 } }),
  ...early('compute.healthPath', { compute: { healthPath: '/healthz' } }),
  ...early('compute.statelessAcknowledged', { compute: { statelessAcknowledged: false } }),
  ...early('compute.statelessProbe', { compute: { statelessProbe: { command: 'true' } } }),
  ...early('network.create.natGateways', { network: { create: { natGateways: 'None' } } }),
  ...early('deletionPolicy.cache', { deletionPolicy: { cache: 'Delete' } }),
  ...early('deletionPolicy.storage', { deletionPolicy: { storage: 'Retain' } }),
  refused(
    'no load balancer',
    { loadBalancer: null },
    'spec.stage LoadBalanced needs spec.loadBalancer: at least one listener',
  ),
  ...[null, false].map((statelessAcknowledged) =>
    refused(
      `servers that are not said to be stateless (${statelessAcknowledged})`,
      { compute: { statelessAcknowledged } },
      'spec.stage LoadBalanced needs spec.compute.statelessAcknowledged: true: servers come and go',
    ),
  ),
  refused(
    'root volumes that are not encrypted',
    { compute: { rootVolume: { encrypted: false } } },
    'spec.stage LoadBalanced needs spec.compute.rootVolume.encrypted: true',
  ),
  refused(
    'the loss of a bucket that is not confirmed',
    { deletionPolicy: { storage: 'Delete' } },
    'spec.deletionPolicy.storage Delete needs spec.deletionPolicy.confirmDataLoss equal to metadata.name',
  ),
  refused('a snapshot of a bucket', { deletionPolicy: { storage: 'Snapshot' } }, 'spec.deletionPolicy.storage'),
  refused('an unknown end of a cache', { deletionPolicy: { cache: 'Keep' } }, 'spec.deletionPolicy.cache'),
  refused(
    'an unknown way to the internet',
    { network: { create: { natGateways: 'Regional' } } },
    'spec.network.create.natGateways',
  ),
];

const http: Piece = { port: 80, protocol: 'HTTP' };
const https: Piece = { port: 443, protocol: 'HTTPS', certificateARNs: [certificate()] };
const listeners = (name: string, list: readonly Piece[], says = `${BALANCER}.listeners`): Refused =>
  balancer(name, { listeners: list }, says);
const uuid = (index: number) => `11111111-2222-3333-4444-5555555555${String(index).padStart(2, '0')}`;

const ports: readonly Refused[] = [
  field('an unknown scheme', { scheme: 'internet-facing' }),
  field('no idle time', { idleTimeoutSeconds: 0 }),
  field('an idle time of 4001 seconds', { idleTimeoutSeconds: 4001 }),
  field('access logs nowhere', { accessLogs: {} }),
  field('access logs to a bucket with a dot', { accessLogs: { bucketName: 'shop.logs' } }),
  field('access logs under a prefix with a slash at its end', { accessLogs: { bucketName: 'logs', prefix: 'a/' } }),
  listeners('no listener', []),
  listeners(
    '11 listeners',
    many(11, (index) => ({ ...https, port: 443 + index })),
  ),
  listeners('a listener without a port', [{ protocol: 'HTTP' }, https]),
  listeners(
    'a listener on the port of SSH',
    [https, { ...http, port: 22 }],
    `${BALANCER}.listeners port must not be 22`,
  ),
  listeners('a listener on port 0', [https, { ...http, port: 0 }]),
  listeners('a listener of TCP', [https, { ...http, protocol: 'TCP' }]),
  listeners('two listeners on one port', [https, https], `${BALANCER}.listeners must not have the same port twice`),
  listeners(
    'HTTPS without a certificate',
    [{ port: 443, protocol: 'HTTPS' }],
    `${BALANCER}.listeners certificateARNs must be there with protocol HTTPS`,
  ),
  listeners(
    'HTTP with a certificate',
    [https, { ...http, certificateARNs: [certificate()] }],
    `${BALANCER}.listeners certificateARNs must be there with protocol HTTPS`,
  ),
  listeners('an empty list of certificates', [{ ...https, certificateARNs: [] }]),
  listeners('26 certificates', [
    { ...https, certificateARNs: many(26, (index) => certificate('us-east-1', uuid(index))) },
  ]),
  listeners(
    '26 certificates beside the first of each of two listeners',
    [
      { ...https, certificateARNs: many(14, (index) => certificate('us-east-1', uuid(index))) },
      { ...https, port: 8443, certificateARNs: many(14, (index) => certificate('us-east-1', uuid(index))) },
    ],
    `${BALANCER}.listeners must not have more than 25 certificateARNs in all beside the first of each`,
  ),
  listeners('a certificate of IAM', [
    { ...https, certificateARNs: ['arn:aws:iam::123456789012:server-certificate/shop'] },
  ]),
  listeners(
    'a certificate twice',
    [{ ...https, certificateARNs: [certificate(), certificate()] }],
    `${BALANCER}.listeners certificateARNs must not name the same entry twice`,
  ),
  listeners(
    'a certificate of another region',
    [{ ...https, certificateARNs: [certificate(), certificate('eu-west-1')] }],
    `${BALANCER}.listeners certificateARNs must name certificates of the region in spec.aws.region`,
  ),
  listeners('an unknown TLS policy', [{ ...https, sslPolicy: 'TLS13' }]),
  listeners(
    'HTTPS that redirects to HTTPS',
    [{ ...https, redirectToHTTPS: true }],
    `${BALANCER}.listeners redirectToHTTPS needs protocol HTTP: a listener cannot redirect to itself`,
  ),
  balancer(
    'a redirection to HTTPS where there is none',
    { allowPlaintext: true, listeners: [{ ...http, redirectToHTTPS: true }] },
    `${BALANCER}.listeners redirectToHTTPS needs a listener with protocol HTTPS beside it`,
  ),
  listeners(
    'plain HTTP that is not allowed',
    [http],
    `${BALANCER}.listeners needs a listener with protocol HTTPS; set spec.loadBalancer.allowPlaintext: true`,
  ),
  balancer(
    'plain HTTP that is not allowed, of an internal load balancer',
    { scheme: 'Internal', listeners: [http] },
    `${BALANCER}.listeners needs a listener with protocol HTTPS; set spec.loadBalancer.allowPlaintext: true`,
  ),
];

const web: Piece = { name: 'web', isDefault: true };
const groups = (name: string, list: readonly Piece[], says = `${BALANCER}.targetGroups`): Refused =>
  balancer(name, { targetGroups: list }, says);
const group = (name: string, piece: Piece, says?: string): Refused => groups(name, [{ ...web, ...piece }], says);
const check = (name: string, healthCheck: Piece, says?: string): Refused => group(name, { healthCheck }, says);

const targets: readonly Refused[] = [
  groups('an empty list of target groups', []),
  groups(
    '21 target groups',
    many(21, (index) => ({ name: `g${index}`, isDefault: index === 0 })),
  ),
  groups(
    'no default target group',
    [{ name: 'web' }],
    `${BALANCER}.targetGroups needs exactly one group with isDefault`,
  ),
  groups(
    'two default target groups',
    [web, { ...web, name: 'api' }],
    `${BALANCER}.targetGroups needs exactly one group with isDefault`,
  ),
  groups(
    'two target groups with one name',
    [web, { name: 'web' }],
    `${BALANCER}.targetGroups must not have the same name twice`,
  ),
  group('a target group in capitals', { name: 'Web' }),
  group('a target group on port 65536', { port: 65536 }),
  group('a target group of gRPC', { protocol: 'GRPC' }),
  group('an hour and a second to leave', { deregistrationDelaySeconds: 3601 }),
  group(
    'a slow start of 29 seconds',
    { slowStartSeconds: 29 },
    `${BALANCER}.targetGroups slowStartSeconds must be 0 or 30 to 900`,
  ),
  group('a slow start of 901 seconds', { slowStartSeconds: 901 }),
  check('a health check of a relative path', { path: 'healthz' }),
  check('a health check of a path with a space', { path: '/a b' }),
  check('a health check every 4 seconds', { intervalSeconds: 4 }),
  check('a health check that waits a second', { timeoutSeconds: 1 }),
  check(
    'a health check that waits as long as its interval',
    { intervalSeconds: 5 },
    `${BALANCER}.targetGroups healthCheck.timeoutSeconds must be below healthCheck.intervalSeconds`,
  ),
  check('health after one answer', { healthyThreshold: 1 }),
  check('illness after eleven answers', { unhealthyThreshold: 11 }),
  check('any status code', { matcher: '*' }),
  check('a status code of a server that fails', { matcher: '500' }),
];

const rule = (name: string, piece: Piece, says = `${BALANCER}.rules`): Refused =>
  balancer(name, { rules: [{ priority: 1, ...piece }] }, says);
const count = `${BALANCER}.rules needs 1 to 5 hosts and paths in each rule, together`;
const action = `${BALANCER}.rules needs exactly one of targetGroup, redirect and fixedResponse in each rule`;
const unknownGroup = `${BALANCER}.rules targetGroup must be a name in ${BALANCER}.targetGroups`;
const to = { targetGroup: 'web' };
const gone = { fixedResponse: { statusCode: 410 } };

const rules: readonly Refused[] = [
  rule('a rule with priority 0', { priority: 0, paths: ['/a'], ...to }),
  rule('a rule with priority 50001', { priority: 50_001, paths: ['/a'], ...to }),
  rule('a rule for nothing', to, count),
  rule('a rule for six hosts and paths', { hosts: ['a.b', 'c.d', 'e.f'], paths: ['/a', '/b', '/c'], ...to }, count),
  rule('a rule for six paths', { paths: many(6, (index) => `/${index}`), ...to }),
  rule('an empty list of hosts', { hosts: [], paths: ['/a'], ...to }),
  rule('a path of 129 characters', { paths: [`/${'a'.repeat(128)}`], ...to }),
  rule('a relative path', { paths: ['a'], ...to }),
  rule('a host with a path', { hosts: ['a.b/c'], ...to }),
  rule(
    'a host twice in a rule',
    { hosts: ['a.b', 'a.b'], ...to },
    `${BALANCER}.rules hosts must not name the same entry twice`,
  ),
  rule(
    'a path twice in a rule',
    { paths: ['/a', '/a'], ...to },
    `${BALANCER}.rules paths must not name the same entry twice`,
  ),
  rule(
    'a rule with seven wildcards',
    { hosts: ['*.a.b', '?*.c.d'], paths: ['/*/?*', '/*'], ...to },
    `${BALANCER}.rules must not have more than 6 wildcards`,
  ),
  rule('a rule that does nothing', { paths: ['/a'] }, action),
  rule('a rule that does two things', { paths: ['/a'], ...to, ...gone }, action),
  rule('a rule for a target group that is not there', { paths: ['/a'], targetGroup: 'api' }, unknownGroup),
  balancer(
    'a rule for a target group that the list does not have',
    { targetGroups: [{ ...web, name: 'main' }], rules: [{ priority: 1, paths: ['/a'], ...to }] },
    unknownGroup,
  ),
  balancer(
    'two rules with one priority',
    {
      rules: [
        { priority: 1, paths: ['/a'], ...gone },
        { priority: 1, paths: ['/b'], ...to },
      ],
    },
    `${BALANCER}.rules must not have the same priority twice`,
  ),
  field('101 rules', { rules: many(101, (index) => ({ priority: index + 1, paths: ['/a'], ...gone })) }),
  rule('a redirection to nowhere', { paths: ['/a'], redirect: {} }),
  rule('a redirection with a code of its own', { paths: ['/a'], redirect: { host: 'a.b', statusCode: 'HTTP_301' } }),
  rule(
    'an answer that is a redirection',
    { paths: ['/a'], fixedResponse: { statusCode: 301 } },
    `${BALANCER}.rules fixedResponse.statusCode cannot be a redirection`,
  ),
  rule('an answer that is no status', { paths: ['/a'], fixedResponse: { statusCode: 100 } }),
  rule('an answer of another type', { paths: ['/a'], fixedResponse: { statusCode: 200, contentType: 'text/xml' } }),
  rule('an answer too long', { paths: ['/a'], fixedResponse: { statusCode: 200, messageBody: 'a'.repeat(1025) } }),
];

const SCALING = 'spec.compute.autoScaling';
const scaling = (name: string, autoScaling: Piece, says = `${SCALING}.${Object.keys(autoScaling)[0]}`): Refused =>
  refused(name, { compute: { autoScaling } }, says);
const cpu: Piece = { metric: 'CPUUtilization', targetValue: 55 };
const requests: Piece = { metric: 'RequestCountPerTarget', targetValue: 100, targetGroup: 'web' };
const metric: Piece = { namespace: 'Shop', metricName: 'Jobs' };
const own: Piece = { metric: 'Custom', targetValue: 1, custom: metric };
const policies = (name: string, list: readonly Piece[], says = `${SCALING}.policies`): Refused =>
  scaling(name, { policies: list }, says);
const desired = (name: string, desiredInstances: number, autoScaling: Piece | null): Refused =>
  refused(
    name,
    { compute: { desiredInstances, ...(autoScaling && { autoScaling }) } },
    'spec.compute.desiredInstances must lie between minSize and maxSize',
  );
const custom = (name: string, piece: Piece, says?: string): Refused =>
  policies(name, [cpu, { metric: 'Custom', targetValue: 1, custom: { ...metric, ...piece } }], says);

const servers: readonly Refused[] = [
  refused('port 0 of the application', { compute: { appPort: 0 } }, 'spec.compute.appPort'),
  refused('a relative health path', { compute: { healthPath: 'healthz' } }, 'spec.compute.healthPath'),
  refused('1001 servers', { compute: { desiredInstances: 1001 } }, 'spec.compute.desiredInstances'),
  desired('no server', 0, null),
  desired('fewer servers than the default allows', 1, null),
  desired('more servers than the default allows', 5, null),
  desired('fewer servers than the least', 2, { minSize: 3 }),
  desired('more servers than the most', 9, { maxSize: 8 }),
  scaling('one server at least', { minSize: 1 }),
  scaling('1001 servers at most', { maxSize: 1001 }),
  scaling(
    'more servers at least than at most',
    { minSize: 5 },
    `${SCALING}.minSize must not be above ${SCALING}.maxSize`,
  ),
  scaling('two hours and a second of grace', { healthCheckGraceSeconds: 7201 }),
  scaling('an hour and a second to warm up', { warmupSeconds: 3601 }),
  scaling('less than half of the servers', { instanceRefresh: { minHealthyPercentage: 49 } }),
  scaling('more than twice the servers', { instanceRefresh: { maxHealthyPercentage: 201 } }),
  scaling('a day and a second to bake', { instanceRefresh: { bakeTimeSeconds: 86_401 } }),
  scaling(
    'a refresh between 90 and 191 percent',
    { instanceRefresh: { minHealthyPercentage: 90, maxHealthyPercentage: 191 } },
    `${SCALING}.instanceRefresh.maxHealthyPercentage must be at most 100 above minHealthyPercentage`,
  ),
  policies('no policy', []),
  policies('four policies', [cpu, requests, own, own]),
  policies('a policy on memory', [{ ...cpu, metric: 'MemoryUtilization' }]),
  policies('a target that is text', [{ ...cpu, targetValue: '55' }]),
  policies('a target of 0', [{ ...cpu, targetValue: 0 }]),
  policies(
    'a target of 101 percent',
    [{ ...cpu, targetValue: 101 }],
    `${SCALING}.policies targetValue of metric CPUUtilization must be a percentage: 1 to 100`,
  ),
  policies(
    'two policies on the processor',
    [cpu, { ...cpu, targetValue: 60 }],
    `${SCALING}.policies must not have the same metric twice`,
  ),
  policies(
    'two policies on requests',
    [requests, { ...requests, targetValue: 60 }],
    `${SCALING}.policies must not have the same metric twice`,
  ),
  policies(
    'two policies on metrics of their own',
    [own, { ...own, custom: { ...metric, metricName: 'Mails' } }],
    `${SCALING}.policies must not have the same metric twice`,
  ),
  policies(
    'only policies on metrics of their own',
    [{ metric: 'Custom', targetValue: 1, custom: metric }],
    `${SCALING}.policies needs at least one policy with metric CPUUtilization or RequestCountPerTarget`,
  ),
  policies(
    'a metric of its own that is not said',
    [cpu, { metric: 'Custom', targetValue: 1 }],
    `${SCALING}.policies custom must be there with metric Custom`,
  ),
  policies(
    'a metric of its own beside another',
    [{ ...cpu, custom: metric }],
    `${SCALING}.policies custom must be there with metric Custom`,
  ),
  policies(
    'requests to no target group',
    [{ metric: 'RequestCountPerTarget', targetValue: 1 }],
    `${SCALING}.policies targetGroup must be there with metric RequestCountPerTarget`,
  ),
  policies(
    'the processor of a target group',
    [{ ...cpu, targetGroup: 'web' }],
    `${SCALING}.policies targetGroup must be there with metric RequestCountPerTarget`,
  ),
  policies(
    'requests to a target group that is not there',
    [{ ...requests, targetGroup: 'api' }],
    `${SCALING}.policies targetGroup must be a name in spec.loadBalancer.targetGroups`,
  ),
  refused(
    'requests to a target group that the list does not have',
    { compute: { autoScaling: { policies: [{ ...requests, targetGroup: 'main' }] } }, loadBalancer: { targetGroups } },
    `${SCALING}.policies targetGroup must be a name in spec.loadBalancer.targetGroups`,
  ),
  custom('an unknown statistic', { statistic: 'p99' }),
  custom('a unit in small letters', { unit: 'count' }),
  custom('11 dimensions', { dimensions: many(11, (index) => ({ name: `d${index}`, value: 'x' })) }),
  custom(
    'a dimension twice',
    { dimensions: many(2, () => ({ name: 'd', value: 'x' })) },
    `${SCALING}.policies custom.dimensions must not have the same name twice`,
  ),
];

const plain = (count: number) => many(count, (index) => ({ port: 8000 + index, protocol: 'HTTP' as const }));

const room: readonly Refused[] = [
  balancer(
    '51 rules at two listeners',
    {
      allowPlaintext: true,
      listeners: plain(2),
      rules: many(51, (index) => ({ priority: index + 1, paths: ['/a'], targetGroup: 'web' })),
    },
    `${BALANCER}.rules must not be more than 100 in all`,
  ),
  refused(
    'seven listeners for nine blocks',
    {
      network: { allowedCIDRs: many(9, (index) => `203.0.113.${index}/32`) },
      loadBalancer: { allowPlaintext: true, listeners: plain(7) },
    },
    'spec.network.allowedCIDRs must not make more than 60 pairs with spec.loadBalancer.listeners',
  ),
];

/** Every bad manifest about load balancer and servers. */
export const REFUSED_LOAD_BALANCED: readonly Refused[] = [
  ...stages,
  ...ports,
  ...targets,
  ...rules,
  ...servers,
  ...room,
];
