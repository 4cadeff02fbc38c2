/**
 * What IAM refuses of policies (IAM API reference: `MalformedPolicyDocument`, `DeleteConflict`) and the stand-in lets
 * pass.
 */
import { type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { child, descend, parseXml } from '../xml.ts';

/** The parameter of each call that holds a policy. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  CreateRole: 'AssumeRolePolicyDocument',
  UpdateAssumeRolePolicy: 'PolicyDocument',
  PutRolePolicy: 'PolicyDocument',
  CreatePolicy: 'PolicyDocument',
  CreatePolicyVersion: 'PolicyDocument',
};

function isPolicy(document: string): boolean {
  try {
    const policy = JSON.parse(document) as { readonly Statement?: unknown } | null;
    return typeof policy === 'object' && policy !== null && typeof policy.Statement === 'object';
  } catch {
    return false;
  }
}

function checkDocument(call: Call): void {
  const param = DOCUMENTS[call.operation];
  if (param === undefined) return;
  if (!isPolicy(text(call.params, param) ?? '')) {
    throw new Refusal('MalformedPolicyDocument', 'Syntax errors in policy.');
  }
}

async function checkAttached(world: World, call: Call): Promise<void> {
  if (call.operation !== 'DeletePolicy') return;
  const answer = await world.ask(call, 'ListEntitiesForPolicy', { PolicyArn: text(call.params, 'PolicyArn') });
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const result = descend(root, 'ListEntitiesForPolicyResult');
  const used = ['PolicyRoles', 'PolicyUsers', 'PolicyGroups'].some(
    (name) => (result && child(result, name)?.children.length) || 0,
  );
  if (used) throw new Refusal('DeleteConflict', 'Cannot delete a policy attached to entities.', 409);
}

/** Refuses what IAM refuses. */
export function policies(world: World): Step {
  return async (call, next) => {
    checkDocument(call);
    await checkAttached(world, call);
    return next(call);
  };
}
