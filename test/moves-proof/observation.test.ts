/** The comparison of what an observation counted with what people did: it sees a number that is another, and an end that is none. */
import { expect, test } from '@jest/globals';
import { observationFailures } from './observation.ts';

const RUN = {
  ending: { as: 'moved', interrupted: false },
  spec: { transition: { observation: { durationMinutes: 1 } } },
} as const;

const STARTED = '2026-01-01T10:00:30.000Z';
/** One request a second, for three minutes. */
const BOOK = { answered: Array.from({ length: 180 }, (_, second) => Date.parse(STARTED) + second * 1000) };

const said = (result: string, state = 'Done') => ({ state, startedTime: STARTED, result });
const words = (requests: string, percent = '0', minutes = '1 minute') =>
  `${requests} requests, ${percent} % answered with 5xx, p95 of 12 ms, in ${minutes}`;

const CASES = [
  { name: 'as many', step: said(words('60')), wrong: [] },
  { name: 'some were on their way', step: said(words('52')), wrong: [] },
  { name: 'fewer', step: said(words('51')), wrong: [/51 requests, and people know of 60/] },
  { name: 'more', step: said(words('1,060')), wrong: [/1060 requests/] },
  { name: 'some failed', step: said(words('60', '1.6')), wrong: [/1.6 %/] },
  { name: 'another time', step: said(words('60', '0', '2 minutes')), wrong: [/in 2 minutes/] },
  { name: 'it was not over', step: said('2 minutes left: 60 requests', 'Running'), wrong: [/is Running and says/] },
  { name: 'nobody has seen it', step: undefined, wrong: [/not there/] },
];

test.each(CASES)('$name', ({ step, wrong }) => {
  expect(observationFailures(RUN, step, BOOK)).toEqual(wrong.map((text) => expect.stringMatching(text)));
});

test('nothing is asked of a move without observation, and of one that is called off', () => {
  expect(observationFailures({ ...RUN, spec: {} }, undefined, BOOK)).toEqual([]);
  expect(observationFailures({ ...RUN, ending: { ...RUN.ending, as: 'called off' } }, undefined, BOOK)).toEqual([]);
});
