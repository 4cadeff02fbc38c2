/**
 * Whether two JSON values say the same, whatever the order of their fields; an absent field equals an undefined one.
 * Lists are compared in order.
 */

/** Deep equality of JSON values. */
export function equalJson(first: unknown, second: unknown): boolean {
  if (first === second) return true;
  if (typeof first !== 'object' || typeof second !== 'object' || first === null || second === null) return false;
  if (Array.isArray(first) || Array.isArray(second)) {
    if (!Array.isArray(first) || !Array.isArray(second) || first.length !== second.length) return false;
    return first.every((item, index) => equalJson(item, second[index]));
  }
  return equalFields(first as Fields, second as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function equalFields(first: Fields, second: Fields): boolean {
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return [...names].every((name) => equalJson(first[name], second[name]));
}
