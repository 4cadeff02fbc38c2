/** Names, tags and claims: what we write is what we read back, and it fits into AWS. */
import fc from 'fast-check';
import {
  claimOf,
  claimOfDescription,
  describeClaim,
  IAM_PATH_ROOT,
  iamPath,
  identify,
  NO_CLAIM,
  ownerOfIamPath,
  parameterPrefix,
  TAG,
  uniqueName,
  uniqueNamePrefix,
  withoutClaim,
} from '../../src/aws/ownership.ts';
import type { Owner } from '../../src/core/kind.ts';
import type { NodeId } from '../../src/core/ref.ts';

const tierName = fc.stringMatching(/^[a-z]([a-z0-9]{0,5}(-[a-z0-9]{1,6}){0,5})$/).filter((name) => name.length <= 40);
const namespace = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const owner: fc.Arbitrary<Required<Owner>> = fc.record({
  cluster: namespace,
  namespace,
  name: tierName,
  uid: fc.uuid(),
});
const node: fc.Arbitrary<NodeId> = fc
  .tuple(
    fc.constantFrom('ec2.vpc', 'iam.role', 'ssm.parameter'),
    fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\/[a-z0-9-]{1,20})?$/),
  )
  .map(([type, name]): NodeId => `${type}/${name}`);

/** AWS's own limits. */
const LIMITS = [
  ['target group', 32, 'app', /^[A-Za-z0-9](-?[A-Za-z0-9])*$/],
  ['IAM role', 64, 'server-ap-southeast-2', /^[\w+=,.@-]+$/],
  ['IAM instance profile', 128, 'server-ap-southeast-2', /^[\w+=,.@-]+$/],
  ['launch template', 128, 'server', /^[a-zA-Z0-9().\-/_]{3,128}$/],
  ['security group', 255, 'app', /^(?!sg-)[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]+$/],
  ['alarm', 255, 'cpu-credits', /^[\x20-\x7e]+$/],
] as const;

describe('uniqueName', () => {
  it.each(LIMITS)('fits a %s', (_name, max, suffix, charset) => {
    fc.assert(
      fc.property(owner, (who) => {
        const name = uniqueName(who, suffix, max);
        expect(name.length).toBeLessThanOrEqual(max);
        expect(name).toMatch(charset);
        expect(name).not.toContain('--');
      }),
    );
  });

  it('differs for equal names of other namespaces and clusters, also when it had to be cut', () => {
    fc.assert(
      fc.property(owner, owner, (one, other) => {
        const same = one.cluster === other.cluster && one.namespace === other.namespace;
        fc.pre(!same);
        expect(uniqueName(one, 'app', 32)).not.toBe(uniqueName({ ...other, name: one.name }, 'app', 32));
      }),
    );
  });

  it('starts with the prefix by which it is listed, when nothing had to be cut', () => {
    fc.assert(
      fc.property(owner, (who) => expect(uniqueName(who, 'server', 128).startsWith(uniqueNamePrefix(who))).toBe(true)),
    );
  });

  it('does not depend on the uid: the next object of the same name finds it taken', () => {
    fc.assert(
      fc.property(owner, fc.uuid(), (who, uid) =>
        expect(uniqueName({ ...who, uid }, 'x', 64)).toBe(uniqueName(who, 'x', 64)),
      ),
    );
  });

  it('refuses a suffix that leaves no room', () => {
    expect(() => uniqueName({ cluster: 'c', namespace: 'n', name: 'web' }, 'x'.repeat(30), 32)).toThrow(
      'leave no room',
    );
  });
});

describe('a claim', () => {
  it('in tags is read back as it was written', () => {
    fc.assert(
      fc.property(owner, node, fc.integer({ min: 1, max: 1_000 }), (who, id, incarnation) => {
        expect(claimOf(identify(who, id, incarnation, { team: 'x' }).tags)).toEqual({
          owner: who,
          node: id,
          incarnation,
        });
      }),
    );
  });

  it('in a description is read back as it was written, and leaves the text', () => {
    const text = fc.string({ maxLength: 60 }).map((value) => value.trim());
    fc.assert(
      fc.property(owner, node, fc.integer({ min: 1, max: 1_000 }), text, (who, id, incarnation, about) => {
        const description = describeClaim(identify(who, id, incarnation), about);
        expect(claimOfDescription(description)).toEqual({ owner: who, node: id, incarnation });
        expect(withoutClaim(description)).toBe(about);
        // SSM allows 1,024 characters.
        expect(description.length).toBeLessThan(600);
      }),
    );
  });

  it('in an IAM path is read back without a uid, and fits', () => {
    fc.assert(
      fc.property(owner, node, (who, id) => {
        const path = iamPath(who, id);
        const { uid: _, ...rest } = who;
        expect(ownerOfIamPath(path, id.slice(0, id.indexOf('/')))).toEqual({ owner: rest, node: id, incarnation: 0 });
        expect(path).toMatch(/^\/[\x21-\x7e]{1,510}\/$/);
      }),
    );
  });

  it('is none when any part of the owner is missing', () => {
    const { tags } = identify({ cluster: 'c', namespace: 'n', name: 'web', uid: 'u' }, 'ec2.vpc/main', 2);
    for (const key of [TAG.cluster, TAG.namespace, TAG.name, TAG.uid, TAG.role]) {
      const { [key]: _, ...others } = tags;
      expect(claimOf(others)).toEqual(NO_CLAIM);
    }
    expect(claimOf({ ...tags, [TAG.role]: 'no-kind' })).toEqual(NO_CLAIM);
    expect(claimOf({ ...tags, [TAG.incarnation]: 'many' }).incarnation).toBe(1);
  });

  it.each([undefined, '', 'just text', '[scalingtier.dev {broken]', 'x [scalingtier.dev {"a":}]'])(
    'is none in the description %j',
    (description) => {
      expect(claimOfDescription(description)).toEqual(NO_CLAIM);
    },
  );

  it.each(['/', '/other/c/n/web/server/', `${IAM_PATH_ROOT}c/n/web/`, `${IAM_PATH_ROOT}c/n/`, IAM_PATH_ROOT])(
    'is none in the path %s',
    (path) => {
      expect(ownerOfIamPath(path, 'iam.role')).toBeUndefined();
    },
  );
});

describe('identify', () => {
  it('gives a token that EC2 takes, the same after a restart and another for each uid, node and incarnation', () => {
    const who = { cluster: 'c', namespace: 'n', name: 'web', uid: 'u' };
    const tokens = [
      identify(who, 'ec2.vpc/main', 1),
      identify({ ...who, uid: 'v' }, 'ec2.vpc/main', 1),
      identify(who, 'ec2.vpc/other', 1),
      identify(who, 'ec2.vpc/main', 2),
    ].map(({ token }) => token);
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(identify(who, 'ec2.vpc/main', 1).token).toBe(tokens[0]);
  });

  it('never lets a user tag stand in the place of one of ours', () => {
    const who = { cluster: 'c', namespace: 'n', name: 'web', uid: 'u' };
    const { tags } = identify(who, 'ec2.vpc/main', 1, { [TAG.uid]: 'stolen', Name: 'stolen', team: 'x' });
    expect(tags).toMatchObject({ [TAG.uid]: 'u', Name: 'n/web main', team: 'x' });
  });

  it('needs no more tags than AWS allows, with as many of the user as the schema does', () => {
    const userTags = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key-${index}`, 'x']));
    const { tags } = identify({ cluster: 'c', namespace: 'n', name: 'web', uid: 'u' }, 'ec2.vpc/main', 1, userTags);
    expect(Object.keys(tags).length).toBeLessThanOrEqual(50);
  });
});

describe('parameterPrefix', () => {
  it('is a path that SSM takes, below none of its reserved words', () => {
    fc.assert(fc.property(owner, (who) => expect(parameterPrefix(who)).toMatch(/^\/(?!aws|ssm)[a-zA-Z0-9_.\-/]+$/)));
  });
});
