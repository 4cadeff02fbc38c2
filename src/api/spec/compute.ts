/** `spec.compute`: the server. What an image or a type is able to do is asked of AWS elsewhere, not known here. */
import { z } from 'zod';
import { ATOMIC_LIST, httpPath, keyReference, kmsKeyARN, policyARN, text, whole } from '../fields.ts';
import { fixedOptional, type Rule, unique, withRules } from '../rules.ts';
import { autoScaling, SIZES } from './auto-scaling.ts';
import { dataVolume } from './data-volume.ts';

const GRAVITON = '^([a-z]+[0-9]+g[a-z]*|a1)[.]';

const ami = withRules(
  z.object({
    ssmParameter: text(512, /^\/[A-Za-z0-9_./-]+$/)
      .optional()
      .describe('Public or private SSM parameter whose value is an image id. Resolved once and kept in status.facts.'),
    id: text(21, /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/)
      .optional()
      .describe('Image id, for example ami-0123456789abcdef0.'),
  }),
  [
    {
      rule: 'has(self.ssmParameter) != has(self.id)',
      message: 'spec.compute.ami needs exactly one of ssmParameter and id; leave ami out for Amazon Linux 2023',
      holds: (self) => (self.ssmParameter !== undefined) !== (self.id !== undefined),
    },
  ],
);

const userData = withRules(
  z.object({
    inline: text(16384)
      .optional()
      .describe('The text itself, up to 16 KiB. Readable by whoever may read the ScalingTier: no secrets.'),
    configMapKeyRef: keyReference('ConfigMap').optional().describe('A key of a ConfigMap that holds the text.'),
    secretKeyRef: keyReference('Secret')
      .optional()
      .describe('A key of a Secret that holds the text. AWS shows user data to whoever may describe the instance.'),
  }),
  [
    {
      rule: '[has(self.inline), has(self.configMapKeyRef), has(self.secretKeyRef)].filter(given, given).size() == 1',
      message: 'spec.compute.userData needs exactly one of inline, configMapKeyRef and secretKeyRef',
      holds: (self) =>
        [self.inline, self.configMapKeyRef, self.secretKeyRef].filter((given) => given !== undefined).length === 1,
    },
  ],
);

const rootVolume = z.object({
  sizeGiB: whole(8, 16384).default(20).describe('Size in GiB.'),
  type: z.enum(['gp3']).default('gp3').describe('EBS volume type.'),
  encrypted: z.boolean().default(true).describe('Encryption at rest. Stage LoadBalanced needs it.'),
});

/** How long a probe may take: less than AWS is told to give its command. */
const LONGEST_PROBE = 900;

const statelessProbe = z.object({
  command: text(1024, /^[^\0\r\n]+$/).describe(
    'Shell command, run as root on the old server, that tries the application on two servers: their addresses, each with its port, are in the variables TARGET_A and TARGET_B. That it ends with 0 says that either server knows what the other one was told. The last lines of what it prints are shown in the status when it ends otherwise: no secrets.',
  ),
  timeoutSeconds: whole(1, LONGEST_PROBE).default(120).describe('After so many seconds it has failed.'),
});

const server = z.object({
  architecture: z.enum(['arm64', 'x86_64']).default('arm64').describe('Processor architecture of image and type.'),
  ami: ami
    .optional()
    .describe('Machine image. Absent: the newest Amazon Linux 2023 of the architecture, looked up once and pinned.'),
  instanceType: text(32, /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
    .default('t4g.small')
    .describe(
      'EC2 instance type, for example m7g.large. A change stops and starts the server; behind a load balancer servers are replaced one after another.',
    ),
  userData: userData
    .optional()
    .describe(
      'What the server runs at its first boot, after the data volume is mounted where there is one. A change replaces the server; behind a load balancer one after another.',
    ),
  rootVolume: rootVolume.prefault({}).describe('The disk that the server boots from. It holds no data of yours.'),
  dataVolume: dataVolume
    .prefault({})
    .describe(
      'The disk that outlives the server: database files and uploads. Stage LoadBalanced has none: files belong in the bucket there.',
    ),
  kmsKeyARN: kmsKeyARN()
    .optional()
    .describe("KMS key of the volumes. Absent: the account's default key for EBS. Decided at creation."),
  imdsHopLimit: whole(1, 2)
    .default(1)
    .describe(
      'Hops that an answer of the instance metadata service travels: 2 for containers. IMDSv2 is always required.',
    ),
  permissionsBoundaryARN: policyARN().optional().describe("Permissions boundary of the server's IAM role."),
  managedPolicyARNs: withRules(z.array(policyARN()).max(8), [unique('spec.compute.managedPolicyARNs')], ATOMIC_LIST)
    .optional()
    .describe("Managed policies for the server's IAM role, besides those that the operator attaches."),
  appPort: whole(1, 65535)
    .optional()
    .describe(
      'Port on which the application listens, from stage LoadBalanced on: that of target groups that name none. Absent: 8080.',
    ),
  healthPath: httpPath()
    .optional()
    .describe(
      'Path of the health check, from stage LoadBalanced on: that of target groups that name none. Absent: /healthz.',
    ),
  statelessAcknowledged: z
    .boolean()
    .optional()
    .describe(
      'Says that nothing that matters is kept on a server, so that any may go at any time. Stage LoadBalanced needs true.',
    ),
  statelessProbe: statelessProbe
    .optional()
    .describe(
      'Proves that on the way to LoadBalanced, before anybody is sent to the load balancer. Absent: it is not proven.',
    ),
  desiredInstances: whole(0, 1000)
    .optional()
    .describe(
      'How many servers there are to be, from stage LoadBalanced on, within minSize and maxSize of autoScaling: asked of AWS once for each value and then left to the policies. kubectl scale sets it, and so does an autoscaler of Kubernetes once it is there. Absent: the policies alone decide.',
    ),
  autoScaling: autoScaling
    .optional()
    .describe('How many servers there are, from stage LoadBalanced on. Absent: its defaults.'),
});

const size = (bound: 'min' | 'max'): string =>
  `(has(self.autoScaling) ? self.autoScaling.${bound}Size : ${SIZES[bound]})`;

const rules: readonly Rule<z.output<typeof server>>[] = [
  fixedOptional(
    'kmsKeyARN',
    'spec.compute.kmsKeyARN is decided at creation: AWS cannot encrypt an existing volume with another key',
  ),
  {
    rule: `(self.architecture == 'arm64') == self.instanceType.matches('${GRAVITON}')`,
    message:
      'spec.compute.instanceType must fit spec.compute.architecture: Graviton types (t4g, m7g …) are arm64, all others x86_64',
    fieldPath: '.instanceType',
    holds: (self) => (self.architecture === 'arm64') === new RegExp(GRAVITON).test(self.instanceType),
  },
  {
    rule: `!has(self.desiredInstances) || (self.desiredInstances >= ${size('min')} && self.desiredInstances <= ${size('max')})`,
    message: `spec.compute.desiredInstances must lie between minSize and maxSize of spec.compute.autoScaling, without which they are ${SIZES.min} and ${SIZES.max}`,
    fieldPath: '.desiredInstances',
    holds: ({ desiredInstances, autoScaling: { minSize, maxSize } = { minSize: SIZES.min, maxSize: SIZES.max } }) =>
      desiredInstances === undefined || (desiredInstances >= minSize && desiredInstances <= maxSize),
  },
];

/** `spec.compute`. */
export const compute = withRules(server, rules);
