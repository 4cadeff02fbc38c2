/**
 * Reads a watch stream, one JSON line after the other, until it ends, breaks or falls silent. It must not interpret the
 * objects, and must never skip a line: what cannot be read ends the stream.
 */
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from './clock.ts';

/** One line of a watch stream. */
export interface WatchLine {
  readonly type: string;
  readonly object: unknown;
}

/** How a stream ended: by the server, cut off, without a sign of life, with a line that is not a line. */
export type StreamEnd = 'closed' | 'reset' | 'idle' | 'garbled';

/** How to read. */
export interface ReadOptions {
  readonly clock: Clock;
  /** A stream that says nothing for so long is taken for dead. */
  readonly idleMilliseconds: number;
  /** Called for each line; throwing ends the stream with that error. */
  onLine(line: WatchLine): void;
}

const LONGEST_LINE = 32 * 1024 * 1024;

/** Reads to the end; rejects only with what `onLine` threw. */
export function readWatch(stream: IncomingMessage, options: ReadOptions): Promise<StreamEnd> {
  return new Promise((resolve, reject) => {
    const lines = lineSplitter();
    let settled = false;
    let cancelIdle = () => {};
    const finish = (settle: () => void) => {
      if (settled) return;
      settled = true;
      cancelIdle();
      stream.destroy();
      settle();
    };
    const waitForSign = () => {
      cancelIdle();
      cancelIdle = options.clock.after(options.idleMilliseconds, () => finish(() => resolve('idle')));
    };
    stream.on('data', (chunk: Buffer) => {
      if (settled) return;
      waitForSign();
      try {
        if (!lines.push(chunk, options.onLine)) finish(() => resolve('garbled'));
      } catch (error) {
        finish(() => reject(error));
      }
    });
    // A line cut short is no loss: the next stream starts before it.
    stream.on('end', () => finish(() => resolve(stream.complete ? 'closed' : 'reset')));
    stream.on('error', () => finish(() => resolve('reset')));
    stream.on('close', () => finish(() => resolve('reset')));
    waitForSign();
  });
}

function lineSplitter() {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    /** False when a line cannot be read. */
    push: (chunk: Buffer, onLine: (line: WatchLine) => void): boolean => {
      const pieces = (rest + decoder.write(chunk)).split('\n');
      rest = pieces.pop() ?? '';
      for (const piece of pieces) {
        if (piece.trim() === '') continue;
        const line = parseLine(piece);
        if (line === undefined) return false;
        onLine(line);
      }
      return rest.length <= LONGEST_LINE;
    },
  };
}

function parseLine(text: string): WatchLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { type, object } = value as { type?: unknown; object?: unknown };
    return typeof type === 'string' && typeof object === 'object' && object !== null ? { type, object } : undefined;
  } catch {
    return undefined;
  }
}
