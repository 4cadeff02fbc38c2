/**
 * What users upload: in a folder of the data volume, or in the tier's bucket as soon as there is one. What was in the folder before
 * is found there until somebody has moved it. It must not acknowledge what is not kept.
 */
import { mkdirSync } from 'node:fs';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { readWhole, writeWhole } from './files.ts';
import type { Follower, Published } from './published.ts';
import { Unavailable } from './unavailable.ts';

interface Store {
  put(name: string, content: Buffer): Promise<void>;
  get(name: string): Promise<Buffer | undefined>;
}

/** All uploads, by names without slashes. */
export interface Uploads extends Store, Follower {}

const folderStore = (folder: string): Store => ({
  put: (name, content) => writeWhole(folder, name, content),
  get: (name) => readWhole(folder, name),
});

async function orUnavailable<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new Unavailable('the bucket cannot be reached', { cause: error });
  }
}

function bucketStore(client: S3Client, Bucket: string, prefix: string): Store {
  const read = async (name: string): Promise<Buffer | undefined> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `${prefix}${name}` }));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
  return {
    async put(name, Body) {
      await orUnavailable(client.send(new PutObjectCommand({ Bucket, Key: `${prefix}${name}`, Body })));
    },
    get: (name) => orUnavailable(read(name)),
  };
}

/** Uploads that lie in the folder until a bucket is published. The folder is there from now on: what lies in a bucket may be brought to it. */
export function createUploads(client: S3Client, folder: string): Uploads {
  mkdirSync(folder, { recursive: true });
  const local = folderStore(folder);
  let bucket: Store | undefined;
  return {
    follow(published: Published) {
      const [name, prefix = ''] = ['storage/bucket', 'storage/prefix'].map((key) => published.get(key));
      bucket = name === undefined ? undefined : bucketStore(client, name, prefix);
    },
    put: (name, content) => (bucket ?? local).put(name, content),
    get: async (name) => (await bucket?.get(name)) ?? local.get(name),
  };
}
