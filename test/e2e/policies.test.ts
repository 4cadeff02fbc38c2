/** How far the operator may go: looking without touching, pausing, what is left after a deletion, and what is never its own. */
import { CreateSecurityGroupCommand, CreateTagsCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubectl } from '../sandbox/kubectl.ts';
import { condition, isSettled, type Scene, scene } from './harness.ts';

describe('policies', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-policies', '111111111103');
  });

  afterAll(async () => {
    await here?.close();
  });

  /** Calls of the operator that changed something in this account since a point of the journal. */
  async function writesSince(since: number): Promise<readonly string[]> {
    const entries = await here.proxy.journal({ account: here.account.id, since });
    return entries
      .filter(({ write, caller }) => write && !JSON.stringify(caller).includes('person'))
      .map(({ service, operation }) => `${service}:${operation}`);
  }

  test('ObserveOnly plans everything and writes nothing', async () => {
    const since = await here.proxy.latest();
    await here.apply('shop', { managementPolicy: 'ObserveOnly' });
    const tier = await here.until('shop', 'planned', ({ status }) => (status.plan?.create ?? 0) > 30);
    expect(tier.status.plan?.text).toContain('+ ec2.vpc/main');
    expect(condition(tier, 'UpToDate')).toMatchObject({ status: 'False', reason: 'UpdateRestricted' });
    expect(condition(tier, 'Reconciling')).toBeUndefined();
    expect(await writesSince(since)).toEqual([]);
  });

  test('paused, it does not act on a change; it does when the pause ends', async () => {
    const since = await here.proxy.latest();
    await here.annotate('shop', 'scalingtier.dev/paused=true');
    await here.patch('shop', { managementPolicy: 'Full' });
    const tier = await here.until('shop', 'paused', (paused) => condition(paused, 'Synced')?.reason === 'Paused');
    expect(tier.status.plan?.create).toBeGreaterThan(30);
    expect(await writesSince(since)).toEqual([]);
    await here.annotate('shop', 'scalingtier.dev/paused-');
    await here.settled('shop', 90);
  });

  test("two tiers in one namespace and account keep out of each other's way", async () => {
    await here.apply('blog', { deletionPolicy: { default: 'Delete', database: 'Delete', confirmDataLoss: 'blog' } });
    await here.settled('blog', 90);
    const before = await here.account.inventory();
    expect(before.vpc).toEqual(['blog ec2.vpc/main', 'shop ec2.vpc/main']);
    expect(isSettled(await here.get('shop'))).toBe(true);
  });

  test('a paused tier can be deleted; with database Delete and its confirmation nothing at all is left of it', async () => {
    await here.annotate('blog', 'scalingtier.dev/paused=true');
    await here.remove('blog', 90);
    const after = await here.account.inventory();
    const left = Object.values(after)
      .flat()
      .filter((label) => label.includes('blog'));
    expect(left).toEqual([]);
    expect(isSettled(await here.get('shop'))).toBe(true);
  });

  test("what belongs to others is left alone, even in the tier's own VPC and with a name like ours", async () => {
    const { ec2 } = here.account;
    const vpc = (await here.get('shop')).status.endpoints?.vpcID;
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ VpcId: vpc, GroupName: 'strangers', Description: 'not ours' }),
    );
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.99.0.0/16' }));
    await ec2.send(
      new CreateTagsCommand({
        Resources: [Vpc?.VpcId ?? ''],
        Tags: [
          { Key: 'Name', Value: 'e2e-policies/shop main' },
          { Key: 'scalingtier.dev/name', Value: 'shop' },
        ],
      }),
    );
    await kubectl(here.state, ['delete', 'st', 'shop', '--namespace', here.namespace, '--wait=false']);
    const stuck = await here.until(
      'shop',
      'waits for the VPC',
      ({ status }) =>
        (status.resources ?? []).map(({ role }) => role).join() === 'ec2.vpc/main' ||
        (status.message ?? '').includes('ec2.vpc/main'),
      120,
    );
    expect(condition(stuck, 'Ready')?.reason).toBe('Deleting');
    const { DeleteSecurityGroupCommand } = await import('@aws-sdk/client-ec2');
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await kubectl(here.state, ['wait', '--for=delete', 'st/shop', '--namespace', here.namespace, '--timeout=60s'], {
      timeoutSeconds: 65,
    });
    expect((await here.account.inventory()).vpc).toEqual([Vpc?.VpcId]);
  });

  test("a name that a stranger holds stops the tier with OwnershipConflict; nothing of the stranger's is touched", async () => {
    const Name = `/scaling-tier/${here.namespace}/wiki/stage`;
    await here.account.ssm.send(new PutParameterCommand({ Name, Value: 'mine', Type: 'String' }));
    await here.apply('wiki');
    const tier = await here.until('wiki', 'stalled', (stalled) => condition(stalled, 'Stalled')?.status === 'True', 90);
    expect(condition(tier, 'Stalled')?.reason).toBe('OwnershipConflict');
    expect(condition(tier, 'Stalled')?.message).toContain('ssm.parameter/stage');
    const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
    expect((await here.account.ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value).toBe('mine');
  });

  test('Retain leaves everything, marked, and another object of the name takes it over only when asked to', async () => {
    await here.apply('keep', { deletionPolicy: { default: 'Retain', database: 'Retain' } });
    const built = await here.settled('keep', 90);
    await here.remove('keep', 60);
    const vpc = built.status.endpoints?.vpcID;
    expect((await here.account.inventory()).vpc).toContain('keep ec2.vpc/main');
    // One event has no room for all of it.
    const retained = (await here.events('keep')).filter(({ reason }) => reason === 'Retained');
    expect(retained.map(({ note }) => note).join('; ')).toContain('ec2.vpc/main');

    await here.apply(
      'keep',
      { deletionPolicy: { default: 'Delete', database: 'Delete', confirmDataLoss: 'keep' } },
      { 'scalingtier.dev/adopt': 'true' },
    );
    const adopted = await here.settled('keep', 90);
    expect(adopted.metadata.uid).not.toBe(built.metadata.uid);
    expect(adopted.status.endpoints?.vpcID).toBe(vpc);
    await here.remove('keep', 90);
    expect(
      Object.values(await here.account.inventory())
        .flat()
        .filter((label) => label.includes('keep ')),
    ).toEqual([]);
  });
});
