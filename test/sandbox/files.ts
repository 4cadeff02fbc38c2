/**
 * Small JSON files that several processes read while one writes them. Every write is whole or absent: readers must never
 * see half a file, whatever moment the writer is killed at.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hasCode } from './system-error.ts';

/** Writes a JSON file in one step, readable by its owner only. */
export function writeJson(file: string, value: unknown): void {
  writeWhole(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a text file in one step, readable by its owner only. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Reads a JSON file; `undefined` when it is not there. The caller names the type because only the sandbox writes these. */
export function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`reading "${file}": not JSON`, { cause: error });
  }
}
