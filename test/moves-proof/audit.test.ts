/** The comparison at the end of every run: it sees what is lost, changed, there twice, or nobody's. */
import { expect, test } from '@jest/globals';
import { compareNotes } from './audit.ts';

const book = {
  notes: new Map([
    ['1', 'one'],
    ['2', 'two'],
  ]),
  doubtful: new Set(['three']),
};

const CASES = [
  { name: 'all is there', there: ['1 one', '2 two'], lost: [], duplicated: [] },
  { name: 'what was not acknowledged may be there', there: ['1 one', '2 two', '3 three'], lost: [], duplicated: [] },
  { name: 'one is missing', there: ['1 one'], lost: ['note 2'], duplicated: [] },
  { name: 'one is another', there: ['1 one', '2 three'], lost: ['note 2'], duplicated: [] },
  { name: 'one is there twice', there: ['1 one', '2 two', '3 two'], lost: [], duplicated: ['note "two"'] },
  { name: 'one is nobody’s', there: ['1 one', '2 two', '3 four'], lost: [], duplicated: ['note "four"'] },
];

test.each(CASES)('$name', ({ there, lost, duplicated }) => {
  const rows = there.map((row) => row.split(' ') as [string, string]);
  expect(compareNotes(book, rows)).toEqual({ lost, duplicated });
});
