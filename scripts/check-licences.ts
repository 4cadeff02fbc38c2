/**
 * Which licences the packages of the shipped product may have, and the check over the lock file. Packages that only build
 * and test are not shipped and not looked at.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './report.ts';

/** Licences (SPDX) that ask for no more than notice. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
];

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
}

/** One sentence for every shipped package whose licence is missing or not allowed. */
export function licenceProblems(root: string): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  return shippedPackages(lock.packages).flatMap(([path, { license }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (license === undefined) return [`${name} names no licence`];
    return isAllowed(license) ? [] : [`${name} has the licence ${license}, which is not on the list`];
  });
}

function shippedPackages(packages: Readonly<Record<string, Locked>>): readonly (readonly [string, Locked])[] {
  return Object.entries(packages).filter(([path, { dev }]) => path.includes('node_modules/') && dev !== true);
}

/** Whether an SPDX expression leaves a choice that is allowed: any side of `OR`, every side of `AND`. */
export function isAllowed(expression: string): boolean {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const term = (): boolean => {
    const word = words[at++];
    if (word !== '(') return ALLOWED.includes(word ?? '');
    const inner = either();
    return words[at++] === ')' && inner;
  };
  const both = (): boolean => {
    let allowed = term();
    while (words[at] === 'AND') {
      at++;
      allowed = term() && allowed;
    }
    return allowed;
  };
  const either = (): boolean => {
    let allowed = both();
    while (words[at] === 'OR') {
      at++;
      allowed = both() || allowed;
    }
    return allowed;
  };
  return either() && at === words.length;
}

if (import.meta.main) report('licences', licenceProblems);
