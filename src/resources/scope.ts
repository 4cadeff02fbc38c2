/** Whether a claim falls within a scope, for AWS lists that cannot be asked for one owner's resources alone. */
import type { Scope } from '../aws/driver.ts';
import type { Owner } from '../core/kind.ts';

/** By id everything counts, claimed or not; else only what the scope's own claim. */
export function inScope(scope: Scope, owner: Owner | undefined): boolean {
  if (scope.by === 'ids') return true;
  if (scope.by === 'cluster') return owner?.cluster === scope.cluster;
  return scope.owners.some(
    ({ cluster, namespace, name }) =>
      owner?.cluster === cluster && owner.namespace === namespace && owner.name === name,
  );
}
