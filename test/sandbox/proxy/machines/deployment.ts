/** A program that new instances with certain tags run, and how its words are filled in for one of them. It must not know who launches any. */
import type { MachineAddress } from './machine.ts';
import { readService, type ServiceSpec } from './service.ts';

/** What runs where. In the values of the environment `{address}` is the instance's address, and `{root}` the folder that stands for `/`. */
export interface Deployment {
  /** All of them, with these values. */
  readonly tags: Readonly<Record<string, string>>;
  readonly service: ServiceSpec;
}

/** Checks what a test sent; the error names what is wrong. */
export function readDeployment(body: unknown): Deployment {
  const { tags, service } = (body ?? {}) as Partial<Deployment>;
  if (!tags || Object.keys(tags).length === 0)
    throw new Error('read deployment: tags are missing, and without any it would run on every instance');
  return { tags, service: readService(service) };
}

/** The program as one instance runs it; `own` is what the instance itself adds to its environment. */
export function fillIn(
  service: ServiceSpec,
  { host, root }: MachineAddress,
  own: Readonly<Record<string, string>>,
): ServiceSpec {
  const fill = (value: string): string => value.replaceAll('{address}', host).replaceAll('{root}', root);
  const env = Object.fromEntries(Object.entries(service.env).map(([name, value]) => [name, fill(value)]));
  return { ...service, env: { ...own, ...env } };
}
