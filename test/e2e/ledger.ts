/**
 * Somebody who uses the app all the time: writes notes where the tier says that the database is, and keeps a ledger of every
 * one that was acknowledged. It goes by what the app goes by: the parameters, a role of its own, and what the server answers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { Account } from '../sandbox/account.ts';
import { psql } from '../sandbox/databases/psql.ts';

/** Who writes, and where. */
export interface Writer {
  readonly account: Account;
  /** The tier's parameters stand below it. */
  readonly prefix: string;
  /** What `localhost` means to the app. */
  readonly local: { readonly host: string; readonly port: number };
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** What came of writing. */
export interface Ledger {
  /** Numbers of the notes that the server acknowledged. */
  readonly acknowledged: readonly number[];
  /** Writes that were refused or lost, whose notes may or may not be there. */
  readonly refused: number;
  /** Longest time without an acknowledged write, in seconds. */
  readonly longestGapSeconds: number;
  /** Hosts that acknowledged something, in the order of their first. */
  readonly hosts: readonly string[];
}

const PAUSE_MILLISECONDS = 50;

/** Starts writing; `stop` ends it and answers with the ledger. */
export function startLedger(writer: Writer): { stop(): Promise<Ledger>; count(): number } {
  const acknowledged: number[] = [];
  const hosts: string[] = [];
  let [refused, longest, last, number] = [0, 0, Date.now(), 0];
  let place: { host: string; port: number } | undefined;
  let going = true;

  const find = async (): Promise<{ host: string; port: number }> => {
    const Names = [`${writer.prefix}/db/writer`, `${writer.prefix}/db/port`];
    const { Parameters = [] } = await writer.account.ssm.send(new GetParametersCommand({ Names }));
    const [host = '', port = ''] = Names.map((name) => Parameters.find(({ Name }) => Name === name)?.Value);
    return host === 'localhost' ? writer.local : { host, port: Number(port) };
  };

  const write = async (): Promise<void> => {
    number += 1;
    try {
      place ??= await find();
      const { database, user, password } = writer;
      await psql({ ...place, database, user, password }, `INSERT INTO notes (number) VALUES (${number})`);
      acknowledged.push(number);
      if (!hosts.includes(place.host)) hosts.push(place.host);
      longest = Math.max(longest, Date.now() - last);
      last = Date.now();
    } catch {
      refused += 1;
      // As an app that follows its parameters: whoever refuses may not be the one any more.
      place = undefined;
    }
  };

  const run = (async () => {
    while (going) {
      await write();
      await delay(PAUSE_MILLISECONDS);
    }
  })();

  return {
    count: () => acknowledged.length,
    async stop() {
      going = false;
      await run;
      return { acknowledged, refused, longestGapSeconds: Math.max(longest, Date.now() - last) / 1000, hosts };
    },
  };
}
