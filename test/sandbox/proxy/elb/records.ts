/**
 * Records of load balancing's answers: where they are, what identifies one, how AWS says that one does not exist. It must not
 * know what passes with time.
 */
import { randomUUID } from 'node:crypto';
import { type Answer, type Params, Refusal, succeeded } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import { branch, child, descend, type Element, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { type Scene, withMembers } from './scene.ts';

/** One describe call. */
export interface Collection {
  readonly operation: string;
  /** The element that holds the records, and the child that identifies one. */
  readonly list: string;
  readonly id: string;
  /** The parameter that names some. */
  readonly ids: string;
}

/** The lists. */
export const COLLECTIONS: readonly Collection[] = [
  { operation: 'DescribeLoadBalancers', list: 'LoadBalancers', id: 'LoadBalancerArn', ids: 'LoadBalancerArns' },
  { operation: 'DescribeTargetGroups', list: 'TargetGroups', id: 'TargetGroupArn', ids: 'TargetGroupArns' },
  { operation: 'DescribeListeners', list: 'Listeners', id: 'ListenerArn', ids: 'ListenerArns' },
  { operation: 'DescribeRules', list: 'Rules', id: 'RuleArn', ids: 'RuleArns' },
];

/** More records than any test makes: the stand-in pages some lists by itself, in ways of its own. */
export const WHOLE = '100000';

const MISSING: readonly (readonly [part: string, code: string])[] = [
  [':targetgroup/', 'TargetGroupNotFound'],
  [':loadbalancer/', 'LoadBalancerNotFound'],
  [':listener-rule/', 'RuleNotFound'],
  [':listener/', 'ListenerNotFound'],
];

/** It does not exist, or not yet. */
export function notFound(arn: string): Refusal {
  const code = MISSING.find(([part]) => arn.includes(part))?.[1] ?? 'LoadBalancerNotFound';
  return new Refusal(code, `'${arn}' not found`);
}

/** Entries of a list. */
export const members = (list: Element | undefined): readonly Element[] =>
  list?.children.filter(({ name }) => name === 'member') ?? [];

/** Entries of the list at the end of a path. */
export const membersAt = (record: Element | undefined, ...path: readonly string[]): readonly Element[] =>
  members(descend(record, ...path));

/** The list of an answer. */
export const listOf = (root: Element | undefined, operation: string, list: string): Element | undefined =>
  descend(root, `${operation}Result`, list);

/** Asks the stand-in for all records of a list, as it has them; none when it refuses. */
export async function ask({ world, call }: Scene, operation: string, params: Params): Promise<readonly Element[]> {
  const collection = COLLECTIONS.find((one) => one.operation === operation);
  const asked = withMembers({ ...params, PageSize: WHOLE }) as Params;
  const answer = await world.ask(call, operation, asked, 'elb');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  return members(listOf(root, operation, collection?.list ?? ''));
}

/** The load balancer, group, listener or rule of this ARN, as the stand-in has it. */
export async function askOne(scene: Scene, operation: string, arn: string): Promise<Element | undefined> {
  const collection = COLLECTIONS.find((one) => one.operation === operation);
  const found = await ask(scene, operation, { [collection?.ids ?? '']: [arn] });
  return found.find((record) => textAt(record, collection?.id ?? '') === arn);
}

/** Attributes of a load balancer or a group, as the stand-in has them. */
export async function askAttributes(
  { world, call }: Scene,
  operation: 'DescribeLoadBalancerAttributes' | 'DescribeTargetGroupAttributes',
  params: Params,
): Promise<ReadonlyMap<string, string>> {
  const answer = await world.ask(call, operation, params, 'elb');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const found = members(listOf(root, operation, 'Attributes'));
  return new Map(found.map((one) => [textAt(one, 'Key') ?? '', textAt(one, 'Value') ?? '']));
}

/** Sets or replaces a child. */
export function replaceChild(record: Element, element: Element): void {
  record.children = [...record.children.filter(({ name }) => name !== element.name), element];
}

/** Takes children of these names away. */
export function dropChildren(record: Element, ...names: readonly string[]): void {
  record.children = record.children.filter(({ name }) => !names.includes(name));
}

/** A list of texts. */
export const textList = (name: string, values: readonly string[]): Element =>
  branch(
    name,
    values.map((value) => leaf('member', value)),
  );

/** The texts of a list. */
export const textsOf = (record: Element, ...path: readonly string[]): readonly string[] =>
  membersAt(record, ...path).map((one) => textAt(one) ?? '');

/** Whether a record has a child of this name. */
export const has = (record: Element, name: string): boolean => child(record, name) !== undefined;

/** An answer of the proxy's own. */
export function resultOf(operation: string, result: readonly Element[]): Answer {
  const root = branch(`${operation}Response`, [
    branch(`${operation}Result`, result),
    branch('ResponseMetadata', [leaf('RequestId', randomUUID())]),
  ]);
  const xmlns = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';
  return xmlAnswer(200, writeXml({ ...root, attributes: { xmlns } }));
}
