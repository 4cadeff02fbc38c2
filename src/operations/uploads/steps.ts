/** The steps by which uploads move from a server to a bucket. What each does is its script. */
import type { Script, StepDefinition } from '../step/definition.ts';
import { COPY, LIBRARY, RETURN, SETTLE } from './scripts.ts';

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
