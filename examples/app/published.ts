/**
 * What the tier publishes for the app in the Parameter Store, read again and again: the app is never told at build time where
 * anything is. It must not judge what it reads: each part takes what is its own.
 */
import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';

/** Values by their names below the tier's prefix: `db/writer`. */
export type Published = ReadonlyMap<string, string>;

/** A part of the app that goes where it is sent. */
export interface Follower {
  /** May be told the same thing again, and something older than the last time. */
  follow(published: Published): Promise<void> | void;
}

/** Everything below the prefix. */
async function readAll(client: SSMClient, prefix: string): Promise<Published> {
  const found = new Map<string, string>();
  const pages = paginateGetParametersByPath({ client }, { Path: prefix, Recursive: true, WithDecryption: true });
  for await (const { Parameters = [] } of pages) {
    for (const { Name = '', Value = '' } of Parameters) found.set(Name.slice(prefix.length + 1), Value);
  }
  return found;
}

/** Answers with a function that reads what is published now and tells the followers; whoever calls meanwhile waits for the same reading. */
export function refresher(client: SSMClient, prefix: string, followers: readonly Follower[]): () => Promise<void> {
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    const published = await readAll(client, prefix);
    for (const follower of followers) await follower.follow(published);
  };
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}
