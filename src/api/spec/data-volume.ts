/** `spec.compute.dataVolume`: the one disk that must never be lost, so its rules are stricter than its neighbours'. */
import { z } from 'zod';
import { text, whole } from '../fields.ts';
import { fixed, growing, type Rule, withRules } from '../rules.ts';

const SYSTEM =
  '^/((bin|boot|dev|etc|lib|lib32|lib64|proc|root|run|sbin|sys|tmp|usr)(/.*)?|home|opt|var|var/(lib|log|run|lock|tmp|cache|spool)|var/(run|lock|tmp)/.*|var/lib/(amazon|cloud|dnf|rpm|dpkg|systemd)(/.*)?)$';

const volume = z.object({
  sizeGiB: whole(1, 16384).default(50).describe('Size in GiB. May grow, while in use, but not shrink.'),
  type: z.enum(['gp3']).default('gp3').describe('EBS volume type.'),
  iops: whole(3000, 16000)
    .optional()
    .describe('Provisioned operations per second, at most 500 for each GiB. Absent: the 3000 that gp3 includes.'),
  throughput: whole(125, 1000)
    .optional()
    .describe('Provisioned MiB/s, at most a quarter of the iops. Absent: the 125 that gp3 includes.'),
  mountPath: withRules(text(128, /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/), [
    {
      rule: `!self.matches('${SYSTEM}')`,
      message:
        'spec.compute.dataVolume.mountPath must not be a directory of the operating system; take one such as /srv/data or /var/lib/pgsql',
      holds: (self) => !new RegExp(SYSTEM).test(self),
    },
  ])
    .default('/srv/data')
    .describe('Absolute path where the volume is mounted before user data runs. Cannot change.'),
});

const rules: readonly Rule<z.output<typeof volume>>[] = [
  growing('sizeGiB', 'spec.compute.dataVolume.sizeGiB may grow but not shrink: AWS cannot shrink a volume'),
  fixed('mountPath', 'spec.compute.dataVolume.mountPath cannot change: the application keeps its files there'),
  {
    rule: '!has(self.iops) || self.iops == 3000 || self.iops <= self.sizeGiB * 500',
    message: 'spec.compute.dataVolume.iops must be at most 500 for each GiB of sizeGiB',
    fieldPath: '.iops',
    holds: (self) => self.iops === undefined || self.iops === 3000 || self.iops <= self.sizeGiB * 500,
  },
  {
    rule: '!has(self.throughput) || self.throughput * 4 <= (has(self.iops) ? self.iops : 3000)',
    message: 'spec.compute.dataVolume.throughput must be at most a quarter of iops (3000 when iops is absent)',
    fieldPath: '.throughput',
    holds: (self) => self.throughput === undefined || self.throughput * 4 <= (self.iops ?? 3000),
  },
];

/** `spec.compute.dataVolume`. */
export const dataVolume = withRules(volume, rules);
