/**
 * Whole lives of tiers as data: one YAML file each in `test/faults/lives`. A new manifest joins every class of faults that walks
 * lives by a file here, without code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Account } from '../../sandbox/account.ts';
import type { TierObject } from '../../sandbox/scene.ts';

const json = z.record(z.string(), z.unknown());

/** Services that people call, by the end of the SDK's package, and the client of each. */
const CLIENTS = {
  ec2: 'ec2',
  iam: 'iam',
  ssm: 'ssm',
  cloudwatch: 'cloudwatch',
  rds: 'rds',
  'secrets-manager': 'secretsManager',
  'elastic-load-balancing-v2': 'elb',
  'auto-scaling': 'autoScaling',
  s3: 's3',
} as const satisfies Readonly<Record<string, keyof Account>>;

type Service = keyof typeof CLIENTS;

const call = z.strictObject({
  service: z.enum(Object.keys(CLIENTS) as [Service, ...Service[]]),
  command: z.string(),
  /** Under this name later calls find what it answers. */
  as: z.string().optional(),
  /** `${role}` stands for the id of that role, `${name:path.to.0}` for a part of an earlier answer, `${account}` for the account. */
  input: json,
});

const step = z.union([
  z.strictObject({ name: z.string() }),
  z.strictObject({ name: z.string(), patch: json }),
  z.strictObject({ name: z.string(), calls: z.array(call) }),
  z.strictObject({ name: z.string(), remove: z.literal(true) }),
]);

const life = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** So many trials of each sort stand for all, unless all are asked for; absent: there are few enough. */
  sampled: z.int().min(1).optional(),
  spec: json,
  steps: z.array(step).min(1),
  strangers: z.array(call).default([]),
});

/** A call that a person makes. */
export type PersonCall = z.infer<typeof call>;
/** What happens next: creation, a change of the spec, calls of people, deletion. */
export type LifeStep = z.infer<typeof step>;
/** One life. */
export type Life = z.infer<typeof life>;

const FOLDER = path.join(import.meta.dirname, '..', 'lives');

/** Every life there is, by name. */
export function readLives(): readonly Life[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return files.sort().map((name) => life.parse(parse(readFileSync(path.join(FOLDER, name), 'utf8'))));
}

function filled(value: unknown, textOf: (name: string) => string): unknown {
  if (typeof value === 'string') return value.replace(/\$\{([^}]+)\}/g, (_, name: string) => textOf(name));
  if (Array.isArray(value)) return value.map((item) => filled(item, textOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, textOf)]));
}

type Answers = ReadonlyMap<string, unknown>;

/** `Subnets.0.SubnetId` of an answer. */
function partOf(answer: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((part, key) => (part as Readonly<Record<string, unknown>> | undefined)?.[key], answer);
}

/** What `${…}` stands for. */
function wordsOf({ id }: Account, tier: TierObject | undefined, answers: Answers): (name: string) => string {
  return (name) => {
    if (name === 'account') return id;
    const [answer = '', path] = name.split(':');
    const found = path
      ? partOf(answers.get(answer), path)
      : tier?.status.resources?.find(({ role }) => role === name)?.id;
    if (typeof found !== 'string') throw new Error(`life: "${name}" is neither a role in the status nor in an answer`);
    return found;
  };
}

type Send = (command: unknown) => Promise<unknown>;

/** Makes calls as a person would, one after the other, with the ids of this tier. */
export async function makeCalls(account: Account, calls: readonly PersonCall[], tier?: TierObject): Promise<void> {
  const answers = new Map<string, unknown>();
  for (const { service, command, input, as } of calls) {
    const commands = (await import(`@aws-sdk/client-${service}`)) as Readonly<
      Record<string, new (input: unknown) => object>
    >;
    const Command = commands[`${command}Command`];
    if (Command === undefined) throw new Error(`life: ${service} has no command "${command}"`);
    const words = wordsOf(account, tier, answers);
    const answer = await (account[CLIENTS[service]].send as Send)(new Command(filled(input, words)));
    if (as !== undefined) answers.set(as, answer);
  }
}
