/** What caches stand on in the contract suite, built with the kinds themselves. */

import type { Resource } from '../../src/aws/driver.ts';
import { uniqueName } from '../../src/aws/ownership.ts';
import { CacheParameterGroup } from '../../src/resources/elasticache/parameter-group.ts';
import { CacheSubnetGroup } from '../../src/resources/elasticache/subnet-group.ts';
import { CacheUser } from '../../src/resources/elasticache/user.ts';
import { anySubnet, anyVpc } from './ground.ts';
import { eventually, type World } from './world.ts';

/** A name within ElastiCache's narrowest limit. */
export const cacheName = ({ owner }: World, suffix: string): string => uniqueName(owner, suffix, 40);

/** Two subnets of one VPC. */
export async function anySubnets(world: World) {
  const { vpcId } = await anyVpc(world);
  const subnets = [await anySubnet(world, vpcId, 0), await anySubnet(world, vpcId, 1)];
  return { vpcId, subnetIds: subnets.map(({ subnetId }) => subnetId) };
}

/** A subnet group over them. */
export async function anyCacheSubnetGroup(world: World, subnetIds: readonly string[], name = 'csg') {
  const spec = { name: cacheName(world, name), description: 'ground of a test', subnetIds };
  return (await world.build(CacheSubnetGroup, name, spec)).attributes;
}

/** A parameter group of a family. */
export async function anyCacheParameterGroup(world: World, family: string) {
  const parameters = { 'maxmemory-policy': 'volatile-lru' };
  const spec = { name: cacheName(world, `p-${family}`), family, description: 'ground of a test', parameters };
  return (await world.build(CacheParameterGroup, `p-${family}`, spec)).attributes;
}

/** A user who may do nothing and needs no password. */
export async function anyCacheUser(world: World, name: string, engine: 'valkey' | 'redis' = 'valkey', userName = name) {
  const spec = { userId: cacheName(world, name), userName, engine, accessString: 'off' } as const;
  return (await world.build(CacheUser, name, { ...spec, secretArn: null, secretVersion: null })).attributes;
}

/** Takes the claim out of a description, and waits until AWS is done with that. */
export async function withoutDescription<S extends object, A extends object>(
  { aws }: World,
  resource: Resource<S, A>,
  id: string,
  rename: Promise<unknown>,
): Promise<void> {
  await rename;
  await eventually(`${id} without its claim`, async () => {
    for await (const page of resource.observe(aws, { by: 'ids', ids: [id] }))
      for (const { owner, health } of page) if (owner === undefined && health.phase === 'ready') return true;
    return false;
  });
}
