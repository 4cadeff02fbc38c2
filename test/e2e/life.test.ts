/** One tier's whole life, as its owner sees it: built, read with kubectl, changed, mended, deleted. */

import { DescribeAddressesCommand, DescribeInstancesCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubectl, tryKubectl } from '../sandbox/kubectl.ts';
import { condition, type Scene, scene } from './harness.ts';

describe('the life of a tier', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-life', '111111111101');
  });

  afterAll(async () => {
    await here?.close();
  });

  const idOf = async (role: string): Promise<string> =>
    (await here.get('shop')).status.resources?.find((resource) => resource.role === role)?.id ?? '';

  test('a minimal manifest becomes a server, and kubectl wait sees it', async () => {
    await here.apply('shop');
    await kubectl(
      here.state,
      ['wait', '--for=condition=Ready', 'st/shop', '--namespace', here.namespace, '--timeout=60s'],
      { timeoutSeconds: 65 },
    );
    const tier = await here.settled('shop');
    expect(tier.status.stage).toBe('SingleServer');
    expect(tier.status.accountID).toBe('111111111101');
    expect(tier.status.endpoints?.application).toMatch(/^http:\/\/\d+\.\d+\.\d+\.\d+$/);
    expect(tier.status.plan?.summary).toBe('+0 ~0 -0');
  });

  test('its data is safe as soon as the first snapshot is complete', async () => {
    const tier = await here.until('shop', 'data safe', (safe) => condition(safe, 'DataSafe')?.status === 'True', 90);
    expect(condition(tier, 'DataSafe')?.reason).toBe('RecentCopy');
  });

  test('AWS holds exactly what the status says, each once and with our tags', async () => {
    const inventory = await here.account.inventory();
    const roles = (await here.get('shop')).status.resources?.map(({ role }) => role) ?? [];
    const ofKind = (type: string): readonly string[] =>
      roles
        .filter((role) => role.startsWith(`${type}/`))
        .map((role) => `shop ${role}`)
        .sort();
    expect(inventory.vpc).toEqual(ofKind('ec2.vpc'));
    expect(inventory.subnet).toEqual(ofKind('ec2.subnet'));
    expect(inventory.gateway).toEqual(ofKind('ec2.internet-gateway'));
    expect(inventory.table).toEqual(ofKind('ec2.route-table'));
    expect(inventory.endpoint).toEqual(ofKind('ec2.vpc-endpoint'));
    expect(inventory.group).toEqual(ofKind('ec2.security-group'));
    expect(inventory.rule).toEqual(ofKind('ec2.security-group-rule'));
    expect(inventory.template).toEqual(ofKind('ec2.launch-template'));
    expect(inventory.instance).toEqual(ofKind('ec2.instance'));
    expect(inventory.address).toEqual(ofKind('ec2.address'));
    expect(inventory.role).toHaveLength(1);
    expect(inventory.profile).toHaveLength(1);
    expect(inventory.parameter).toHaveLength(7);
    expect(inventory.alarm).toHaveLength(5);
  });

  test('the columns tell the story', async () => {
    const { stdout } = await kubectl(here.state, ['get', 'st', '--namespace', here.namespace]);
    const [head = '', row = ''] = stdout.split('\n');
    expect(head.split(/\s{2,}/).map((word) => word.trim())).toEqual([
      'NAME',
      'STAGE',
      'TARGET',
      'READY',
      'UP-TO-DATE',
      'DRIFT',
      'PLAN',
      'COST/MO',
      'AGE',
    ]);
    expect(row).toMatch(/^shop\s+SingleServer\s+True\s+True\s+0\s+\+0 ~0 -0\s+\d+\.\d\d\s/);
  });

  test('the server is hardened: tokens required, protected, no SSH, its data on a volume that outlives it', async () => {
    const { Reservations = [] } = await here.account.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [await idOf('ec2.instance/server')] }),
    );
    const server = Reservations[0]?.Instances?.[0];
    expect(server?.MetadataOptions?.HttpTokens).toBe('required');
    const data = await idOf('ec2.volume/data');
    const mapping = server?.BlockDeviceMappings?.find(({ Ebs }) => Ebs?.VolumeId === data);
    expect(mapping?.Ebs?.DeleteOnTermination).toBe(false);
    const { Volumes = [] } = await here.account.ec2.send(new DescribeVolumesCommand({ VolumeIds: [data] }));
    expect(Volumes[0]?.Encrypted).toBe(true);
  });

  test('a larger type stops and starts the same server; the plan said so', async () => {
    const before = await idOf('ec2.instance/server');
    const costBefore = Number((await here.get('shop')).status.cost?.monthlyEstimate);
    await here.patch('shop', { compute: { instanceType: 't4g.medium' } });
    const planned = await here.until(
      'shop',
      'the plan names the restart',
      ({ status }) => status.plan?.impact === 'Restart',
    );
    expect(planned.status.plan?.text).toContain('instanceType: t4g.small → t4g.medium');
    const after = await here.settled('shop', 90);
    expect(await idOf('ec2.instance/server')).toBe(before);
    expect(Number(after.status.cost?.monthlyEstimate)).toBeGreaterThan(costBefore);
  });

  test('a larger data volume grows in place', async () => {
    await here.patch('shop', { compute: { dataVolume: { sizeGiB: 80 } } });
    await here.settled('shop');
    const { Volumes = [] } = await here.account.ec2.send(
      new DescribeVolumesCommand({ VolumeIds: [await idOf('ec2.volume/data')] }),
    );
    expect(Volumes[0]?.Size).toBe(80);
  });

  test('other addresses may reach it: rules are exchanged, nothing else', async () => {
    await here.patch('shop', { network: { allowedCIDRs: ['203.0.113.0/24'] } });
    await here.settled('shop');
    const { rule = [] } = await here.account.inventory();
    expect(rule).toEqual([
      'shop ec2.security-group-rule/app-egress-443-0.0.0.0-0',
      'shop ec2.security-group-rule/app-egress-80-0.0.0.0-0',
      'shop ec2.security-group-rule/app-ingress-443-203.0.113.0-24',
      'shop ec2.security-group-rule/app-ingress-80-203.0.113.0-24',
    ]);
  });

  test('other user data replaces the server; address and data volume move to the new one', async () => {
    const [server, volume, address] = await Promise.all([
      idOf('ec2.instance/server'),
      idOf('ec2.volume/data'),
      idOf('ec2.address/server'),
    ]);
    await here.patch('shop', { compute: { userData: { inline: '#!/bin/sh\necho hello\n' } } });
    await here.until('shop', 'the plan names the replacement', ({ status }) => status.plan?.impact === 'Replace');
    await here.settled('shop', 90);
    const now = await idOf('ec2.instance/server');
    expect(now).not.toBe(server);
    expect(await idOf('ec2.volume/data')).toBe(volume);
    expect(await idOf('ec2.address/server')).toBe(address);
    const { Volumes = [] } = await here.account.ec2.send(new DescribeVolumesCommand({ VolumeIds: [volume] }));
    expect(Volumes[0]?.Attachments?.map(({ InstanceId }) => InstanceId)).toEqual([now]);
    const { Addresses = [] } = await here.account.ec2.send(new DescribeAddressesCommand({ AllocationIds: [address] }));
    expect(Addresses[0]?.InstanceId).toBe(now);
  });

  test('tags come and go with the spec', async () => {
    const tagsOf = async (): Promise<readonly string[]> => {
      const { Volumes = [] } = await here.account.ec2.send(
        new DescribeVolumesCommand({ VolumeIds: [await idOf('ec2.volume/data')] }),
      );
      return (Volumes[0]?.Tags ?? []).map(({ Key = '' }) => Key).filter((key) => !key.startsWith('scalingtier.dev/'));
    };
    await here.patch('shop', { tags: { CostCenter: '4711' } });
    await here.settled('shop', 90);
    expect(await tagsOf()).toContain('CostCenter');
    await here.patch('shop', { tags: null });
    await here.settled('shop', 90);
    expect(await tagsOf()).not.toContain('CostCenter');
  });

  test('events tell what happened, once each', async () => {
    const reasons = (await here.events('shop')).map(({ reason }) => reason);
    for (const reason of ['Creating', 'Created', 'Replacing', 'Updating']) expect(reasons).toContain(reason);
    expect(reasons.filter((reason) => reason === 'Created')).toHaveLength(1);
    expect(reasons).not.toContain('DriftDetected');
  });

  test('deleting it leaves nothing but copies of its data, and says what it waits for', async () => {
    await kubectl(here.state, ['delete', 'st', 'shop', '--namespace', here.namespace, '--wait=false']);
    const going = await here.until(
      'shop',
      'says what it waits for',
      (tier) => condition(tier, 'Ready')?.reason === 'Deleting',
    );
    expect(going.status.message).toContain('waiting for');
    const wait = await tryKubectl(
      here.state,
      ['wait', '--for=delete', 'st/shop', '--namespace', here.namespace, '--timeout=90s'],
      { timeoutSeconds: 95 },
    );
    expect(wait.stderr).toBe('');
    const { snapshot = [], ...rest } = await here.account.inventory();
    expect(Object.entries(rest).filter(([, labels]) => labels.length > 0)).toEqual([]);
    expect(snapshot).toContain('shop ec2.snapshot/data-final');
    const reasons = (await here.events('shop')).map(({ reason }) => reason);
    for (const reason of ['Deleting', 'Deleted', 'Retained']) expect(reasons).toContain(reason);
  });
});
