/**
 * Instance profiles (IAM API reference): a new one reaches EC2 some seconds after its creation and after each change of
 * its role; lists take a path prefix and carry no tags; tags have a call of their own.
 */
import { type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import { begin, type Stage } from '../lifecycle.ts';
import { escapeXml, outcomeOf, xmlAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { descend, type Element, parseXml, textAt, writeXml } from '../xml.ts';

const PROPAGATING: Stage = { state: 'propagating', seconds: [5, 20] };

/** IAM knows no region; what it tells EC2 holds in all of them. */
function beginPropagation(world: World, call: Call): void {
  begin(world, { ...call, region: 'global' }, `profile/${text(call.params, 'InstanceProfileName')}`, [PROPAGATING]);
}

function listed(answer: Element, prefix: string): void {
  const profiles = descend(answer, 'ListInstanceProfilesResult', 'InstanceProfiles');
  if (!profiles) return;
  profiles.children = profiles.children.filter((one) => textAt(one, 'Path')?.startsWith(prefix));
  for (const one of profiles.children) one.children = one.children.filter(({ name }) => name !== 'Tags');
}

async function tags(world: World, call: Call): Promise<string> {
  const name = text(call.params, 'InstanceProfileName');
  const answer = await world.ask(call, 'GetInstanceProfile', { InstanceProfileName: name });
  if (!succeeded(answer))
    throw new Refusal(outcomeOf(answer), `Instance Profile ${name} cannot be found.`, answer.status);
  const root = parseXml(answer.body.toString());
  const found = descend(root, 'GetInstanceProfileResult', 'InstanceProfile', 'Tags')?.children ?? [];
  return found
    .map((tag) => [textAt(tag, 'Key') ?? '', textAt(tag, 'Value') ?? ''].map(escapeXml))
    .map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`)
    .join('');
}

const CHANGES = new Set(['CreateInstanceProfile', 'AddRoleToInstanceProfile']);

/** Answers for instance profiles as IAM does. */
export function profiles(world: World): Step {
  return async (call, next) => {
    if (call.operation === 'ListInstanceProfileTags') {
      const result = `<ListInstanceProfileTagsResult><IsTruncated>false</IsTruncated><Tags>${await tags(world, call)}</Tags></ListInstanceProfileTagsResult>`;
      return xmlAnswer(200, `<ListInstanceProfileTagsResponse>${result}</ListInstanceProfileTagsResponse>`);
    }
    const answer = await next(call);
    if (!succeeded(answer)) return answer;
    if (CHANGES.has(call.operation)) beginPropagation(world, call);
    const root = call.operation === 'ListInstanceProfiles' ? parseXml(answer.body.toString()) : undefined;
    if (!root) return answer;
    listed(root, text(call.params, 'PathPrefix') ?? '/');
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}

/** A policy document as its answers carry it: URL-encoded (IAM API reference, `AssumeRolePolicyDocument`). */
function encode(element: Element): void {
  for (const one of element.children) {
    if (one.name !== 'AssumeRolePolicyDocument') encode(one);
    else if (/^\s*(\{|&#123;)/.test(one.raw)) one.raw = encodeURIComponent(textAt(one) ?? '');
  }
}

/** Encodes every trust policy: the stand-in leaves some of them plain. */
export const encodedPolicies: Step = async (call, next) => {
  const answer = await next(call);
  const plain = succeeded(answer) && /<AssumeRolePolicyDocument>\s*\{/.test(answer.body.toString());
  const root = plain ? parseXml(answer.body.toString()) : undefined;
  if (!root) return answer;
  encode(root);
  return { ...answer, body: Buffer.from(writeXml(root)) };
};
