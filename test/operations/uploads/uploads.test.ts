/** Uploads move from a directory to a bucket and back, with the real AWS command line: nothing is lost, whatever happens meanwhile. */
import { randomUUID } from 'node:crypto';
import { statSync, utimesSync } from 'node:fs';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Ground, makeGround, newOperation } from './ground.ts';

/** Characters that would break careless quoting. */
const ODD = `deep/er/it's "50 %" \\ of $it & ö.txt`;
/** More than one part of an upload. */
const LARGE = 'x'.repeat(9 * 1024 * 1024);

let ground: Ground;

beforeEach(async () => {
  ground = await makeGround('111111111141');
});

afterEach(() => ground.end());

async function objects(): Promise<Readonly<Record<string, number>>> {
  const { Contents = [] } = await ground.account.s3.send(new ListObjectsV2Command({ Bucket: ground.bucket }));
  return Object.fromEntries(Contents.map(({ Key = '', Size = 0 }) => [Key, Size]));
}

const put = (name: string, Body: string, Metadata: Readonly<Record<string, string>> = {}) =>
  ground.account.s3.send(new PutObjectCommand({ Bucket: ground.bucket, Key: `uploads/${name}`, Body, Metadata }));

async function contentOf(name: string): Promise<string | undefined> {
  const call = new GetObjectCommand({ Bucket: ground.bucket, Key: `uploads/${name}` });
  return (await ground.account.s3.send(call)).Body?.transformToString();
}

const publish = () =>
  ground.account.ssm.send(new PutParameterCommand({ Name: ground.pointer, Value: ground.bucket, Type: 'String' }));

describe('copying', () => {
  test('brings every file, and again only what has changed', async () => {
    ground.write(ODD, 'odd');
    ground.write('large.bin', LARGE);
    const { answer } = await ground.run('copy');
    expect(answer).toEqual({ files: 2, bytes: LARGE.length + 3 });
    expect(await objects()).toEqual({ [`uploads/${ODD}`]: 3, 'uploads/large.bin': LARGE.length });
    ground.write('late.txt', 'late');
    ground.write(ODD, 'another');
    await put('theirs.txt', 'theirs');
    expect((await ground.run('settle')).answer).toMatchObject({ files: 3, different: 0, hashed: 2 });
    expect(await objects()).toMatchObject({
      ...{ 'uploads/late.txt': 4, [`uploads/${ODD}`]: 7 },
      // What the app has put there is left alone.
      'uploads/theirs.txt': 6,
    });
  });

  test('drops what a way back that was cut off has left', async () => {
    ground.write('deep/a.txt', 'a');
    ground.write('.scalingtier-staged/deep/a.txt', 'a');
    ground.write('deep/.scalingtier', 'half');
    expect((await ground.run('copy')).answer).toEqual({ files: 1, bytes: 1 });
    expect(await objects()).toEqual({ 'uploads/deep/a.txt': 1 });
    expect([ground.has('.scalingtier-staged'), ground.has('deep/.scalingtier')]).toEqual([false, false]);
  });

  test.each(['copy', 'settle'] as const)('%s has nothing to do where nothing is uploaded', async (step) => {
    expect((await ground.run(step, { arguments: { DIRECTORY: '' } })).answer).toMatchObject({ files: 0 });
  });

  test.each(['copy', 'settle'] as const)('%s names the field when there is no such directory', async (step) => {
    const { code, answer } = await ground.run(step, { arguments: { DIRECTORY: '/srv/nowhere' } });
    expect(code).toBe(1);
    expect(answer.failed).toContain('spec.transition.uploads.directory');
  });

  test('a run that is repeated answers what the first one did', async () => {
    const operation = newOperation();
    ground.write('a.txt', 'a');
    const first = await ground.run('copy', { operation });
    ground.write('b.txt', 'b');
    expect((await ground.run('copy', { operation })).answer).toEqual(first.answer);
    expect(await objects()).toEqual({ 'uploads/a.txt': 1 });
  });
});

describe('settling', () => {
  test('puts right what is different of ours in the bucket although size and time do not tell', async () => {
    ground.write('a.txt', 'right');
    utimesSync(ground.pathOf('a.txt'), 1_700_000_000, 1_700_000_000);
    await ground.run('copy');
    await put('a.txt', 'wrong', { scalingtier: 'copied' });
    expect((await ground.run('settle')).answer).toMatchObject({ files: 1, different: 0, hashed: 1 });
    expect(await contentOf('a.txt')).toBe('right');
  });

  test('leaves alone what the app has put into the bucket, and taken out of it, since it was sent there', async () => {
    for (const name of ['a.txt', 'b.txt']) ground.write(name, 'old');
    await ground.run('copy');
    await put('a.txt', 'of another size');
    await ground.account.s3.send(new DeleteObjectCommand({ Bucket: ground.bucket, Key: 'uploads/b.txt' }));
    expect((await ground.run('settle')).answer).toMatchObject({ files: 2, different: 0 });
    expect(await contentOf('a.txt')).toBe('of another size');
    expect(await objects()).not.toHaveProperty('uploads/b.txt');
  });

  test('brings what came into the directory while it was copied', async () => {
    ground.write('a.txt', 'a');
    // As an upload that comes when that folder has been listed already.
    ground.replaceCommand(
      'aws',
      `real=$(PATH=\${PATH#*:} command -v aws); "$real" "$@" || exit; case "$2" in sync) echo late >'${ground.pathOf('late.txt')}' ;; esac`,
    );
    await ground.run('copy');
    ground.restoreCommand('aws');
    expect(await objects()).toEqual({ 'uploads/a.txt': 1 });
    expect((await ground.run('settle')).answer).toMatchObject({ files: 2, different: 0 });
    expect(await objects()).toEqual({ 'uploads/a.txt': 1, 'uploads/late.txt': 5 });
  });

  test('names the way out on a server that came in the place of another', async () => {
    expect((await ground.run('settle')).answer.failed).toContain('another has come in its place');
  });

  test('finds out an app that still writes to the directory', async () => {
    ground.write('a.txt', 'a');
    await ground.run('copy');
    // Each time that it waits for quiet, something is written.
    ground.replaceCommand('sleep', `date +%s%N >>'${ground.pathOf('again.txt')}'; exec /bin/sleep 0.1`);
    const { code, answer } = await ground.run('settle');
    expect(code).toBe(1);
    expect(answer.failed).toContain('must write to the bucket that the parameter storage/bucket names');
    // Names are data.
    expect(answer.failed).not.toContain('again.txt');
  });
});

describe('taking it back', () => {
  const operation = newOperation();
  const RELOAD = 'echo reloaded >>"$SCALINGTIER_ROOT/reloads"';
  const back = (undo = 1) => ground.run('return', { operation, undo, arguments: { RELOAD } });

  test('brings what the app has uploaded, with the owner and the rights of the directory', async () => {
    ground.write('a.txt', 'a');
    await ground.run('copy', { operation });
    await put(ODD, 'theirs');
    await put('a.txt', 'another');
    const { answer } = await back();
    expect(answer).toEqual({ returned: 2, left: 0 });
    expect([ground.read(ODD), ground.read('a.txt')]).toEqual(['theirs', 'another']);
    const [made, directory] = [statSync(ground.pathOf(ODD)), statSync(ground.pathOf(''))];
    expect([made.uid, made.gid, made.mode & 0o777]).toEqual([directory.uid, directory.gid, 0o644]);
    expect(statSync(ground.pathOf('deep')).mode).toBe(directory.mode);
  });

  test('keeps what is newer in the directory, and never takes our own copy for an upload', async () => {
    ground.write('a.txt', 'old');
    ground.write('b.txt', 'old');
    await ground.run('copy', { operation });
    await put('b.txt', 'theirs');
    for (const name of ['a.txt', 'b.txt']) ground.write(name, 'newer');
    const soon = Date.now() / 1000 + 3600;
    utimesSync(ground.pathOf('b.txt'), soon, soon);
    // Older than our copy: the bucket has nothing of the app's of it.
    utimesSync(ground.pathOf('a.txt'), 1_700_000_000, 1_700_000_000);
    expect((await back()).answer).toEqual({ returned: 0, left: 0 });
    expect([ground.read('a.txt'), ground.read('b.txt')]).toEqual(['newer', 'newer']);
  });

  test('asks only of what was copied, and is another in the directory, whose it is', async () => {
    for (const name of ['a.txt', 'b.txt', 'c.txt']) ground.write(name, name);
    await ground.run('copy', { operation });
    ground.write('late.txt', 'late');
    await ground.run('settle');
    ground.write('c.txt', 'another');
    await put('late.txt', 'theirs');
    await put('theirs.txt', 'theirs');
    for (const name of ['c.txt', 'late.txt']) utimesSync(ground.pathOf(name), 1_700_000_000, 1_700_000_000);
    const calls = ground.watchCalls();
    expect((await back()).answer).toEqual({ returned: 2, left: 0 });
    const asked = calls().filter((call) => call.includes('head-object'));
    expect(new Set(asked.map((call) => /--key (\S+)/.exec(call)?.[1]))).toEqual(
      new Set(['uploads/c.txt', 'uploads/late.txt']),
    );
    expect(['c.txt', 'late.txt', 'theirs.txt'].map((name) => ground.read(name))).toEqual([
      'another',
      'theirs',
      'theirs',
    ]);
  });

  test('does nothing while the parameters name the bucket: the move went on to its end', async () => {
    await ground.run('copy', { operation });
    await put('theirs.txt', 'theirs');
    await publish();
    expect((await back()).answer).toEqual({ kept: true });
    expect(ground.has('theirs.txt')).toBe(false);
  });

  test('brings what the app has uploaded to a server that came in the place of another', async () => {
    await put('theirs.txt', 'theirs');
    expect((await back()).answer).toEqual({ returned: 1, left: 0 });
    expect(ground.read('theirs.txt')).toBe('theirs');
  });

  test('writes nowhere else, whatever an object is called', async () => {
    await ground.run('copy', { operation });
    // The stand-in takes such a key for the name of a bucket as well, and those are nobody else's twice.
    await put(`../../../outside-${randomUUID()}.txt`, 'outside');
    await put('folder/', ' ');
    await put('a', 'a file');
    await put('a/b', 'in a folder of the same name');
    // What lies outside, and what no directory can hold, is left.
    expect((await back()).answer).toEqual({ returned: 1, left: 2 });
    expect(ground.read('a')).toBe('a file');
  });

  test('says so when the app cannot be reloaded, and is tried again', async () => {
    await ground.run('copy', { operation });
    await put('theirs.txt', 'theirs');
    const failed = await ground.run('return', { operation, undo: 1, arguments: { RELOAD: 'exit 3' } });
    expect(failed.code).toBe(1);
    expect(failed.answer.failed).toContain('"exit 3" ended with code 3');
    expect((await back(2)).answer).toEqual({ returned: 0, left: 0 });
    expect(ground.read('theirs.txt')).toBe('theirs');
  });
});
