/** What a kind of boxes finds, for tests of readings. It asserts nothing. */
import type { Owned, Owner } from '../../src/core/kind.ts';

/** The tier of this name in the namespace `shop`. */
export const ownerOf = (name: string): Required<Owner> => ({
  cluster: 'main',
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
});

/** A box of that tier. */
export const ownedOf = (name: string, id: string): Owned => ({
  owner: ownerOf(name),
  node: 'toy.box/main',
  incarnation: 1,
  id,
  spec: {},
  attributes: {},
  health: { state: 'available', phase: 'ready' },
});
