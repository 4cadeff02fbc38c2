/** Where records are looked at, and the proxy's own questions about databases. It must not know any state. */
import { type Answer, type Call, type Params, succeeded } from '../call.ts';
import type { World } from '../world.ts';
import { type Element, parseXml } from '../xml.ts';

/** A call and what all steps share. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
}

/** Asks the stand-in about databases, whatever service the call in hand is for. */
export function ask({ world, call }: Scene, operation: string, params: Params): Promise<Answer> {
  return world.ask(call, operation, params, 'rds');
}

/** The root of an answer to a question; nothing when the stand-in refuses. */
export async function askXml(scene: Scene, operation: string, params: Params): Promise<Element | undefined> {
  const answer = await ask(scene, operation, params);
  return succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
}
