/** Kinds of toys, declared as real kinds are, over the cloud in memory. Their shapes are data, so that tests can draw them. */
import { type Resource, resource, type Scope } from '../../src/aws/driver.ts';
import { claimOf, TAG } from '../../src/aws/ownership.ts';
import type { Change, Health, Owned, Owner } from '../../src/core/kind.ts';
import type { NodeId } from '../../src/core/ref.ts';
import type { Toy, ToyAttributes, ToyCloud, ToySpec } from './toy-cloud.ts';

/** What kinds of toys differ in. */
export interface ToyShape {
  readonly type: string;
  readonly naming: 'token' | 'name' | 'anonymous';
  readonly stateful?: boolean;
  /** Type of the kind that keeps copies. */
  readonly keeper?: string;
  /** What the kind declares. */
  readonly settle?: number;
  /** Seconds that the cloud really takes. */
  readonly pace?: number;
  readonly replace?: 'createFirst' | 'deleteFirst';
  /** Whether another base needs another toy. */
  readonly firm?: boolean;
  /** Its claim is in its name, not in tags: no uid, no incarnation. */
  readonly untagged?: boolean;
  readonly operation?: boolean;
  /** A change of its size needs approval, whatever the policy. */
  readonly insists?: boolean;
  /** A change of its mode needs a copy first. */
  readonly keepsBefore?: boolean;
  /** Sweeps do not show its color. */
  readonly shallow?: boolean;
}

function healthOf(toy: Toy, cloud: ToyCloud): Health {
  const { clock, delay } = cloud;
  if (toy.deletedAt !== undefined && toy.deletedAt + delay <= clock) return { state: 'deleting', phase: 'deleting' };
  if (toy.broken) return { state: 'error', phase: 'failed', reason: 'it broke' };
  if (clock < toy.readyAt + delay) return { state: 'pending', phase: 'settling' };
  if (clock < (toy.movedUntil ?? 0)) return { state: 'rebooting', phase: 'settling' };
  return {
    state: toy.closed ? 'optimizing' : 'available',
    phase: 'ready',
    ...(toy.closed ? { closed: toy.closed } : {}),
  };
}

const shownOf = (toy: Toy, cloud: ToyCloud) => (cloud.clock < toy.shown.changedAt + cloud.delay ? toy.shown : toy);

function claimIn(shape: ToyShape, toy: Toy, cloud: ToyCloud): Pick<Owned, 'owner' | 'node' | 'incarnation' | 'tags'> {
  const { tags } = shownOf(toy, cloud);
  const claim = claimOf(tags);
  if (!shape.untagged) return { ...claim, tags };
  if (!claim.owner) return { ...claim };
  const { uid: _uid, ...owner } = claim.owner;
  return { owner, node: claim.node, incarnation: 1 };
}

function inScope(scope: Scope, owner: Owner | undefined, id: string): boolean {
  if (scope.by === 'ids') return scope.ids.includes(id);
  if (!owner) return false;
  if (scope.by === 'cluster') return owner.cluster === scope.cluster;
  return scope.owners.some(
    ({ cluster, namespace, name }) => cluster === owner.cluster && namespace === owner.namespace && name === owner.name,
  );
}

function tagsIn(changes: readonly Change[]): Record<string, string | null> {
  const tags = changes.filter(({ path }) => path.startsWith('tags.'));
  return Object.fromEntries(
    tags.map(({ path, to }) => [path.slice('tags.'.length), typeof to === 'string' ? to : null]),
  );
}

function fieldsIn(changes: readonly Change[], spec: ToySpec): Partial<ToySpec> {
  const names = new Set(changes.map(({ path }) => path.split('.', 1)[0]));
  return Object.fromEntries(Object.entries(spec).filter(([name]) => names.has(name)));
}

/** The keeper's spec: a copy names its source in `color`, not in `links`, because it outlives it. */
export function copySpecOf({ toyId }: Readonly<Record<string, unknown>>): ToySpec {
  return {
    color: String(toyId),
    shape: 'copy',
    mode: '',
    size: 0,
    labels: [],
    birth: '',
    nested: { deep: '', maybe: null },
    links: [],
  };
}

/** Declares one kind of toys. */
export function toyKind(cloud: ToyCloud, shape: ToyShape): Resource<ToySpec, ToyAttributes> {
  const { type, naming, keeper } = shape;
  return resource<ToySpec, ToyAttributes>({
    type,
    rules: {
      shape: 'replace',
      mode: 'restart',
      size: 'growOnly',
      labels: 'unordered',
      birth: 'ignore',
      ...(shape.firm ? { links: 'replace' as const } : {}),
    },
    ...(naming === 'anonymous' ? { anonymous: true } : {}),
    ...(shape.stateful ? { stateful: true } : {}),
    ...(keeper === undefined ? {} : { keeper: { type: keeper, specOf: copySpecOf } }),
    ...(shape.settle === undefined ? {} : { settle: shape.settle }),
    ...(shape.replace ? { replace: shape.replace } : {}),
    ...(shape.operation ? { operation: true } : {}),
    ...(shape.insists ? { approval: ({ path }: Change) => path === 'size' } : {}),
    ...(shape.keepsBefore
      ? { keepBefore: (changes: readonly Change[]) => changes.some(({ path }) => path === 'mode') }
      : {}),

    async *observe(_aws, scope) {
      cloud.read(type);
      yield cloud.visible(type).flatMap((toy) => {
        const claim = claimIn(shape, toy, cloud);
        if (!inScope(scope, claim.owner, toy.id)) return [];
        const { color, ...rest } = shownOf(toy, cloud).spec;
        const spec = shape.shallow && scope.by === 'cluster' ? rest : { color, ...rest };
        return {
          ...claim,
          id: toy.id,
          spec,
          attributes: { toyId: toy.id, address: `at ${toy.id}` },
          health: healthOf(toy, cloud),
          ...(toy.place === undefined ? {} : { place: toy.place }),
        };
      });
    },
    async create(_aws, self, spec) {
      const toy = cloud.create({ type, self, spec, naming, pace: shape.pace ?? 0 });
      return { id: toy.id, attributes: { toyId: toy.id, address: `at ${toy.id}` } };
    },
    async update(_aws, live, spec, changes) {
      cloud.update(type, live.id, { spec: fieldsIn(changes, spec), tags: tagsIn(changes) });
    },
    async delete(_aws, live) {
      cloud.delete(type, live.id);
    },
  });
}

/** Tags by which a toy claims to belong to somebody. */
export function toyTags(owner: Required<Owner>, node: NodeId, incarnation = 1): Record<string, string> {
  return {
    [TAG.cluster]: owner.cluster,
    [TAG.namespace]: owner.namespace,
    [TAG.name]: owner.name,
    [TAG.uid]: owner.uid,
    [TAG.role]: node,
    [TAG.incarnation]: String(incarnation),
  };
}
