/** Two lives, told in words, are equal when only ids, names, digests and times differ. */
import type { TierObject } from '../../sandbox/scene.ts';
import { wordsOf } from './words.ts';

interface Told {
  readonly namespace: string;
  readonly accountID: string;
  readonly hash: string;
}

const ONE: Told = { namespace: 'faults-1-7', accountID: '300000100007', hash: '1f2e3d4c' };
const OTHER: Told = { namespace: 'faults-1-8', accountID: '300000100008', hash: 'a0b1c2d3' };

function told(life: Told, text: (life: Told) => string, ids: Readonly<Record<string, (life: Told) => string>> = {}) {
  const resources = Object.entries(ids).map(([role, id]) => ({ role, id: id(life) }));
  return wordsOf(life, { status: { resources } } as unknown as TierObject)(text(life));
}

/** What a text becomes in both lives; fails when it differs. */
function inBoth(text: (life: Told) => string, ids?: Readonly<Record<string, (life: Told) => string>>): string {
  const [one, other] = [told(ONE, text, ids), told(OTHER, text, ids)];
  expect(other).toBe(one);
  return one;
}

const digits = ({ hash }: Told, count: number): string => hash.repeat(8).slice(0, count);

describe('what differs from life to life becomes a word', () => {
  it('the name and the endpoint of a database, which begin like those of its replica', () => {
    const ids = {
      'rds.instance/primary': ({ hash }: Told) => `st-shop-${hash}-db`,
      'rds.replica/1': ({ hash }: Told) => `st-shop-${hash}-db-r1`,
    };
    expect(inBoth(({ hash }) => `st-shop-${hash}-db-r1, st-shop-${hash}-db.abc.us-east-1.rds.amazonaws.com`, ids)).toBe(
      '<rds.replica/1>, <rds.instance/primary>.abc.us-east-1.rds.amazonaws.com',
    );
  });

  it('the ARN of a secret, with its account, its namespace and six characters that are drawn', () => {
    const arn = ({ namespace, accountID, hash }: Told): string =>
      `arn:aws:secretsmanager:us-east-1:${accountID}:secret:scaling-tier/${namespace}/shop/db/master-${hash.slice(0, 6)}`;
    expect(inBoth((life) => `"value":"${arn(life)}"`, { 'secretsmanager.secret/database': arn })).toBe(
      '"value":"<secretsmanager.secret/database>"',
    );
  });

  it('names that nobody told: of a database, of its snapshot, of a group', () => {
    expect(inBoth(({ hash }) => `st-shop-${hash}-db-snapshot-${hash}`)).toBe('st-<id>-db-<id>');
  });

  it('versions of a secret, as digests and as UUIDs, and the id that outlives the name of a database', () => {
    expect(inBoth((life) => `masterSecretVersion ${digits(life, 64)}`)).toBe('masterSecretVersion <hash>');
    expect(inBoth((life) => [8, 4, 4, 4, 12].map((count) => digits(life, count)).join('-'))).toBe('<uid>');
    const letters = ({ hash }: Told): string => (hash === ONE.hash ? 'ABCDEFGHIJKLM' : 'NOPQRSTUVWXYZ').repeat(2);
    expect(inBoth((life) => `resourceId db-${letters(life)}`)).toBe('resourceId <id>');
  });

  it('times, to the second and to the hour, and addresses, but not blocks of them', () => {
    const hour = ({ hash }: Told): string => (hash === ONE.hash ? '11' : '12');
    expect(inBoth((life) => `2026-01-01T${hour(life)}:00:00Z 10.0.0.${hour(life)} 10.0.0.0/16`)).toBe(
      '<time> <address> 10.0.0.0/16',
    );
  });

  it('but not what the spec says', () => {
    const spec = '{"instanceClass":"db.m7g.large","engineVersion":"17","storageType":"gp3","sizeGiB":500}';
    expect(told(ONE, () => spec)).toBe(spec);
  });
});
