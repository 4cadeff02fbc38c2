/** How the contract suite tries an internet gateway, whose attachment is part of it. */
import { DetachInternetGatewayCommand } from '@aws-sdk/client-ec2';
import { InternetGateway } from '../../src/resources/ec2/internet-gateway.ts';
import { fixture } from './fixture.ts';
import { anyVpc } from './ground.ts';
import { converge, differences, find } from './world.ts';

export default fixture({
  resource: InternetGateway,
  missing: 'igw-0123456789abcdef0',
  prepare: async (world) => ({ here: await anyVpc(world), there: await anyVpc(world, 'other') }),
  initial: ({ here }) => ({ vpcId: here.vpcId }),
  changed: [{ name: 'VPC', change: ({ there }) => ({ vpcId: there.vpcId }), expect: 'update' }],
  extra(open) {
    test('detached by somebody, it differs and is attached again', async () => {
      const world = open();
      const spec = await anyVpc(world);
      const live = await world.build(InternetGateway, 'main', spec);
      await world.aws.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: live.id, VpcId: spec.vpcId }));
      const detached = await find(world.aws, InternetGateway, live.self);
      if (!detached) throw new Error(`${live.id} is gone`);
      expect(differences(InternetGateway, spec, detached)).toEqual([
        { path: 'vpcId', from: null, to: spec.vpcId, impact: 'online' },
      ]);
      await converge(world.aws, InternetGateway, live.self, spec);
    });

    test('asked twice to attach, it says nothing the second time', async () => {
      const world = open();
      const spec = await anyVpc(world);
      const live = await world.build(InternetGateway, 'main', spec);
      const changes = [{ path: 'vpcId', from: null, to: spec.vpcId, impact: 'online' as const }];
      await expect(InternetGateway.update(world.aws, live, spec, changes)).resolves.toBeUndefined();
    });
  },
});
