/**
 * Engine versions as RDS means them: it raises the minor one by itself, goes back never, and asks for a flag when the major one
 * changes. Pure.
 */

const partsOf = (version: string): readonly number[] => version.split('.').map(Number);

/** `17` of `17.4`, `8.4` of `8.4.3`: engines below version 10 count their major versions in two parts. */
export function majorOf(version: string): string {
  const parts = version.split('.');
  return parts.slice(0, Number(parts[0]) < 10 ? 2 : 1).join('.');
}

/** Engine and major version as the names of its parameter groups may hold them: `postgres17`, `mysql8-4`. */
export function familyName(engine: string, version: string): string {
  return `${engine}${majorOf(version)}`.replaceAll('.', '-');
}

/** Below, at or above 0, as the first is before, the same as, or after the second; what one does not say is not compared. */
function order(one: string, other: string): number {
  const theirs = partsOf(other);
  const differing = partsOf(one).findIndex((part, index) => index < theirs.length && part !== theirs[index]);
  return differing < 0 ? 0 : (partsOf(one)[differing] ?? 0) - (theirs[differing] ?? 0);
}

/** Whether a version in force is as good as the one asked for: the same major one, and at least as late. */
export function isAsAsked(inForce: string, asked: string): boolean {
  return majorOf(inForce) === majorOf(asked) && order(inForce, asked) >= 0;
}

/** Whether RDS would have to go back. */
export function isBackwards(inForce: string, asked: string): boolean {
  return order(asked, inForce) < 0;
}
