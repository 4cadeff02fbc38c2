/**
 * The order of test files where nobody knows yet how long each takes, as in a fresh clone: those that take minutes come first, so
 * that in the end no worker waits for another one. It must not know what a test is about.
 */
import { statSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/** Parts of paths, the longest first. */
const LONGEST = [
  'test/faults/faults.test.ts',
  'test/e2e/examples.test.ts',
  'test/resources/contract.',
  'test/moves-proof/',
  'test/e2e/sweeps.test.ts',
  'test/e2e/move-to-fleet.test.ts',
  'test/e2e/',
  'test/operations/',
  'test/faults/',
  'test/sandbox/',
  'test/kube/',
];

const rankOf = ({ path }) => {
  const at = LONGEST.findIndex((part) => path.includes(part));
  return at < 0 ? LONGEST.length : at;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sized = [...tests].map((test) => ({ test, rank: rankOf(test), size: statSync(test.path).size }));
    return sized.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }
}
