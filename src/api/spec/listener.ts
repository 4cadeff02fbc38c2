/**
 * `spec.loadBalancer.listeners` and `.rules`: on which ports requests come in, and what becomes of those to certain hosts and
 * paths. Whether a target group exists is judged where the groups are.
 */
import { z } from 'zod';
import { ATOMIC_LIST, text, whole } from '../fields.ts';
import { type Rule, unique, withRules } from '../rules.ts';

/** ARN of a certificate of AWS Certificate Manager. */
const certificateARN = () => text(256, /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/[0-9a-f-]{36}$/);

const port = z.object({
  port: whole(1, 65535).describe('Port on which the load balancer listens. Unique.'),
  protocol: z.enum(['HTTP', 'HTTPS']).describe('HTTPS: encrypted up to the load balancer. HTTP: not encrypted.'),
  redirectToHTTPS: z
    .boolean()
    .default(false)
    .describe('Whether every request is sent on to the HTTPS listener, with status 301; with protocol HTTP only.'),
  certificateARNs: withRules(
    z.array(certificateARN()).min(1).max(25),
    [unique('spec.loadBalancer.listeners certificateARNs')],
    ATOMIC_LIST,
  )
    .optional()
    .describe(
      'Certificates of AWS Certificate Manager, of the region of the tier; the first is for clients without SNI, as long as the listener has it.',
    ),
  sslPolicy: text(64, /^ELBSecurityPolicy-[A-Za-z0-9-]+$/)
    .default('ELBSecurityPolicy-TLS13-1-2-2021-06')
    .describe('Which versions and ciphers of TLS clients may use; has no effect with protocol HTTP.'),
});

const portRules: readonly Rule<z.output<typeof port>>[] = [
  {
    rule: "(self.protocol == 'HTTPS') == has(self.certificateARNs)",
    message: 'spec.loadBalancer.listeners certificateARNs must be there with protocol HTTPS, and not with HTTP',
    fieldPath: '.certificateARNs',
    holds: (self) => (self.protocol === 'HTTPS') === (self.certificateARNs !== undefined),
  },
  {
    rule: 'self.port != 22',
    message: 'spec.loadBalancer.listeners port must not be 22: it is never opened to the world',
    fieldPath: '.port',
    holds: (self) => self.port !== 22,
  },
  {
    rule: "!self.redirectToHTTPS || self.protocol == 'HTTP'",
    message: 'spec.loadBalancer.listeners redirectToHTTPS needs protocol HTTP: a listener cannot redirect to itself',
    fieldPath: '.redirectToHTTPS',
    holds: (self) => !self.redirectToHTTPS || self.protocol === 'HTTP',
  },
];

/** One entry of `spec.loadBalancer.listeners`. */
export const listener = withRules(port, portRules);

const redirect = z.object({
  host: text(128, /^[A-Za-z0-9.-]+$/).describe('Host that the client is sent to; path and query stay.'),
  statusCode: z
    .enum(['Permanent', 'Temporary'])
    .default('Permanent')
    .describe('Permanent: 301, which browsers remember. Temporary: 302.'),
});

const fixedResponse = withRules(
  z.object({
    statusCode: whole(200, 599).describe('HTTP status code: 2xx, 4xx or 5xx.'),
    contentType: text(100, /^(text\/(plain|css|html)|application\/(javascript|json))$/)
      .default('text/plain')
      .describe('Type of the body: text/plain, text/css, text/html, application/javascript or application/json.'),
    messageBody: text(1024).optional().describe('The body. Absent: an empty one.'),
  }),
  [
    {
      rule: 'self.statusCode < 300 || self.statusCode >= 400',
      message: 'spec.loadBalancer.rules fixedResponse.statusCode cannot be a redirection; use redirect for that',
      fieldPath: '.statusCode',
      holds: (self) => self.statusCode < 300 || self.statusCode >= 400,
    },
  ],
);

const patterns = (what: 'hosts' | 'paths', pattern: RegExp) =>
  withRules(z.array(text(128, pattern)).min(1).max(5), [unique(`spec.loadBalancer.rules ${what}`)], ATOMIC_LIST);

const rule = z.object({
  priority: whole(1, 50_000).describe('Of several rules that fit, the one with the lowest number counts. Unique.'),
  hosts: patterns('hosts', /^[A-Za-z0-9*?.-]+$/)
    .optional()
    .describe('Hosts that the rule is for, for example api.example.com or *.example.com.'),
  paths: patterns('paths', /^[/*][A-Za-z0-9_.$/~"'@:+&*?-]*$/)
    .optional()
    .describe('Paths that the rule is for, for example /api/*. With hosts too: both must fit.'),
  targetGroup: text(20).optional().describe('Target group that the requests go to.'),
  redirect: redirect.optional().describe('Sends the client to another host.'),
  fixedResponse: fixedResponse.optional().describe('The load balancer answers by itself.'),
});

const count = (list: string): string => `(has(self.${list}) ? size(self.${list}) : 0)`;

/** Elastic Load Balancing quotas: wildcards of one rule. */
const MOST_WILDCARDS = 6;

const wildcards = (list: string): string =>
  `(has(self.${list}) ? self.${list}.map(pattern, pattern.split('*').size() + pattern.split('?').size() - 2).sum() : 0)`;

const ruleRules: readonly Rule<z.output<typeof rule>>[] = [
  {
    rule: `${count('hosts')} + ${count('paths')} >= 1 && ${count('hosts')} + ${count('paths')} <= 5`,
    message: 'spec.loadBalancer.rules needs 1 to 5 hosts and paths in each rule, together; AWS allows no more',
    holds: ({ hosts = [], paths = [] }) => hosts.length + paths.length >= 1 && hosts.length + paths.length <= 5,
  },
  {
    rule: `${wildcards('hosts')} + ${wildcards('paths')} <= ${MOST_WILDCARDS}`,
    message: `spec.loadBalancer.rules must not have more than ${MOST_WILDCARDS} wildcards (* and ?) in the hosts and paths of each rule; AWS allows no more`,
    holds: ({ hosts = [], paths = [] }) =>
      [...hosts, ...paths].join('').replaceAll(/[^*?]/g, '').length <= MOST_WILDCARDS,
  },
  {
    rule: '[has(self.targetGroup), has(self.redirect), has(self.fixedResponse)].filter(given, given).size() == 1',
    message: 'spec.loadBalancer.rules needs exactly one of targetGroup, redirect and fixedResponse in each rule',
    holds: (self) =>
      [self.targetGroup, self.redirect, self.fixedResponse].filter((given) => given !== undefined).length === 1,
  },
];

/** One entry of `spec.loadBalancer.rules`. */
export const listenerRule = withRules(rule, ruleRules);
