/** Uploads come from a bucket to a directory while an app uses the one and then the other, with the real AWS command line. */
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Ground, makeGround, newOperation } from './ground.ts';

/** Characters that would break careless quoting. */
const ODD = `deep/er/it's "50 %" \\ of $it & ö.txt`;

let ground: Ground;

beforeEach(async () => {
  ground = await makeGround('111111111142');
  await publish();
});

afterEach(() => ground.end());

const keyOf = (name: string) => ({ Bucket: ground.bucket, Key: `uploads/${name}` });
const put = (name: string, Body: string, Metadata: Readonly<Record<string, string>> = {}) =>
  ground.account.s3.send(new PutObjectCommand({ ...keyOf(name), Body: Buffer.from(Body), Metadata }));
const remove = (name: string) => ground.account.s3.send(new DeleteObjectCommand(keyOf(name)));
const publish = () =>
  ground.account.ssm.send(new PutParameterCommand({ Name: ground.pointer, Value: ground.bucket, Type: 'String' }));
const withdraw = () => ground.account.ssm.send(new DeleteParameterCommand({ Name: ground.pointer }));

/** The app is reloaded, and does this just before it uses the directory. */
const RELOAD = 'echo reloaded >>"$SCALINGTIER_ROOT/reloads"';
const bring = (reload = RELOAD, more: Readonly<Record<string, string>> = {}) =>
  ground.run('bring', { arguments: { RELOAD: reload, ...more } });
/** A shell command that puts an object, as the app does that still uses the bucket. */
const putting = (name: string, text: string) =>
  `printf %s '${text}' | aws s3 cp - 's3://${ground.bucket}/uploads/${name}' --only-show-errors`;

describe('looking', () => {
  test('says how much there is', async () => {
    await put('a.txt', 'a');
    await put(ODD, 'odd');
    await put('folder/', '');
    expect((await ground.run('inspect')).answer).toEqual({ files: 2, bytes: 4 });
  });

  test('needs no directory where nothing is uploaded', async () => {
    expect((await ground.run('inspect', { arguments: { DIRECTORY: '' } })).answer).toEqual({ files: 0, bytes: 0 });
  });

  test('refuses uploads for which there is no directory', async () => {
    await put('a.txt', 'a');
    const { code, answer } = await ground.run('inspect', { arguments: { DIRECTORY: '' } });
    expect(code).toBe(1);
    expect(answer.failed).toContain('holds 1 files of users, and spec.transition.uploads.directory does not say');
  });

  test('says all that is wrong at once: the directory is not there, and names cannot be', async () => {
    for (const name of ['a', 'a/b', 'two//slashes', `${'x'.repeat(256)}.txt`]) await put(name, 'x');
    const { answer } = await ground.run('inspect', { arguments: { DIRECTORY: '/srv/nowhere' } });
    expect(answer.failed).toContain('there is no directory /srv/nowhere on the server');
    expect(answer.failed).toContain('spec.compute.userData');
    expect(answer.failed).toContain('3 objects in the bucket have names that no directory can hold');
    // Names are data.
    expect(answer.failed).not.toContain('slashes.');
  });

  test('refuses what has no room, with sizes and fields, and counts what is there already as that', async () => {
    await put('a.bin', 'x'.repeat(3 * 1024 * 1024));
    ground.replaceCommand(
      'python3',
      `case $1 in -c) PATH=\${PATH#*:}; shift; code=$1; shift; exec python3 -c "import os
class Room: f_bavail, f_frsize, f_files, f_favail = 1, 1048576, 0, 0
os.statvfs = lambda path: Room
$code" "$@" ;; esac`,
    );
    const { answer } = await ground.run('inspect');
    expect(answer.failed).toContain(
      'need 4 MiB, with a fifth to spare, and /srv/data/uploads on the server has 1 MiB free',
    );
    expect(answer.failed).toContain('raise spec.compute.dataVolume.sizeGiB');
    ground.write('a.bin', 'x'.repeat(3 * 1024 * 1024));
    expect((await ground.run('inspect')).answer).toMatchObject({ files: 1 });
  });
});

describe('copying beside the app', () => {
  test('brings every object, for whoever has the directory, and again what has changed', async () => {
    await put(ODD, 'odd');
    await put('a.txt', 'old', { scalingtier: 'copied' });
    expect((await ground.run('fetch')).answer).toEqual({ files: 2, bytes: 6 });
    expect([ground.read(ODD), ground.read('a.txt')]).toEqual(['odd', 'old']);
    const [made, directory] = [statSync(ground.pathOf(ODD)), statSync(ground.pathOf(''))];
    expect([made.uid, made.gid, made.mode & 0o777]).toEqual([directory.uid, directory.gid, 0o644]);
    expect(statSync(ground.pathOf('deep')).mode).toBe(directory.mode);
    await put('a.txt', 'of another size');
    await put('b.txt', 'new');
    expect((await ground.run('fetch')).answer).toMatchObject({ files: 3 });
    expect([ground.read('a.txt'), ground.read('b.txt')]).toEqual(['of another size', 'new']);
  });

  test('takes out what was deleted from the bucket since, and nothing that it did not bring', async () => {
    ground.write('theirs.txt', 'of the server');
    await put('a.txt', 'a');
    await ground.run('fetch');
    await remove('a.txt');
    await ground.run('fetch');
    expect([ground.has('a.txt'), ground.has('theirs.txt')]).toEqual([false, true]);
  });

  test('does nothing once the parameters name no bucket: the app may use the directory', async () => {
    await put('a.txt', 'a');
    await withdraw();
    const { code } = await ground.run('fetch');
    expect(code).toBe(1);
    expect(ground.has('a.txt')).toBe(false);
  });

  test('goes on when a copy failed, and says why when it goes on failing', async () => {
    await put('a.txt', 'a');
    const aws = (body: string) =>
      ground.replaceCommand('aws', `PATH=\${PATH#*:}; case $2 in sync) ${body} ;; esac; exec aws "$@"`);
    aws(`[ -e '${ground.root}/once' ] || { : >'${ground.root}/once'; echo 'fatal error: cut off' >&2; exit 1; }`);
    expect((await ground.run('fetch')).answer).toMatchObject({ files: 1 });
    aws(`echo 'fatal error: cut off' >&2; exit 1`);
    expect((await ground.run('fetch')).answer.failed).toContain('however often they were copied: fatal error: cut off');
  });
});

describe('having the app use the directory', () => {
  test('brings what was uploaded since the copy, until the very reload', async () => {
    await put('a.txt', 'a');
    await put('b.txt', 'b');
    await ground.run('fetch');
    await put('before.txt', 'before');
    await remove('b.txt');
    await withdraw();
    const { answer } = await bring(`${RELOAD}; ${putting('at-last.txt', 'at last')}`);
    expect(answer).toEqual({ different: 0, files: 3, bytes: 14, hashed: 3, left: 0 });
    expect(['a.txt', 'before.txt', 'at-last.txt'].map((name) => ground.read(name))).toEqual(['a', 'before', 'at last']);
    expect(ground.has('b.txt')).toBe(false);
    expect(readFileSync(`${ground.root}/reloads`, 'utf8')).toBe('reloaded\n');
  });

  test('brings many with one call, whatever they are called, and each by itself where that fails', async () => {
    const names = [ODD, '[a]*?.txt', '-b', 'c/d.txt', ...Array.from({ length: 8 }, (_, n) => `${n}.txt`)];
    for (const name of names) await put(name, name);
    // What these would stand for if they were patterns is there already, and stays.
    for (const name of ['a-.txt', '-b']) ground.write(name, 'of the server');
    utimesSync(ground.pathOf('-b'), 1_700_000_000, 1_700_000_000);
    await withdraw();
    const calls = ground.watchCalls();
    expect((await bring()).answer).toMatchObject({ different: 0, files: names.length });
    expect(names.map((name) => ground.read(name))).toEqual(names);
    expect([ground.read('a-.txt'), ground.has('.scalingtier-staged')]).toEqual(['of the server', false]);
    expect(calls().filter((call) => call.startsWith('s3 cp'))).toHaveLength(1);
    for (const name of ['x.txt', 'y.txt']) await put(name, name);
    ground.watchCalls('case $* in *--recursive*) exit 1 ;; esac');
    expect((await bring()).answer).toMatchObject({ different: 0, files: names.length + 2 });
    expect(['x.txt', 'y.txt'].map((name) => ground.read(name))).toEqual(['x.txt', 'y.txt']);
  });

  test('reloads the app when little is missing that was uploaded while it brought', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await put(name, 'before');
    await withdraw();
    const late = ['1', '2', '3', '4', '5'].map((name) => putting(name, 'meanwhile')).join('; ');
    ground.watchCalls(`case $* in *--include=a*) ${late} ;; esac`);
    await bring(`ls '${ground.pathOf('')}' >"$SCALINGTIER_ROOT/seen"`);
    expect(readFileSync(`${ground.root}/seen`, 'utf8')).toBe('1\n2\n3\n4\n5\na\nb\nc\nd\ne\nf\ng\n');
  });

  test('leaves alone what the app writes while it is brought', async () => {
    for (const name of ['a.txt', 'b.txt']) await put(name, 'older');
    await withdraw();
    const newer = `printf newer >'${ground.pathOf('a.txt')}'; touch -d '1 hour' '${ground.pathOf('a.txt')}'`;
    ground.watchCalls(`case $* in *--include=a.txt*) ${newer} ;; esac`);
    expect((await bring()).answer).toMatchObject({ different: 0, files: 1 });
    expect(['a.txt', 'b.txt'].map((name) => ground.read(name))).toEqual(['newer', 'older']);
  });

  test('leaves alone what the app has written and deleted in the directory since', async () => {
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await put(name, 'old');
    await ground.run('fetch');
    await withdraw();
    const [a, b] = [ground.pathOf('a.txt'), ground.pathOf('b.txt')];
    const { answer } = await bring(`printf new >'${a}'; rm '${b}'`);
    expect(answer).toMatchObject({ different: 0, files: 1 });
    expect([ground.read('a.txt'), ground.has('b.txt')]).toEqual(['new', false]);
  });

  test('run again after it was cut off, it leaves that alone as well', async () => {
    for (const name of ['a.txt', 'b.txt']) await put(name, 'old');
    await ground.run('fetch');
    await withdraw();
    const killed = await bring('exit 3');
    expect(killed.answer.failed).toContain('"exit 3" ended with code 3');
    ground.write('a.txt', 'new');
    ground.write('c.txt', 'of the app');
    await put('c.txt', 'older');
    utimesSync(ground.pathOf('c.txt'), Date.now() / 1000 + 3600, Date.now() / 1000 + 3600);
    const operation = newOperation();
    const again = () => ground.run('bring', { operation, arguments: { RELOAD } });
    const { answer } = await again();
    expect([ground.read('a.txt'), ground.read('b.txt'), ground.read('c.txt')]).toEqual(['new', 'old', 'of the app']);
    ground.write('b.txt', 'new');
    expect((await again()).answer).toEqual(answer);
    expect(ground.read('b.txt')).toBe('new');
  });

  test('puts right what is different although size and time do not tell', async () => {
    await put('a.txt', 'right');
    await ground.run('fetch');
    const { atimeMs, mtimeMs } = statSync(ground.pathOf('a.txt'));
    writeFileSync(ground.pathOf('a.txt'), 'wrong');
    utimesSync(ground.pathOf('a.txt'), atimeMs / 1000, mtimeMs / 1000);
    await withdraw();
    expect((await bring()).answer).toMatchObject({ different: 0, files: 1, hashed: 1 });
    expect(ground.read('a.txt')).toBe('right');
  });

  test('works without a copy, as on a server that came in the place of another', async () => {
    await put(ODD, 'odd');
    await withdraw();
    expect((await bring()).answer).toMatchObject({ files: 1, left: 0 });
    expect(ground.read(ODD)).toBe('odd');
  });

  test('only reloads the app where nothing is uploaded', async () => {
    await withdraw();
    expect((await bring(RELOAD, { DIRECTORY: '' })).answer).toMatchObject({ files: 0 });
    expect(readFileSync(`${ground.root}/reloads`, 'utf8')).toBe('reloaded\n');
  });

  test('waits for the parameters, and touches nothing while they name the bucket', async () => {
    await put('a.txt', 'a');
    ground.replaceCommand('sleep', 'exec /bin/sleep 0.01');
    ground.replaceCommand('aws', `[ "$1" = ssm ] || exit 9; echo '${ground.bucket}'`);
    const { answer } = await bring();
    expect(answer.failed).toContain('still names a bucket');
    expect(ground.has('a.txt')).toBe(false);
  });

  test('finds out an app that still uploads to the bucket', async () => {
    await withdraw();
    // Each time that it waits for quiet, something is uploaded.
    ground.replaceCommand(
      'sleep',
      `PATH=\${PATH#*:}; date +%s%N | aws s3 cp - s3://${ground.bucket}/uploads/again.txt`,
    );
    const { code, answer } = await bring();
    expect(code).toBe(1);
    expect(answer.failed).toContain('without the parameter storage/bucket it must write to the directory');
    expect(answer.failed).not.toContain('again.txt');
  });

  test('writes nowhere else, and counts what no directory can hold', async () => {
    // The stand-in takes such a key for the name of a bucket as well, and those are nobody else's twice.
    await put(`../../../outside-${randomUUID()}.txt`, 'outside');
    await put('a', 'a file');
    await put('a/b', 'in a folder of the same name');
    await withdraw();
    expect((await bring()).answer).toMatchObject({ files: 1, left: 2 });
    expect(ground.read('a')).toBe('a file');
  });
});
