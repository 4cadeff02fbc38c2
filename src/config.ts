/**
 * Flags and environment become one frozen object, validated once. A flag wins over its variable, the variable over the
 * default; every error names both. Nothing else in the product may read flags or environment.
 */
import type { Command } from 'commander';
import { z } from 'zod';

/** How the operator runs. Durations are seconds, as their names say. */
export interface Config {
  readonly clusterID: string;
  /** Namespaces to watch; empty means all. */
  readonly watchNamespaces: readonly string[];
  readonly leaderElect: boolean;
  readonly leaseNamespace: string;
  readonly leaseName: string;
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
  /** Among how many shards, each with a lease, the tiers are divided. */
  readonly shards: number;
  readonly metricsAddress: string;
  readonly workers: number;
  /** How old a read that tiers share may be. */
  readonly sweepSeconds: number;
  /** The share of AWS's request limits that the operator takes, for each account and region. */
  readonly awsRatePercent: number;
  /** How long a difference must last before it counts as drift. */
  readonly driftConfirmationSeconds: number;
  /** How long something that AWS does not show may still appear. */
  readonly absenceGraceSeconds: number;
  /** How often what no shared read returns is looked at. */
  readonly deepLookSeconds: number;
  /** The longest time between two looks at a tier, whatever its drift policy says. */
  readonly resyncSeconds: number;
  readonly logLevel: LogLevel;
}

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
type Environment = Readonly<Record<string, string | undefined>>;

interface Option {
  readonly key: keyof Config;
  readonly flag: string;
  readonly argument: string;
  readonly variable: string;
  readonly fallback?: string;
  readonly description: string;
}

/** The shipped Role names the lease of each. */
const MOST_SHARDS = 16;
const LABEL = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const OPTIONS: readonly Option[] = [
  option('clusterID', 'id', 'name of this cluster in AWS tags and names; never change it'),
  option('watchNamespaces', 'namespaces', 'comma-separated namespaces to watch; all when empty', ''),
  option('leaderElect', 'boolean', 'work only while holding a lease', 'true'),
  option('leaseNamespace', 'namespace', 'namespace of the leases', 'scalingtier-system'),
  option('leaseName', 'name', 'name of the lease; those of further shards end in their number', 'scalingtier-operator'),
  option('leaseDurationSeconds', 'seconds', 'how long others wait for a silent holder', '15'),
  option('renewDeadlineSeconds', 'seconds', 'how long a holder acts without a renewal', '10'),
  option('retryPeriodSeconds', 'seconds', 'time between attempts to get or renew the lease', '2'),
  option('shards', 'count', 'parts that the tiers are divided into, each served by who holds its lease', '1'),
  option('metricsAddress', 'host:port', 'where /metrics, /healthz and /readyz are served', '0.0.0.0:8080'),
  option('workers', 'count', 'tiers reconciled at once', '8'),
  option('sweepSeconds', 'seconds', 'shortest time between two reads of AWS that tiers share', '60'),
  option('awsRatePercent', 'percent', "share of AWS's request limits to take, for each account and region", '50'),
  option('driftConfirmationSeconds', 'seconds', 'how long a difference lasts before it is drift', '30'),
  option('absenceGraceSeconds', 'seconds', 'how long a resource may stay unseen before it is gone', '120'),
  option('deepLookSeconds', 'seconds', 'time between two looks at what no shared read returns', '3600'),
  option('resyncSeconds', 'seconds', 'longest time between two looks at a tier', '86400'),
  option('logLevel', 'level', 'trace, debug, info, warn, error or fatal', 'info'),
];

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number between ${minimum} and ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `expected a number between ${minimum} and ${maximum}`);

const SCHEMA = z.object({
  clusterID: z.string().regex(LABEL, 'expected 1 to 63 letters, digits, "-", "_" or ".", alphanumeric at both ends'),
  watchNamespaces: z
    .string()
    .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
    .refine((names) => names.every((name) => DNS_LABEL.test(name)), 'expected namespace names separated by commas'),
  leaderElect: z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true'),
  leaseNamespace: z.string().regex(DNS_LABEL, 'expected a namespace name'),
  leaseName: z.string().regex(DNS_NAME, 'expected an object name'),
  leaseDurationSeconds: wholeNumber(2, 3600),
  renewDeadlineSeconds: wholeNumber(1, 3600),
  retryPeriodSeconds: wholeNumber(1, 600),
  shards: wholeNumber(1, MOST_SHARDS),
  metricsAddress: z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s]*):\d{1,5}$/, 'expected host:port'),
  workers: wholeNumber(1, 256),
  sweepSeconds: wholeNumber(1, 86_400),
  awsRatePercent: wholeNumber(1, 1000),
  driftConfirmationSeconds: wholeNumber(0, 86_400),
  absenceGraceSeconds: wholeNumber(1, 86_400),
  deepLookSeconds: wholeNumber(60, 604_800),
  resyncSeconds: wholeNumber(1, 86_400),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'expected a log level'),
});

/** Adds every option to a command, so that `--help` lists flags, variables and defaults. */
export function addConfigOptions(command: Command): Command {
  for (const { flag, argument, variable, description, fallback } of OPTIONS) {
    const note = fallback === undefined ? `${variable}, required` : `${variable}, default "${fallback}"`;
    // `--flag` alone means true for a boolean; other flags need their argument.
    const usage = argument === 'boolean' ? `[${argument}]` : `<${argument}>`;
    command.option(`--${flag} ${usage}`, `${description} (${note})`);
  }
  return command;
}

/** The configuration from a command's options and the environment; one error lists everything that is wrong. */
export function parseConfig(flags: Readonly<Record<string, unknown>>, environment: Environment): Config {
  const given = Object.fromEntries(OPTIONS.map((entry) => [entry.key, textOf(entry, flags, environment)]));
  const result = SCHEMA.safeParse(given);
  const problems = result.success
    ? contradictions(result.data)
    : result.error.issues.map((issue) => sentence(issue, given));
  if (!result.success || problems.length > 0) throw new Error(`invalid configuration: ${problems.join('; ')}`);
  return Object.freeze({ ...result.data, watchNamespaces: Object.freeze(result.data.watchNamespaces) });
}

function option(key: keyof Config, argument: string, description: string, fallback?: string): Option {
  const flag = key.replace(/ID$/, 'Id').replace(/Seconds$/, '');
  const words = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const seconds = /Seconds$/.test(key) && !/^(lease|renew|retry)/.test(key) ? '-seconds' : '';
  const name = `${words}${seconds}`;
  return {
    key,
    flag: name,
    argument,
    variable: `SCALINGTIER_${name.toUpperCase().replaceAll('-', '_')}`,
    description,
    ...(fallback === undefined ? {} : { fallback }),
  };
}

function textOf(entry: Option, flags: Readonly<Record<string, unknown>>, environment: Environment): string | undefined {
  const flag = flags[camelCase(entry.flag)];
  if (flag !== undefined) return String(flag).trim();
  const variable = environment[entry.variable]?.trim();
  if (variable !== undefined && variable !== '') return variable;
  // The pod's own namespace, handed in by the downward API, is the natural home of the lease.
  if (entry.key === 'leaseNamespace') return environment.POD_NAMESPACE?.trim() || entry.fallback;
  return entry.fallback;
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function sentence(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const key = String(issue.path[0]);
  const entry = OPTIONS.find((candidate) => candidate.key === key);
  const value = given[key];
  const name = entry === undefined ? key : nameOf(entry.key);
  return value === undefined ? `${name} is required` : `${name}: ${issue.message}, got "${value}"`;
}

function nameOf(key: keyof Config): string {
  const entry = OPTIONS.find((candidate) => candidate.key === key);
  return entry === undefined ? key : `--${entry.flag} (${entry.variable})`;
}

function contradictions(config: z.output<typeof SCHEMA>): readonly string[] {
  const { leaseDurationSeconds: lease, renewDeadlineSeconds: renew, retryPeriodSeconds: retry } = config;
  const problems: string[] = [];
  if (lease <= renew) {
    problems.push(
      `${nameOf('leaseDurationSeconds')}: expected more than ${nameOf('renewDeadlineSeconds')}, got "${lease}" and "${renew}"`,
    );
  }
  if (renew <= retry * 1.2) {
    problems.push(
      `${nameOf('renewDeadlineSeconds')}: expected more than 1.2 times ${nameOf('retryPeriodSeconds')}, got "${renew}" and "${retry}"`,
    );
  }
  return problems;
}
