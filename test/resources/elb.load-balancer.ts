/** How the contract suite tries an Application Load Balancer. */
import { DeleteSecurityGroupCommand } from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancerAttributesCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../src/aws/errors.ts';
import { uniqueName } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { fixedResponse } from '../../src/resources/elb/action.ts';
import { Listener } from '../../src/resources/elb/listener.ts';
import {
  LoadBalancer,
  type LoadBalancerAttributes,
  type LoadBalancerSpec,
} from '../../src/resources/elb/load-balancer.ts';
import {
  arnOf,
  balancerSpec,
  balancingGround,
  listenerGround,
  listenerSpec,
  stripBalancingTags,
} from './elb-ground.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { deleteFully, differences, find } from './world.ts';

const classOf = (error: unknown): string => classify(error).class;

type Ground = Awaited<ReturnType<typeof balancingGround>>;

export default fixture<LoadBalancerSpec, LoadBalancerAttributes, Ground>({
  resource: LoadBalancer,
  missing: arnOf('loadbalancer/app/st-never/0123456789abcdef'),
  prepare: balancingGround,
  initial: (ground) => balancerSpec(ground),
  changed: [
    { name: 'set of subnets', change: ({ subnetIds }) => ({ subnetIds: subnetIds.slice(1) }), expect: 'update' },
    {
      name: 'set of subnets, larger',
      change: ({ subnetIds }) => ({ subnetIds: [...subnetIds].reverse() }),
      expect: 'update',
    },
    {
      name: 'set of security groups',
      change: ({ otherGroupId }) => ({ securityGroupIds: [otherGroupId] }),
      expect: 'update',
    },
    { name: 'sort of addresses', change: () => ({ ipAddressType: 'dualstack' }), expect: 'update' },
    { name: 'attribute', change: () => ({ attributes: { 'idle_timeout.timeout_seconds': '120' } }), expect: 'update' },
    { name: 'scheme', change: () => ({ scheme: 'internet-facing' }), expect: 'replace' },
    { name: 'name', change: ({ world }) => ({ name: uniqueName(world.owner, 'other', 32) }), expect: 'replace' },
  ],
  stranger: ({ world }, index) => ({ name: uniqueName(world.owner, `s${index}`, 32) }),
  strip: stripBalancingTags,
  extra(open) {
    test('while AWS sets it up it does not serve yet, and listeners may stand on it', async () => {
      const world = open();
      const ground = await listenerGround(world);
      await atAwsOwnPace(world, async () => {
        const self = world.identity('elb.load-balancer/fresh');
        const made = await LoadBalancer.create(world.aws, self, balancerSpec(ground, 'fresh'));
        const seen = await find(world.aws, LoadBalancer, self);
        expect(seen?.health).toMatchObject({ state: 'provisioning', phase: 'warming' });
        expect(seen?.attributes).toEqual(made.attributes);
        expect(seen?.attributes.fullName).toMatch(/^app\/st-.*\/[0-9a-f]{16}$/);
        const { id } = await Listener.create(world.aws, world.identity('elb.listener/80'), {
          ...listenerSpec(ground),
          loadBalancerArn: made.attributes.loadBalancerArn,
          defaultAction: fixedResponse({ statusCode: '404' }),
        });
        expect(id).toContain(':listener/');
      });
    });

    test('protection is ended before the deletion, and its listeners go with it', async () => {
      const world = open();
      const ground = await listenerGround(world);
      const listener = await world.build(Listener, '80', listenerSpec(ground));
      const balancer = await world.build(LoadBalancer, 'ground', balancerSpec(ground));
      expect(balancer.spec.attributes?.['deletion_protection.enabled']).toBe('true');
      await deleteFully(world.aws, LoadBalancer, balancer);
      expect(await allOf(Listener.observe(world.aws, { by: 'ids', ids: [listener.id] }))).toEqual([]);
      await expect(Listener.delete(world.aws, listener)).resolves.toBeUndefined();
    });

    test('its security groups are in use until its interfaces are gone', async () => {
      const world = open();
      const ground = await balancingGround(world);
      const live = await world.build(LoadBalancer, 'main', balancerSpec(ground));
      await atAwsOwnPace(world, async () => {
        await LoadBalancer.delete(world.aws, live);
        expect(await allOf(LoadBalancer.observe(world.aws, { by: 'ids', ids: [live.id] }))).toEqual([]);
        const call = world.aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId: ground.groupId }));
        expect(await call.catch(classOf)).toBe('busy');
      });
    });

    test('what nobody asked for is left alone, and attributes are texts however they were written', async () => {
      const world = open();
      const ground = await balancingGround(world);
      const spec = balancerSpec(ground);
      const live = await world.build(LoadBalancer, 'main', spec);
      const LoadBalancerArn = live.id;
      const Attributes = [
        { Key: 'routing.http2.enabled', Value: 'false' },
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'True' },
      ];
      await world.aws.elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
      const seen = await find(world.aws, LoadBalancer, live.self);
      expect(seen && differences(LoadBalancer, spec, seen)).toEqual([]);
      const answer = await world.aws.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
      expect(answer.Attributes).toContainEqual({ Key: 'routing.http2.enabled', Value: 'false' });
    });

    test("one zone is too few, and a name that is taken is nobody else's", async () => {
      const world = open();
      const ground = await balancingGround(world);
      const spec = balancerSpec(ground);
      const self = world.identity('elb.load-balancer/main');
      const single = { ...spec, subnetIds: spec.subnetIds.slice(0, 1) };
      expect(await LoadBalancer.create(world.aws, self, single).catch(classOf)).toBe('invalid');
      await world.build(LoadBalancer, 'main', spec);
      const other = { ...spec, securityGroupIds: [ground.otherGroupId] };
      expect(await LoadBalancer.create(world.aws, self, other).catch(classOf)).toBe('exists');
    });

    test('the sweep reads no attributes, and asks for tags of twenty at a time', async () => {
      const world = open();
      const ground = await balancingGround(world);
      await world.build(LoadBalancer, 'main', balancerSpec(ground));
      const [seen] = await allOf(LoadBalancer.observe(world.aws, { by: 'cluster', cluster: world.owner.cluster }));
      expect(seen?.spec.attributes).toBeUndefined();
      expect(seen?.owner).toEqual(world.owner);
    });
  },
});
