/**
 * What AWS does when its time has come: a change that becomes effective, a database that is gone. The stand-in would do it
 * at once, so the proxy asks it later, before it answers the first call after that time.
 */
import { progress } from '../lifecycle.ts';
import type { Scene } from './scene.ts';

interface Due {
  readonly course: string;
  /** States of the course in which the time has not come. */
  readonly until: readonly string[];
  readonly work: (scene: Scene) => Promise<void> | void;
}

const dues = ({ world, call }: Scene): Map<string, Due> => world.memory(call).store<Due>('rds due');
const turns = ({ world, call }: Scene): Map<string, Promise<void>> =>
  world.memory(call).store<Promise<void>>('rds turns');

/** Does something as soon as a course has left these states; another thing that was due under this name is dropped. */
export function later(scene: Scene, name: string, due: Due): void {
  dues(scene).delete(name);
  dues(scene).set(name, due);
}

/** Whether something is still to be done under this name. */
export function isDueLater(scene: Scene, name: string): boolean {
  return dues(scene).has(name);
}

/** Drops what is due under this name. */
export function dropDue(scene: Scene, name: string): void {
  dues(scene).delete(name);
}

async function run(scene: Scene): Promise<void> {
  for (const [name, due] of [...dues(scene)]) {
    const at = progress(scene.world, scene.call, due.course);
    if (at && due.until.includes(at.state)) continue;
    dues(scene).delete(name);
    await due.work(scene);
  }
}

/** Does what is due, one call at a time, so that nobody sees it half done. */
export async function settle(scene: Scene): Promise<void> {
  const before = turns(scene).get('last') ?? Promise.resolve();
  const turn = before.then(() => run(scene));
  turns(scene).set(
    'last',
    turn.catch(() => undefined),
  );
  await turn;
}
