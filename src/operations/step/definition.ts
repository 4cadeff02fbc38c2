/** What one sort of step is: what runs on a server, for how long it may, and how it is taken back. Types only. */
import type { Aws } from '../../aws/driver.ts';
import type { Progress } from './command.ts';

/** A step by its name; `A` is what it answers, in texts and numbers. */
export interface StepDefinition<A extends object = object> {
  /** `database.freeze`: what records and plans call it. */
  readonly name: string;
  /** What runs on the server, as composed with its arguments; absent: the operator decides, and answers what it was given. */
  readonly script?: Script;
  /** What takes it back. Absent: nothing has to be. */
  readonly undo?: Script;
  /**
   * A person says that it is done, by an approval: what has to be done, for people, from what the step was given. Where nobody says
   * so in the time that the step has, it fails.
   */
  readonly asks?: (given: Readonly<Record<string, string>>) => string;
  /**
   * What AWS says of it, where it is a judgement on what AWS has measured: how far it is, from what was given and nothing else that
   * is remembered. It changes nothing.
   */
  readonly watch?: (aws: Aws, watched: Watched) => Promise<Progress>;
  /** Whether one that failed is tried again every minute, where nothing ends the attempt first: there is no other way, or others must act. */
  readonly again?: boolean;
  /** What came of it, in one line for people: counts and times. */
  readonly result?: (answer: Readonly<Record<string, unknown>>) => string;
  /** Phantom: what references may name. */
  readonly answer?: A;
}

/** What a judgement is made of: what the step was given, and times in milliseconds since 1970. */
export interface Watched {
  readonly given: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly now: number;
}

/** A script of a server. */
export interface Script {
  readonly text: string;
  /** What it shares with others, and what comes before it. */
  readonly library?: string;
  /** AWS ends it after so many seconds. */
  readonly seconds: number;
}
