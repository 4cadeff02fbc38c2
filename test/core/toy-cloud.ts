/**
 * A cloud in memory, as awkward as the real one where that matters: reads lag behind writes, work takes time, answers get
 * lost, tokens are remembered for ever and nothing goes while something stands on it. It counts what must never happen.
 */
import type { Identity } from '../../src/aws/driver.ts';
import type { NodeId } from '../../src/core/ref.ts';

/** What a toy is asked to be; the fields are named after what their rules say. */
export interface ToySpec {
  readonly color: string | null;
  readonly shape: string;
  readonly mode: string;
  readonly size: number;
  readonly labels: readonly string[];
  readonly birth: string;
  readonly nested: { readonly deep: string; readonly maybe: string | null };
  readonly links: readonly string[];
}

/** What a toy has from the cloud. */
export interface ToyAttributes {
  readonly toyId: string;
  readonly address: string;
}

/** A toy as it really stands, whatever reads show of it. */
export interface Toy {
  readonly id: string;
  readonly type: string;
  readonly node: NodeId | undefined;
  readonly incarnation: number;
  readonly uid: string;
  readonly bornAt: number;
  readonly readyAt: number;
  spec: ToySpec;
  tags: Readonly<Record<string, string>>;
  /** What reads show until the copy that answers has caught up with the last change. */
  shown: { readonly spec: ToySpec; readonly tags: Readonly<Record<string, string>>; readonly changedAt: number };
  deletedAt?: number;
  broken?: boolean;
  /** Where the cloud has it serve, when the cloud moves it by itself. */
  place?: string;
  /** Until when the cloud moves it. */
  movedUntil?: number;
  /** Fields that the cloud does not change now. */
  closed?: readonly string[];
}

/** One call of a kind to the cloud. */
export interface ToyCall {
  readonly verb: 'observe' | 'create' | 'update' | 'delete';
  readonly type: string;
  readonly node: NodeId | undefined;
  readonly id: string | undefined;
  readonly at: number;
}

/** What befalls a call: refused before anything was done, or done and its answer lost. */
export type Fault = { readonly refuse: string; readonly message?: string } | 'lost' | undefined;

/** An error as the SDK throws it. */
export function cloudError(name: string, message = `the cloud says ${name}`): Error {
  return Object.assign(new Error(message), { name, $metadata: {} });
}

/** How the cloud behaves. */
export interface ToyCloudOptions {
  /** Seconds by which reads lag behind writes. */
  readonly lag?: number;
}

/** The cloud. */
export interface ToyCloud {
  /** Seconds. */
  clock: number;
  lag: number;
  /** How far behind the copy of the cloud is that answers this read: from 0 to `lag` seconds. */
  behind: () => number;
  /** The same, of the last read. */
  delay: number;
  /** Asked before every call. */
  fault: (call: ToyCall) => Fault;
  /** Kinds are told before a delete is done; tests look at the world at that moment. */
  beforeDelete: (toy: Toy) => void;
  /** The same before an update. */
  beforeUpdate: (toy: Toy, spec: Partial<ToySpec>) => void;
  /** Every write that reached the cloud. */
  readonly writes: ToyCall[];
  /** What must never happen, and did. */
  readonly violations: string[];
  /** How many reads were made. */
  reads: number;
  alive(): readonly Toy[];
  /** What a read shows. */
  visible(type: string): readonly Toy[];
  get(id: string): Toy | undefined;
  create(call: ToyBirth): Toy;
  update(
    type: string,
    id: string,
    change: { readonly spec: Partial<ToySpec>; readonly tags: Readonly<Record<string, string | null>> },
  ): void;
  delete(type: string, id: string): void;
  /** A person or another program makes something; nothing of ours. */
  plant(toy: Partial<Toy> & Pick<Toy, 'id' | 'type' | 'spec'>): Toy;
  read(type: string): void;
}

/** What a create brings. */
export interface ToyBirth {
  readonly type: string;
  readonly self: Identity;
  readonly spec: ToySpec;
  readonly naming: 'token' | 'name' | 'anonymous';
  /** Seconds that the cloud works on a new one. */
  readonly pace: number;
}

/** Seconds for which a deleted toy is shown as being deleted. */
const DYING = 2;

const standsOn = (toy: Toy, id: string): boolean => toy.spec.links.includes(id);

/** Starts an empty cloud. */
export function toyCloud({ lag = 0 }: ToyCloudOptions = {}): ToyCloud {
  const toys = new Map<string, Toy>();
  const byToken = new Map<string, Toy>();
  let count = 0;

  const isAlive = (toy: Toy): boolean => toy.deletedAt === undefined;
  const alive = (): readonly Toy[] => [...toys.values()].filter(isAlive);

  /** Faults come before anything is done; the answer is what to throw after it was done. */
  const enter = (call: Omit<ToyCall, 'at'>): Error | undefined => {
    const made = { ...call, at: cloud.clock };
    const fault = cloud.fault(made);
    if (typeof fault === 'object') throw cloudError(fault.refuse, fault.message);
    if (call.verb !== 'observe') cloud.writes.push(made);
    return fault === 'lost' ? cloudError('TimeoutError', 'the answer was lost') : undefined;
  };

  const claimant = ({ type, self, naming }: ToyBirth): Toy | undefined => {
    if (naming === 'token') return byToken.get(self.token);
    if (naming === 'anonymous') return undefined;
    return alive().find((toy) => toy.type === type && toy.id === `${type}:${self.owner.name}:${self.node}`);
  };

  /** What it stands on must stand, and so must what it is a copy of. */
  const findBases = ({ shape, color, links }: ToySpec): void => {
    const missing = [...links, ...(shape === 'copy' && color ? [color] : [])].find((id) => {
      const base = toys.get(id);
      return !base || !isAlive(base);
    });
    if (missing) throw cloudError('InvalidToyID.NotFound', `${missing} does not exist`);
  };

  const bear = ({ type, self, spec, naming, pace }: ToyBirth): Toy => {
    count += 1;
    const id = naming === 'name' ? `${type}:${self.owner.name}:${self.node}` : `${type}-${count}`;
    const { clock } = cloud;
    const shown = { spec, tags: self.tags, changedAt: clock };
    const { node, incarnation, owner } = self;
    const twin = alive().find((toy) => toy.node === node && toy.incarnation === incarnation && toy.uid === owner.uid);
    if (twin) cloud.violations.push(`${node} was made twice: ${twin.id} and ${id}`);
    const toy: Toy = {
      id,
      type,
      node,
      incarnation,
      uid: owner.uid,
      bornAt: clock,
      readyAt: clock + pace,
      spec,
      tags: self.tags,
      shown,
    };
    toys.set(id, toy);
    if (naming === 'token') byToken.set(self.token, toy);
    return toy;
  };

  const cloud: ToyCloud = {
    clock: 1_000,
    lag,
    behind: () => cloud.lag,
    delay: lag,
    fault: () => undefined,
    beforeDelete: () => undefined,
    beforeUpdate: () => undefined,
    writes: [],
    violations: [],
    reads: 0,
    alive,
    get: (id) => toys.get(id),
    visible: (type) =>
      [...toys.values()].filter(
        (toy) =>
          toy.type === type &&
          toy.bornAt + cloud.delay <= cloud.clock &&
          cloud.clock < (toy.deletedAt ?? Number.POSITIVE_INFINITY) + cloud.delay + DYING,
      ),
    read(type) {
      cloud.reads += 1;
      cloud.delay = cloud.behind();
      enter({ verb: 'observe', type, node: undefined, id: undefined });
    },
    create(birth) {
      const lost = enter({ verb: 'create', type: birth.type, node: birth.self.node, id: undefined });
      findBases(birth.spec);
      const before = claimant(birth);
      if (before && !isAlive(before))
        cloud.violations.push(`${birth.self.node}: the token of ${before.id}, which is gone, was used again`);
      if (before && before.uid !== birth.self.owner.uid) throw cloudError('EntityAlreadyExists', `${before.id} exists`);
      const toy = before ?? bear(birth);
      if (lost) throw lost;
      return toy;
    },
    update(type, id, { spec, tags }) {
      const toy = toys.get(id);
      const lost = enter({ verb: 'update', type, node: toy?.node, id });
      if (!toy || !isAlive(toy)) throw cloudError('InvalidToyID.NotFound', `${id} does not exist`);
      if (cloud.clock < toy.readyAt) throw cloudError('IncorrectState', `${id} is not ready`);
      cloud.beforeUpdate(toy, spec);
      toy.shown = { spec: toy.spec, tags: toy.tags, changedAt: cloud.clock };
      toy.spec = { ...toy.spec, ...spec };
      const merged = Object.entries({ ...toy.tags, ...tags }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      );
      toy.tags = Object.fromEntries(merged);
      if (lost) throw lost;
    },
    delete(type, id) {
      const toy = toys.get(id);
      const lost = enter({ verb: 'delete', type, node: toy?.node, id });
      if (!toy || !isAlive(toy)) return;
      const dependent = alive().find((other) => standsOn(other, id));
      if (dependent && cloud.lag === 0)
        cloud.violations.push(`${id} was to be deleted while ${dependent.id} stands on it`);
      if (dependent) throw cloudError('DependencyViolation', `${dependent.id} stands on ${id}`);
      cloud.beforeDelete(toy);
      toy.deletedAt = cloud.clock;
      if (lost) throw lost;
    },
    plant(toy) {
      const { clock } = cloud;
      const planted: Toy = {
        node: undefined,
        incarnation: 1,
        uid: 'nobody',
        bornAt: 0,
        readyAt: clock,
        tags: {},
        shown: { spec: toy.spec, tags: toy.tags ?? {}, changedAt: 0 },
        ...toy,
      };
      toys.set(toy.id, planted);
      return planted;
    },
  };
  return cloud;
}
