/** How the contract suite tries a parameter. */

import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { parameterPrefix } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Parameter } from '../../src/resources/ssm/parameter.ts';
import { fixture } from './fixture.ts';
import { converge, find, type World } from './world.ts';

/** Paths do not name the installation, so tests that share an account must not share paths. */
const pathOf = ({ owner }: World, name: string): string => `${parameterPrefix(owner)}/${owner.cluster}/${name}`;

export default fixture({
  resource: Parameter,
  missing: '/scaling-tier/shop/web/nothing',
  prepare: async (world) => ({ path: (name: string) => pathOf(world, name) }),
  initial: ({ path }) => ({ name: path('db/writer'), value: 'localhost', description: 'host that takes writes' }),
  changed: [
    { name: 'value', change: () => ({ value: 'db.example.test' }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'where to write to' }), expect: 'update' },
    { name: 'name', change: ({ path }) => ({ name: path('db/reader') }), expect: 'replace' },
  ],
  stranger: ({ path }, index) => ({ name: path(`stranger-${index}`) }),
  strip: async ({ aws }, Name) => {
    await aws.ssm.send(
      new PutParameterCommand({
        Name,
        Value: 'localhost',
        Type: 'String',
        Description: 'host that takes writes',
        Overwrite: true,
      }),
    );
  },
  extra: (open) => {
    test('more of them than a page, a filter or a read takes are all seen', async () => {
      const world = open();
      const names = Array.from({ length: 23 }, (_, index) => `many/${String(index).padStart(2, '0')}`);
      for (const name of names) {
        const spec = { name: pathOf(world, name), value: `value of ${name}`, description: name };
        await Parameter.create(world.aws, world.identity(`ssm.parameter/${name}`), spec);
      }
      for (const scope of [
        { by: 'cluster', cluster: world.owner.cluster },
        { by: 'tiers', owners: [world.owner] },
      ] as const) {
        const seen = await allOf(Parameter.observe(world.aws, scope));
        // The sweep reads no values: ten of them take a call.
        const value = (name: string) => (scope.by === 'cluster' ? undefined : `value of ${name}`);
        expect(seen.map(({ spec }) => [spec.name, spec.value]).sort()).toEqual(
          names.map((name) => [pathOf(world, name), value(name)]),
        );
      }
    });

    test("a stranger's value of the same name is not overwritten", async () => {
      const world = open();
      const Name = pathOf(world, 'taken');
      await world.aws.ssm.send(new PutParameterCommand({ Name, Value: 'theirs', Type: 'String' }));
      const spec = { name: Name, value: 'ours', description: 'a test' };
      const creation = Parameter.create(world.aws, world.identity('ssm.parameter/taken'), spec);
      await expect(creation).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
      const { Parameter: kept } = await world.aws.ssm.send(new GetParameterCommand({ Name }));
      expect(kept?.Value).toBe('theirs');
      expect(await allOf(Parameter.observe(world.aws, { by: 'tiers', owners: [world.owner] }))).toEqual([]);
    });

    test("a value that somebody changed is seen and put right, its owner's claim kept", async () => {
      const world = open();
      const self = world.identity('ssm.parameter/stage');
      const spec = { name: pathOf(world, 'stage'), value: 'SingleServer', description: 'stage in force' };
      const { id: Name } = await converge(world.aws, Parameter, self, spec);
      await world.aws.ssm.send(new PutParameterCommand({ Name, Value: 'LoadBalanced', Overwrite: true }));
      expect((await find(world.aws, Parameter, self))?.spec.value).toBe('LoadBalanced');
      expect((await converge(world.aws, Parameter, self, spec)).node).toBe(self.node);
    });
  },
});
