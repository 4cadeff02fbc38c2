/** Policies compare by meaning, and only our statement is ours. */
import { deniesInsecure, withDenial } from '../../../src/resources/s3/transport-policy.ts';

const denied = (policy: string | undefined) => deniesInsecure(policy, 'aws', 'uploads');
const write = (policy: string | undefined, isDenied = true) => withDenial(policy, 'aws', 'uploads', isDenied);

interface Statement {
  readonly Sid: string;
  readonly Resource?: readonly string[];
}
const statementsOf = (policy = '{"Statement":[]}') => (JSON.parse(policy) as { Statement: Statement[] }).Statement;

const theirs = { Sid: 'Theirs', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' };
const THEIRS = JSON.stringify({ Version: '2008-10-17', Id: 'by-hand', Statement: theirs });

test('what was written is read', () => {
  expect([denied(undefined), denied(write(undefined)), denied(write(write(undefined), false))]).toEqual([
    false,
    true,
    false,
  ]);
});

test('JSON policies are the same with lists in another order, one for a list, and other forms of a principal', () => {
  const [ours] = statementsOf(write(undefined));
  const Statement = { ...ours, Resource: [...(ours?.Resource ?? [])].reverse(), Principal: { AWS: ['*'] } };
  expect(denied(JSON.stringify({ Version: '2012-10-17', Statement }))).toBe(true);
});

test('a statement that was weakened is not ours any more', () => {
  const [ours] = statementsOf(write(undefined));
  expect(denied(JSON.stringify({ Statement: [{ ...ours, Action: 's3:PutObject' }] }))).toBe(false);
});

test('statements of others, and what else their policy says, are kept', () => {
  const both = write(THEIRS);
  expect(statementsOf(both).map(({ Sid }) => Sid)).toEqual(['Theirs', 'ScalingTierDenyInsecureTransport']);
  expect(JSON.parse(both ?? '')).toMatchObject({ Version: '2008-10-17', Id: 'by-hand' });
  expect(statementsOf(write(both, false))).toEqual([theirs]);
});

test('a policy without statements is none', () => {
  expect(write(write(undefined), false)).toBeUndefined();
});
