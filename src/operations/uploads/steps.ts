/** The steps by which uploads move from a server to a bucket, and back. What each does is its script. */
import type { Script, StepDefinition } from '../step/definition.ts';
import { BRING, COPY, FETCH, INSPECT, LIBRARY, RETURN, SETTLE } from './scripts.ts';

const DAY = 86_400;

const script = (text: string): Script => ({ library: LIBRARY, text, seconds: DAY });

const MEBIBYTE = 1_048_576;

const amount = (files: unknown, bytes: unknown): string =>
  `${Number(files ?? 0)} file${Number(files) === 1 ? '' : 's'}, ${Math.ceil(Number(bytes ?? 0) / MEBIBYTE)} MiB`;

/** Copies them beside the running app; its undo brings back what the app has uploaded to the bucket since. */
export const copyUploads: StepDefinition<{ files: number }> = {
  name: 'uploads.copy',
  script: script(COPY),
  undo: script(RETURN),
  result: ({ files, bytes }) => amount(files, bytes),
};

/** Copies the rest once the app writes to the bucket, and proves that nothing is missing there. */
export const settleUploads: StepDefinition<{ files: number }> = {
  name: 'uploads.settle',
  script: script(SETTLE),
  result: ({ files, bytes, hashed }) =>
    `${amount(files, bytes)}, ${Number(hashed ?? 0)} compared by MD5, none different`,
};

/** Looks whether they can come from the bucket to the server. */
export const inspectUploads: StepDefinition<{ files: number }> = {
  name: 'uploads.inspect',
  script: script(INSPECT),
  result: ({ files, bytes }) => amount(files, bytes),
};

/** Copies them from the bucket to the server beside the running app; what it has copied is of use to the next try. */
export const fetchUploads: StepDefinition<{ files: number }> = {
  name: 'uploads.fetch',
  script: script(FETCH),
  again: true,
  result: ({ files, bytes }) => amount(files, bytes),
};

/** Has the app use the directory in place of the bucket, brings the rest, and proves that nothing is missing. */
export const bringUploads: StepDefinition<{ files: number }> = {
  name: 'uploads.bring',
  script: script(BRING),
  again: true,
  result: ({ files, bytes, hashed, left }) =>
    `${amount(files, bytes)}, ${Number(hashed ?? 0)} compared by MD5, none different${left ? `; ${Number(left)} that no directory can hold are in the bucket alone` : ''}`,
};
