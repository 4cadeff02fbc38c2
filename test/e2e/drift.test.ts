/** What others change behind the operator's back: seen, told with field and both values, and treated as the policy says. */

import { setTimeout as delay } from 'node:timers/promises';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeAddressesCommand,
  DescribeInstanceAttributeCommand,
  DescribeSecurityGroupRulesCommand,
  DisassociateAddressCommand,
  ModifyInstanceAttributeCommand,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { condition, type Scene, scene, type TierObject } from './harness.ts';

describe('drift', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-drift', '111111111102');
    await here.apply('shop');
    await here.settled('shop', 90);
  });

  afterAll(async () => {
    await here?.close();
  });

  const idOf = async (role: string): Promise<string> =>
    (await here.get('shop')).status.resources?.find((resource) => resource.role === role)?.id ?? '';

  const drifts = (tier: TierObject, role: string): readonly string[] =>
    (tier.status.drift ?? []).filter((entry) => entry.role === role).map(({ field }) => field);

  /** What has been seen is either listed still, or corrected already and told by an event. */
  async function corrected(role: string, field: string): Promise<void> {
    const word = new RegExp(`${RegExp.escape(role)}: ([^;]*, )?${RegExp.escape(field)}`);
    for (const deadline = performance.now() + 120_000; performance.now() < deadline; await delay(500)) {
      const told = (await here.events('shop')).some(
        ({ reason, note }) => reason === 'DriftCorrected' && word.test(note),
      );
      if (told && ((await here.get('shop')).status.drift ?? []).length === 0) return;
    }
    throw new Error(`no event says that ${role} ${field} was corrected`);
  }

  const addStrangersRule = async (): Promise<void> => {
    const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await here.account.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: await idOf('ec2.security-group/app'),
        IpPermissions: [rule],
      }),
    );
  };

  const openPorts = async (): Promise<readonly number[]> => {
    const Filters = [{ Name: 'group-id', Values: [await idOf('ec2.security-group/app')] }];
    const { SecurityGroupRules = [] } = await here.account.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return SecurityGroupRules.filter(({ IsEgress }) => !IsEgress)
      .map(({ FromPort = 0 }) => FromPort)
      .sort((a, b) => a - b);
  };

  test('a rule that a stranger adds is taken away again', async () => {
    await addStrangersRule();
    await here.lookNow('shop');
    await corrected('ec2.security-group/app', 'extraRules');
    expect(await openPorts()).toEqual([80, 443]);
    const events = (await here.events('shop')).filter(({ reason }) => reason === 'DriftDetected');
    expect(events.some(({ note, type }) => type === 'Warning' && note.includes('ingress tcp 22 0.0.0.0/0'))).toBe(true);
  });

  test('a rule of ours that is removed comes back', async () => {
    const rule = await idOf('ec2.security-group-rule/app-ingress-443-0.0.0.0-0');
    await here.account.ec2.send(
      new RevokeSecurityGroupIngressCommand({
        GroupId: await idOf('ec2.security-group/app'),
        SecurityGroupRuleIds: [rule],
      }),
    );
    expect(await openPorts()).toEqual([80]);
    await here.lookNow('shop');
    await corrected('ec2.security-group-rule/app-ingress-443-0.0.0.0-0', 'existence');
    expect(await openPorts()).toEqual([80, 443]);
  });

  test('tags that are stripped come back, on the same resources', async () => {
    const ids = await Promise.all([idOf('ec2.vpc/main'), idOf('ec2.instance/server'), idOf('ec2.volume/data')]);
    await here.account.stripTags(...ids);
    await here.lookNow('shop');
    await corrected('ec2.volume/data', 'tags');
    await here.settled('shop');
    expect(await Promise.all([idOf('ec2.vpc/main'), idOf('ec2.instance/server'), idOf('ec2.volume/data')])).toEqual(
      ids,
    );
    const { vpc, instance, volume } = await here.account.inventory();
    expect([vpc, instance, volume]).toEqual([
      ['shop ec2.vpc/main'],
      ['shop ec2.instance/server'],
      expect.arrayContaining(['shop ec2.volume/data']),
    ]);
  });

  test('an address that is taken off the server is given back', async () => {
    const allocation = await idOf('ec2.address/server');
    const association = async (): Promise<{ InstanceId?: string | undefined; AssociationId?: string | undefined }> =>
      (await here.account.ec2.send(new DescribeAddressesCommand({ AllocationIds: [allocation] }))).Addresses?.[0] ?? {};
    await here.account.ec2.send(new DisassociateAddressCommand({ AssociationId: (await association()).AssociationId }));
    await here.lookNow('shop');
    await corrected('ec2.address/server', 'instanceId');
    expect((await association()).InstanceId).toBe(await idOf('ec2.instance/server'));
  });

  test('termination protection that is switched off is switched on again', async () => {
    const InstanceId = await idOf('ec2.instance/server');
    await here.account.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }),
    );
    // No bulk read returns it: it is seen by the deep look that a request asks for.
    await here.lookNow('shop');
    await corrected('ec2.instance/server', 'terminationProtection');
    const answer = await here.account.ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
    );
    expect(answer.DisableApiTermination?.Value).toBe(true);
  });

  test('a server that is terminated is built again, with the same data and address', async () => {
    const [server, volume, address] = await Promise.all([
      idOf('ec2.instance/server'),
      idOf('ec2.volume/data'),
      idOf('ec2.address/server'),
    ]);
    await here.account.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: server, DisableApiTermination: { Value: false } }),
    );
    await here.account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [server] }));
    await here.lookNow('shop');
    await here.until(
      'shop',
      'another server stands',
      ({ status }) => {
        const now = status.resources?.find(({ role }) => role === 'ec2.instance/server');
        return now?.ready === true && now.id !== server;
      },
      90,
    );
    const tier = await here.settled('shop', 90);
    const idNow = (role: string): string | undefined =>
      tier.status.resources?.find((resource) => resource.role === role)?.id;
    expect(idNow('ec2.volume/data')).toBe(volume);
    expect(idNow('ec2.address/server')).toBe(address);
    expect((await here.account.inventory()).instance).toEqual(['shop ec2.instance/server']);
  });

  test('mode Report tells and leaves it', async () => {
    await here.patch('shop', { driftPolicy: { mode: 'Report' } });
    await here.settled('shop');
    await addStrangersRule();
    await here.lookNow('shop');
    const tier = await here.until('shop', 'the drift is reported', ({ status }) => status.driftCount === 1);
    expect(tier.status.drift).toEqual([
      expect.objectContaining({
        role: 'ec2.security-group/app',
        field: 'extraRules',
        desired: '[]',
        observed: expect.stringContaining('tcp 22'),
        action: 'Reported',
      }),
    ]);
    expect(condition(tier, 'UpToDate')).toMatchObject({ status: 'False', reason: 'DriftDetected' });
    expect(condition(tier, 'Ready')?.status).toBe('True');
    expect(condition(tier, 'Reconciling')).toBeUndefined();
    await here.lookNow('shop');
    expect(await openPorts()).toEqual([22, 80, 443]);
  });

  test("an ignored field is nobody's business", async () => {
    await here.patch('shop', {
      driftPolicy: { mode: 'Correct', ignore: [{ role: 'ec2.security-group/app', fields: ['extraRules'] }] },
    });
    const tier = await here.until(
      'shop',
      'ignored',
      ({ status, metadata }) => status.observedGeneration === metadata.generation && status.driftCount === 0,
    );
    expect(condition(tier, 'UpToDate')?.status).toBe('True');
    expect(await openPorts()).toEqual([22, 80, 443]);
  });

  test('mode Off does not look', async () => {
    await here.patch('shop', { driftPolicy: { mode: 'Off', ignore: null } });
    const tier = await here.until(
      'shop',
      'off',
      ({ status, metadata }) =>
        status.observedGeneration === metadata.generation &&
        drifts({ status } as TierObject, 'ec2.security-group/app').length === 0,
    );
    expect(condition(tier, 'UpToDate')?.status).toBe('True');
    expect(await openPorts()).toEqual([22, 80, 443]);
  });

  test('back to Correct, it is corrected', async () => {
    await here.patch('shop', { driftPolicy: { mode: 'Correct' } });
    await here.settled('shop');
    expect(await openPorts()).toEqual([80, 443]);
  });
});
