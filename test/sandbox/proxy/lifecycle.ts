/**
 * States that pass with time: AWS's own durations, compressed. Only what is on its way is remembered; before and after,
 * the stand-in's word holds. It must not know which states there are.
 */
import type { Call } from './call.ts';
import { compressed, now, type Span, within } from './clock.ts';
import type { World } from './world.ts';

/** A state and how long it lasts, in AWS's seconds; `least` is a floor in real seconds, whatever the factor. */
export interface Stage {
  readonly state: string;
  readonly seconds: Span;
  readonly least?: number;
}

interface Course {
  /** The call that began it: however long its answer takes, it shows the beginning, as AWS's does. */
  readonly call: Call['trace'];
  readonly began: number;
  readonly stages: readonly { readonly state: string; readonly until: number }[];
}

/** Where a course stands. */
export interface Progress {
  readonly state: string;
  /** Share of this stage that has passed, from 0 to 1. */
  readonly share: number;
}

type Place = { readonly account: string; readonly region: string; readonly trace?: Call['trace'] };

const courses = (world: World, place: Place): Map<string, Course> => world.memory(place).store<Course>('courses');

/** Begins a course; one that was under way under this key ends. */
export function begin(world: World, call: Call, key: string, stages: readonly Stage[]): void {
  const { factor } = world.settings.of(call.account);
  const began = now();
  let until = began;
  const planned = stages.map(({ state, seconds, least = 0 }) => {
    const name = `${state}/${key.replace(/^([a-z]+)-[^/]*/, '$1')}`;
    until += Math.max(compressed(within(seconds, world.draw(call, name)), factor), least * 1000);
    return { state, until };
  });
  courses(world, call).set(key, { call: call.trace, began, stages: planned });
}

/** The time that it is for whoever asks. */
const timeFor = ({ call, began }: Course, { trace }: Place): number => (trace === call ? began : now());

/** Which stage a course is in, for whoever asks. */
function stageAt(course: Course, place: Place): number {
  const time = timeFor(course, place);
  return course.stages.findIndex((stage) => time < stage.until);
}

/** Where a course stands; `undefined` when there is none or it is over. */
export function progress(world: World, place: Place, key: string): Progress | undefined {
  const course = courses(world, place).get(key);
  if (!course) return undefined;
  const index = stageAt(course, place);
  const stage = course.stages[index];
  if (!stage) return undefined;
  const start = course.stages[index - 1]?.until ?? course.began;
  return { state: stage.state, share: (timeFor(course, place) - start) / (stage.until - start) };
}

/** Milliseconds until a course is over; 0 when it is. */
export function remaining(world: World, place: Place, key: string): number {
  const last = courses(world, place).get(key)?.stages.at(-1);
  return last ? Math.max(0, last.until - now()) : 0;
}

/** Milliseconds until the stage that a course is in is over; 0 when none is under way. */
export function stageLeft(world: World, place: Place, key: string): number {
  const course = courses(world, place).get(key);
  const stage = course?.stages[stageAt(course, place)];
  return stage ? Math.max(0, stage.until - now()) : 0;
}
