/** How the contract suite tries a listener. */
import { ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../src/aws/errors.ts';
import { allOf } from '../../src/aws/pages.ts';
import { fixedResponse, redirect } from '../../src/resources/elb/action.ts';
import { Listener, type ListenerAttributes, type ListenerSpec } from '../../src/resources/elb/listener.ts';
import { anyCertificate, arnOf, listenerGround, listenerSpec, stripBalancingTags } from './elb-ground.ts';
import { fixture } from './fixture.ts';
import { converge, differences, find, type World } from './world.ts';

const POLICY = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

const ground = async (world: World) => ({
  ...(await listenerGround(world)),
  certificate: await anyCertificate(world, 'main'),
  second: await anyCertificate(world, 'second'),
});

type Ground = Awaited<ReturnType<typeof ground>>;

const secure = (place: Ground): ListenerSpec => ({
  ...listenerSpec(place, 443),
  protocol: 'HTTPS',
  sslPolicy: POLICY,
  certificateArns: [place.certificate],
});

export default fixture<ListenerSpec, ListenerAttributes, Ground>({
  resource: Listener,
  missing: arnOf('listener/app/st-never/0123456789abcdef/0123456789abcdef'),
  prepare: ground,
  initial: (place) => listenerSpec(place),
  changed: [
    { name: 'port', change: () => ({ port: 8000 }), expect: 'update' },
    {
      name: 'target',
      change: ({ two }) => ({ defaultAction: { type: 'forward', targetGroupArn: two } }),
      expect: 'update',
    },
    {
      name: 'action, to a redirection',
      change: () => ({ defaultAction: redirect({ protocol: 'HTTPS', port: '443' }) }),
      expect: 'update',
    },
    {
      name: 'action, to an answer',
      change: () => ({ defaultAction: fixedResponse({ statusCode: '503', messageBody: 'later' }) }),
      expect: 'update',
    },
    {
      name: 'protocol, with policy and certificate in the same call',
      change: ({ certificate }) => ({ protocol: 'HTTPS', sslPolicy: POLICY, certificateArns: [certificate] }),
      expect: 'update',
    },
    {
      name: 'load balancer',
      change: () => ({ loadBalancerArn: arnOf('loadbalancer/app/st-never/0123456789abcdef') }),
      expect: 'replace',
    },
  ],
  stranger: (_place, index) => ({ port: 8080 + index }),
  strip: stripBalancingTags,
  extra(open) {
    test('certificates are a set: the default one is replaced, others come and go', async () => {
      const world = open();
      const place = await ground(world);
      const third = await anyCertificate(world, 'third');
      const self = world.identity('elb.listener/443');
      const both = { ...secure(place), certificateArns: [place.certificate, place.second] };
      await converge(world.aws, Listener, self, both);
      const reversed = { ...both, certificateArns: [place.second, place.certificate] };
      const live = await converge(world.aws, Listener, self, reversed);
      expect(differences(Listener, reversed, live)).toEqual([]);
      await converge(world.aws, Listener, self, { ...both, certificateArns: [third, place.second] });
      await converge(world.aws, Listener, self, { ...both, certificateArns: [third] });
    });

    test('what becomes plain again has neither policy nor certificates', async () => {
      const world = open();
      const place = await ground(world);
      const self = world.identity('elb.listener/443');
      await converge(world.aws, Listener, self, secure(place));
      const plain = await converge(world.aws, Listener, self, listenerSpec(place, 443));
      expect(plain.spec).toMatchObject({ protocol: 'HTTP', sslPolicy: null, certificateArns: [] });
      await converge(world.aws, Listener, self, secure(place));
    });

    test('a certificate that does not exist is refused as something that will not come', async () => {
      const world = open();
      const place = await ground(world);
      const certificateArns = ['arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555'];
      const call = Listener.create(world.aws, world.identity('elb.listener/443'), {
        ...secure(place),
        certificateArns,
      });
      expect(await call.catch(classify)).toMatchObject({ class: 'invalid', code: 'CertificateNotFound' });
    });

    test('a port that another listener has is refused', async () => {
      const world = open();
      const place = await ground(world);
      await world.build(Listener, '80', listenerSpec(place));
      const other = { ...listenerSpec(place), defaultAction: fixedResponse({ statusCode: '404' }) };
      const call = Listener.create(world.aws, world.identity('elb.listener/other'), other);
      expect(await call.catch(classify)).toMatchObject({ class: 'exists', code: 'DuplicateListener' });
    });

    test('a forward that AWS says in two ways is one, and one that is shared out is drift', async () => {
      const world = open();
      const place = await ground(world);
      const spec = listenerSpec(place);
      const live = await world.build(Listener, '80', spec);
      const forward = (...TargetGroups: { TargetGroupArn: string; Weight: number }[]) =>
        new ModifyListenerCommand({
          ListenerArn: live.id,
          DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
        });
      const seen = async () => {
        const found = await find(world.aws, Listener, live.self);
        return found && differences(Listener, spec, found).map(({ path }) => path);
      };
      await world.aws.elb.send(forward({ TargetGroupArn: place.one, Weight: 1 }));
      expect(await seen()).toEqual([]);
      await world.aws.elb.send(
        forward({ TargetGroupArn: place.one, Weight: 1 }, { TargetGroupArn: place.two, Weight: 1 }),
      );
      expect(await seen()).toEqual(['defaultAction.targetGroupArn']);
    });

    test('the sweep does not look at certificates', async () => {
      const world = open();
      await world.build(Listener, '443', secure(await ground(world)));
      const [seen] = await allOf(Listener.observe(world.aws, { by: 'cluster', cluster: world.owner.cluster }));
      expect(seen?.spec.certificateArns).toBeUndefined();
      expect(seen?.spec.sslPolicy).toBe(POLICY);
    });
  },
});
