/**
 * Cache subnet groups (ElastiCache API reference): a subnet must exist, all are of one VPC, and a group in use cannot be
 * deleted.
 */
import { type Params, Refusal, succeeded, text, texts } from '../call.ts';
import { parseXml, textAt } from '../xml.ts';
import { arn, born, chosen, type Scene, type SubnetGroup } from './store.ts';
import { nameIn, needed, pageOf, tagsIn } from './wire.ts';

const MISSING = 'CacheSubnetGroupNotFoundFault';

interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly vpcId: string;
}

async function subnetsOf({ world, call }: Scene, ids: readonly string[]): Promise<readonly Subnet[]> {
  const answer = await world.ask(call, 'DescribeSubnets', { SubnetId: ids }, 'ec2');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const items = root?.children.find(({ name }) => name === 'subnetSet')?.children ?? [];
  const found = items.map((item) => ({
    id: textAt(item, 'subnetId') ?? '',
    zone: textAt(item, 'availabilityZone') ?? '',
    vpcId: textAt(item, 'vpcId') ?? '',
  }));
  const missing = ids.filter((id) => !found.some((one) => one.id === id));
  if (ids.length === 0 || missing.length > 0)
    throw new Refusal('InvalidSubnet', `The subnets ${missing.join(', ')} do not exist.`);
  if (new Set(found.map(({ vpcId }) => vpcId)).size > 1)
    throw new Refusal('InvalidSubnet', 'The subnets are of several VPCs.');
  return found;
}

const shown = ({ name, arn: ARN, vpcId, description, subnets }: SubnetGroup): Params => ({
  CacheSubnetGroupName: name,
  CacheSubnetGroupDescription: description,
  VpcId: vpcId,
  ARN,
  Subnets: subnets.map(({ id, zone }) => ({ SubnetIdentifier: id, SubnetAvailabilityZone: { Name: zone } })),
});

const isUsed = ({ store }: Scene, name: string): boolean =>
  [...store.groups.values()].some(({ subnetGroup }) => subnetGroup === name);

function one(scene: Scene, params: Params): SubnetGroup {
  const [group] = chosen(scene, scene.store.subnetGroups, needed(params, 'CacheSubnetGroupName'), MISSING);
  if (!group) throw new Refusal(MISSING, 'CacheSubnetGroup not found', 404);
  return group;
}

/** The calls. */
export const SUBNET_GROUPS = {
  async CreateCacheSubnetGroup(scene: Scene, params: Params): Promise<Params> {
    const name = nameIn(params, 'CacheSubnetGroupName', 255);
    if (scene.store.subnetGroups.has(name))
      throw new Refusal('CacheSubnetGroupAlreadyExists', `Cache subnet group ${name} already exists.`);
    const subnets = await subnetsOf(scene, texts(params, 'SubnetIds'));
    const group: SubnetGroup = {
      name,
      arn: arn(scene, 'subnetgroup', name),
      vpcId: subnets[0]?.vpcId ?? '',
      description: needed(params, 'CacheSubnetGroupDescription'),
      subnets,
    };
    scene.store.subnetGroups.set(name, group);
    born(scene, group.arn, tagsIn(params));
    return { CacheSubnetGroup: shown(group) };
  },

  DescribeCacheSubnetGroups(scene: Scene, params: Params): Params {
    const found = chosen(scene, scene.store.subnetGroups, text(params, 'CacheSubnetGroupName'), MISSING);
    return pageOf(scene, 'CacheSubnetGroups', found.map(shown));
  },

  async ModifyCacheSubnetGroup(scene: Scene, params: Params): Promise<Params> {
    const group = one(scene, params);
    const ids = texts(params, 'SubnetIds');
    if (ids.length > 0) group.subnets = await subnetsOf(scene, ids);
    group.description = text(params, 'CacheSubnetGroupDescription') ?? group.description;
    return { CacheSubnetGroup: shown(group) };
  },

  DeleteCacheSubnetGroup(scene: Scene, params: Params): Params {
    const { name } = one(scene, params);
    if (isUsed(scene, name)) {
      const message = `Cache subnet group ${name} is currently in use by a cache cluster.`;
      throw new Refusal('CacheSubnetGroupInUse', message);
    }
    scene.store.subnetGroups.delete(name);
    return {};
  },
};
