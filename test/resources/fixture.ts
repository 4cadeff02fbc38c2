/** What the contract suite needs to know of one kind to try it. One file for each kind, named after its type. */
import type { Resource } from '../../src/aws/driver.ts';
import type { World } from './world.ts';

/** One change of a spec, and what must come of it. */
export interface Variation<S, G> {
  /** Ends the sentence "a changed …". */
  readonly name: string;
  readonly change: (ground: G) => Partial<S>;
  /** Whether the resource is changed where it stands, or would have to give way to another. */
  readonly expect: 'update' | 'replace';
}

/** A kind in the suite; `G`, its ground, is what has to exist before it. */
export interface Fixture<S extends object, A extends object, G = unknown> {
  readonly resource: Resource<S, A>;
  /** An id, in AWS's form, of something that never was. */
  readonly missing: string;
  /** Builds what the kind stands on, with the kinds themselves. */
  readonly prepare: (world: World) => Promise<G>;
  readonly initial: (ground: G) => S;
  readonly changed: readonly Variation<S, G>[];
  /** What strangers' resources in the same place must have different, because AWS allows it only once; `index` is 1, 2, 3. */
  readonly stranger?: (ground: G, index: number) => Partial<S>;
  /** Takes every tag of ours off. Default: EC2's DeleteTags. `null`: the claim is not in tags. */
  readonly strip?: ((world: World, id: string) => Promise<void>) | null;
  /** Whether something without our tags can be told to be of this kind at all; it can unless this says no. */
  readonly recognisable?: false;
  /** Cases of this kind alone; each opens a world of its own. */
  readonly extra?: (open: () => World) => void;
}

/** A fixture of any kind, for the suite. */
// biome-ignore lint/suspicious/noExplicitAny: the suite runs over kinds whose specs have nothing in common
export type AnyFixture = Fixture<any, any, any>;

/** Declares a fixture; exists so that the types of spec, attributes and ground are inferred. */
export function fixture<S extends object, A extends object, G>(definition: Fixture<S, A, G>): Fixture<S, A, G> {
  return definition;
}
