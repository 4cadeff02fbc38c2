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

const call = z.strictObject({
  service: z.enum(['ec2', 'iam', 'ssm', 'cloudwatch']),
  command: z.string(),
  /** `${role}` stands for the id of that role, `${role:attribute}` for what a reading says of it. */
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

function filled(value: unknown, idOf: (role: string) => string): unknown {
  if (typeof value === 'string') return value.replace(/\$\{([^}]+)\}/g, (_, role: string) => idOf(role));
  if (Array.isArray(value)) return value.map((item) => filled(item, idOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, idOf)]));
}

type Send = (command: unknown) => Promise<unknown>;

/** Makes calls as a person would, one after the other, with the ids of this tier. */
export async function makeCalls(account: Account, calls: readonly PersonCall[], tier?: TierObject): Promise<void> {
  const idOf = (role: string): string => {
    const id = tier?.status.resources?.find((resource) => resource.role === role)?.id;
    if (id === undefined) throw new Error(`life: no role "${role}" in the status`);
    return id;
  };
  for (const { service, command, input } of calls) {
    const commands = (await import(`@aws-sdk/client-${service}`)) as Readonly<
      Record<string, new (input: unknown) => object>
    >;
    const Command = commands[`${command}Command`];
    if (Command === undefined) throw new Error(`life: ${service} has no command "${command}"`);
    await (account[service].send as Send)(new Command(filled(input, idOf)));
  }
}
