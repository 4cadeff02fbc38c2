/**
 * The stream of one watch on its way to the client, line by line, with hands to disturb it. It must not change a line: an
 * event comes whole, late or not at all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeCall } from './call.ts';
import type { WatchEffect } from './fault.ts';

/** One open watch. */
export interface Channel {
  readonly call: KubeCall;
  /** Disturbs it from now on. */
  disturb(id: string, effect: WatchEffect): void;
  /** Takes back what a rule does; what it held back comes now. A connection that was lost stays lost. */
  release(id: string): void;
}

interface Flow {
  readonly effects: Map<string, WatchEffect>;
  held: Buffer[];
  rest: Buffer;
  ended: boolean;
}

const LINE_BREAK = 10;

const typeOf = (line: Buffer): string => /"type":"([A-Z]+)"/.exec(line.subarray(0, 200).toString())?.[1] ?? '';

/** Passes a stream on. */
export function openChannel(call: KubeCall, upstream: IncomingMessage, response: ServerResponse): Channel {
  const flow: Flow = { effects: new Map(), held: [], rest: Buffer.alloc(0), ended: false };
  const has = (kind: WatchEffect['kind']): boolean => [...flow.effects.values()].some((effect) => effect.kind === kind);
  const isDropped = (line: Buffer): boolean =>
    [...flow.effects.values()].some(
      (effect) => effect.kind === 'watchDrop' && (effect.types?.includes(typeOf(line)) ?? true),
    );
  const pass = (line: Buffer): void => {
    if (has('watchSilence') || isDropped(line)) return;
    if (has('watchHold')) flow.held.push(line);
    else response.write(line);
  };
  const finish = (): void => {
    if (flow.ended && !has('watchSilence') && !has('watchHold')) response.end();
  };
  upstream.on('data', (chunk: Buffer) => {
    flow.rest = Buffer.concat([flow.rest, chunk]);
    for (let end = flow.rest.indexOf(LINE_BREAK); end >= 0; end = flow.rest.indexOf(LINE_BREAK)) {
      pass(flow.rest.subarray(0, end + 1));
      flow.rest = flow.rest.subarray(end + 1);
    }
  });
  upstream.on('end', () => {
    flow.ended = true;
    finish();
  });
  // What breaks behind the proxy breaks before it, unless the client is not to learn of it.
  upstream.on('error', () => {
    if (!has('watchSilence')) response.socket?.resetAndDestroy();
  });
  response.on('close', () => upstream.destroy());
  return {
    call,
    disturb(id, effect) {
      flow.effects.set(id, effect);
      if (effect.kind !== 'watchCut') return;
      if (effect.how === 'end') response.end();
      else response.socket?.resetAndDestroy();
    },
    release(id) {
      if (flow.effects.get(id)?.kind !== 'watchSilence') flow.effects.delete(id);
      if (has('watchHold')) return;
      const held = flow.held;
      flow.held = [];
      for (const line of held) pass(line);
      finish();
    },
  };
}
