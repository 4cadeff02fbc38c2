/**
 * Which account an access key belongs to. The stand-in keeps accounts apart by the account of the assumed role, so the
 * answers of AssumeRole that pass through are read; a key that nobody saw being given out is asked for once.
 */
import { type Answer, type Call, succeeded, text } from './call.ts';

/** The account of every key that was not given out by AssumeRole. */
export const DEFAULT_ACCOUNT = '123456789012';

/** Keys of temporary credentials. */
const TEMPORARY = /^ASIA/;

/** What is known of access keys. */
export interface Accounts {
  of(accessKey: string): Promise<string>;
  /** The account in which a call takes place: that of the role, where one is assumed, else its own. */
  placeOf(call: Call): string;
  learn(call: Call, answer: Answer): void;
}

/** Asks the stand-in for the account behind a key. */
export type AskAccount = (accessKey: string) => Promise<string | undefined>;

const ROLE = /^arn:[^:]+:iam::(\d{12}):/;

const assumes = (call: Call): boolean => call.operation.startsWith('AssumeRole');

/** Knows no key yet. */
export function createAccounts(ask: AskAccount): Accounts {
  const known = new Map<string, Promise<string>>();
  return {
    of(accessKey) {
      if (!TEMPORARY.test(accessKey)) return Promise.resolve(DEFAULT_ACCOUNT);
      const account = known.get(accessKey) ?? ask(accessKey).then((found) => found ?? DEFAULT_ACCOUNT);
      known.set(accessKey, account);
      return account;
    },
    placeOf: (call) => (assumes(call) && ROLE.exec(text(call.params, 'RoleArn') ?? '')?.[1]) || call.account,
    learn(call, answer) {
      if (!assumes(call) || !succeeded(answer)) return;
      const body = answer.body.toString();
      const key = /<AccessKeyId>([^<]+)</.exec(body)?.[1];
      const account = /<Arn>arn:[^:]+:sts::(\d{12}):/.exec(body)?.[1];
      if (key !== undefined && account !== undefined) known.set(key, Promise.resolve(account));
    },
  };
}
