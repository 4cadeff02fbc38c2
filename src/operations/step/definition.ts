/** What one sort of step is: what runs on a server, for how long it may, and how it is taken back. Types only. */

/** A step by its name; `A` is what it answers, in texts and numbers. */
export interface StepDefinition<A extends object = object> {
  /** `database.freeze`: what records and plans call it. */
  readonly name: string;
  /** What runs on the server, as composed with its arguments; absent: the operator decides, and answers what it was given. */
  readonly script?: Script;
  /** What takes it back. Absent: nothing has to be. */
  readonly undo?: Script;
  /** Whether one that failed is tried again every minute: it is over the switch, and there is no other way. */
  readonly again?: boolean;
  /** What came of it, in one line for people: counts and times. */
  readonly result?: (answer: Readonly<Record<string, unknown>>) => string;
  /** Phantom: what references may name. */
  readonly answer?: A;
}

/** A script of a server. */
export interface Script {
  readonly text: string;
  /** What it shares with others, and what comes before it. */
  readonly library?: string;
  /** AWS ends it after so many seconds. */
  readonly seconds: number;
}
