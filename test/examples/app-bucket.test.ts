/** The example app's uploads when its tier publishes a bucket: new ones go there, and those of before are still found. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Unavailable } from '../../examples/app/unavailable.ts';
import { createUploads } from '../../examples/app/uploads.ts';
import { type Account, enterAccount } from '../sandbox/account.ts';
import { attachSandbox } from '../sandbox/attach.ts';

const BUCKET = 'app-uploads';

let account: Account;
let folder: string;

beforeAll(async () => {
  account = await enterAccount(attachSandbox().aws.endpoint, '111111111160');
  await account.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  folder = mkdtempSync(path.join(tmpdir(), 'uploads-'));
});

afterAll(() => {
  account?.close();
  rmSync(folder, { recursive: true });
});

test('what was uploaded before and after is there, each where it was put', async () => {
  const uploads = createUploads(account.s3, folder);
  await uploads.put('old', Buffer.from('before'));
  uploads.follow(
    new Map([
      ['storage/bucket', BUCKET],
      ['storage/prefix', 'uploads/'],
    ]),
  );
  await uploads.put('new', Buffer.from('after'));
  expect((await uploads.get('old'))?.toString()).toBe('before');
  expect((await uploads.get('new'))?.toString()).toBe('after');
  expect(await uploads.get('other')).toBeUndefined();
  const { Contents = [] } = await account.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  expect(Contents.map(({ Key }) => Key)).toEqual(['uploads/new']);
  expect(readdirSync(folder)).toEqual(['old']);
});

test('the folder is there before anything is uploaded, for what a move brings back', () => {
  const place = path.join(folder, 'data', 'uploads');
  createUploads(account.s3, place);
  expect(existsSync(place)).toBe(true);
});

test('a bucket that cannot be reached acknowledges nothing', async () => {
  const uploads = createUploads(account.s3, folder);
  uploads.follow(new Map([['storage/bucket', 'nobody-has-this-bucket']]));
  await expect(uploads.put('new', Buffer.from('lost'))).rejects.toThrow(Unavailable);
});
