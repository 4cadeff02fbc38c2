/** The data volume at boot: blank is formatted once, data is kept for ever, and what is not ours is never touched. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasLoopDevices, type Server, server, VOLUME_ID } from './server.ts';
import { blank, encrypted, ext4, made, NOISE, partitionTable, physicalVolume, put, VOLUME_BYTES } from './volume.ts';

const READY = 'run/scalingtier/data-volume-ready';
const RECORD = `var/lib/scalingtier/formatting-${VOLUME_ID}`;
const ways = [{ way: 'plain files', devices: false }];
// Real devices are an addition: every case runs on plain files wherever the tests run.
if (hasLoopDevices()) ways.push({ way: 'loop devices', devices: true });

/** Whether this process holds CAP_SYS_RESOURCE, bit 24. */
function mayGrowMounted(): boolean {
  const effective = /^CapEff:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
}

describe.each(ways)('the data volume at boot, on $way', ({ devices }) => {
  let folder: string;
  let image: string;
  let host: Server;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scalingtier-volume-'));
    image = join(folder, 'image');
    blank(image);
    host = server(devices);
  });
  afterEach(() => {
    host.shutDown();
    rmSync(folder, { recursive: true });
  });

  const digest = () => createHash('sha256').update(readFileSync(image)).digest('hex');
  const uuid = () => /Filesystem UUID:\s+(\S+)/.exec(ext4(image, 'stats -h'))?.[1];
  const blocks = () => Number(/Block count:\s+(\d+)/.exec(ext4(image, 'stats -h'))?.[1]);
  const store = (text: string) => {
    const from = join(folder, 'from');
    writeFileSync(from, text);
    ext4(image, `write ${from} table`);
  };

  test('a blank volume gets a labelled ext4 file system, is mounted and named in fstab', () => {
    host.attach(image);

    expect(host.boot()).toEqual({ code: 0, said: expect.stringMatching(/ready: ext4/) });
    expect(host.isMounted()).toBe(true);
    expect(host.has(READY)).toBe(true);
    expect(host.has(RECORD)).toBe(false);
    expect(ext4(image, 'stats -h')).toMatch(/volume name:\s+scalingtier\n/);
    expect(host.read('etc/fstab')).toBe(
      `UUID=${uuid()} /srv/data ext4 defaults,nofail,x-systemd.device-timeout=90s,x-systemd.before=local-fs.target,x-scalingtier.data-volume 0 2\n`,
    );
    expect(host.read('systemctl.log')).toBe('daemon-reload\n');
    expect(host.read('dev/console')).toContain(`data volume ${VOLUME_ID}: ready`);
  });

  test('a second boot of the same server changes nothing', () => {
    host.attach(image);
    host.boot();
    const before = { uuid: uuid(), fstab: host.read('etc/fstab'), reloads: host.read('systemctl.log') };

    expect(host.boot().code).toBe(0);
    expect({ uuid: uuid(), fstab: host.read('etc/fstab'), reloads: host.read('systemctl.log') }).toEqual(before);
    expect(host.has(READY)).toBe(true);
  });

  test('a new server finds the data of the one before it', () => {
    host.attach(image);
    host.boot();
    const before = uuid();
    host.shutDown();
    store('ten thousand orders');
    host = server(devices);
    host.attach(image);

    expect(host.boot().code).toBe(0);
    expect(uuid()).toBe(before);
    expect(ext4(image, 'cat table')).toBe('ten thousand orders');
  });

  test('an ext4 file system that somebody else made is mounted as it is', () => {
    made('mkfs.ext4', '-q', '-L', 'theirs')(image);
    store('precious');
    host.attach(image);

    expect(host.boot().code).toBe(0);
    expect(ext4(image, 'stats -h')).toMatch(/volume name:\s+theirs\n/);
    expect(ext4(image, 'cat table')).toBe('precious');
  });

  test.each<{ name: string; prepare: (file: string) => void; reason: RegExp }>([
    { name: 'a partition table', prepare: partitionTable, reason: /partition table \(dos\)/ },
    { name: 'an LVM physical volume', prepare: physicalVolume, reason: /LVM2_member/ },
    { name: 'an encrypted volume', prepare: encrypted, reason: /crypto_LUKS/ },
    { name: 'swap space', prepare: made('mkswap'), reason: /swap/ },
    { name: 'a foreign file system', prepare: made('mkfs.minix'), reason: /minix/ },
    { name: 'unknown data at the start', prepare: (file) => put(file, 0, NOISE), reason: /not blank/ },
    {
      name: 'unknown data at the end',
      prepare: (file) => put(file, -512, NOISE.subarray(0, 512)),
      reason: /not blank/,
    },
    { name: 'unknown data in the middle', prepare: (file) => put(file, VOLUME_BYTES / 2, NOISE), reason: /not blank/ },
    { name: 'a single byte', prepare: (file) => put(file, 4711, NOISE.subarray(0, 1)), reason: /not blank/ },
  ])('$name is refused and left as it is', ({ prepare, reason }) => {
    prepare(image);
    const before = digest();
    host.attach(image);

    const { code, said } = host.boot();
    expect(code).toBe(1);
    expect(said).toMatch(/REFUSED: /);
    expect(said).toMatch(reason);
    expect(host.read('dev/console')).toMatch(reason);
    expect(digest()).toBe(before);
    expect(host.isMounted()).toBe(false);
    expect(host.has(READY)).toBe(false);
    expect(host.has('etc/fstab')).toBe(false);
  });

  test('a volume that grew gets a larger file system at the next boot, or is served as it is', () => {
    host.attach(image);
    host.boot();
    const before = blocks();
    truncateSync(image, 2 * VOLUME_BYTES);
    host.grown();

    const { code, said } = host.boot();
    execFileSync('sync');
    // The kernel lets only a holder of CAP_SYS_RESOURCE grow a mounted file system; a container may lack it.
    const grows = !devices || mayGrowMounted();
    expect({ code, blocks: blocks() }).toEqual({ code: 0, blocks: grows ? 2 * before : before });
    expect(said.includes('could not be grown')).toBe(!grows);
  });

  test('a format that was interrupted is done again', () => {
    host.attach(image);
    host.replaceCommand('mkfs.ext4', 'printf half-done | dd of="$4" bs=1 seek=70000 conv=notrunc 2>/dev/null; exit 1');
    expect(host.boot()).toEqual({ code: 1, said: expect.stringMatching(/mkfs.ext4 failed/) });
    host.restoreCommand('mkfs.ext4');

    expect(host.boot().code).toBe(0);
    expect(host.has(RECORD)).toBe(false);
  });

  test('the record of an interrupted format of another volume permits nothing', () => {
    put(image, 70_000, NOISE);
    host.attach(image);
    mkdirSync(join(host.root, 'var/lib/scalingtier'), { recursive: true });
    host.write('var/lib/scalingtier/formatting-vol-00000000000000000', '');

    expect(host.boot()).toEqual({ code: 1, said: expect.stringMatching(/not blank/) });
  });

  test('a volume that is attached late is waited for', () => {
    host.attach(image);
    const late = join(host.root, 'late');
    renameSync(join(host.root, 'dev/nvme1n1'), late);
    host.replaceCommand(
      'sleep',
      `mv "$SCALINGTIER_ROOT/later" "$SCALINGTIER_ROOT/dev/nvme1n1" 2>/dev/null || mv ${late} "$SCALINGTIER_ROOT/later"`,
    );

    expect(host.boot(5).code).toBe(0);
  });

  test('a volume that never comes ends the wait, and last boot is no excuse', () => {
    mkdirSync(join(host.root, 'run/scalingtier'), { recursive: true });
    host.write(READY, '');

    expect(host.boot(3)).toEqual({ code: 1, said: expect.stringMatching(/not attached in time/) });
    expect(host.read('sleep.log')).toBe('1\n1\n1\n');
    expect(host.has(READY)).toBe(false);
  });

  test('another volume under the expected name is not taken for ours', () => {
    const before = digest();
    host.attach(image, 'vol-0fffffffffffffff0', 'nvme2n1');
    symlinkSync('nvme2n1', join(host.root, 'dev/sdf'));

    expect(host.boot()).toEqual({ code: 1, said: expect.stringMatching(/not attached in time/) });
    expect(digest()).toBe(before);
  });

  test.each(['dev/sdf', 'dev/xvdf'])('without serial numbers it is found as %s', (name) => {
    host.attach(image, '', 'plain');
    symlinkSync('plain', join(host.root, name));

    expect(host.boot().code).toBe(0);
  });

  test('it is found by the link that udev makes', () => {
    host.attach(image, '', 'plain');
    mkdirSync(join(host.root, 'dev/disk/by-id'), { recursive: true });
    symlinkSync(
      '../../plain',
      join(host.root, `dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID.replace('-', '')}`),
    );

    expect(host.boot().code).toBe(0);
  });

  test('a mount point that is not empty is refused before the volume is looked at', () => {
    mkdirSync(join(host.root, 'srv/data/postgres'), { recursive: true });
    const before = digest();
    host.attach(image);

    expect(host.boot()).toEqual({ code: 1, said: expect.stringMatching(/not empty/) });
    expect(digest()).toBe(before);
  });

  test('a file system that cannot be mounted is refused', () => {
    host.attach(image);
    host.replaceCommand('mount', 'exit 32');

    expect(host.boot()).toEqual({ code: 1, said: expect.stringMatching(/cannot be mounted/) });
    expect(host.has(READY)).toBe(false);
  });

  test('other lines of fstab stay, and only our own line is replaced', () => {
    host.attach(image);
    host.write(
      'etc/fstab',
      'UUID=root / xfs defaults 1 1\nUUID=old /srv/data ext4 nofail,x-scalingtier.data-volume 0 2\n# end\n',
    );
    host.boot();

    const lines = host.read('etc/fstab').split('\n');
    expect(lines).toEqual([
      'UUID=root / xfs defaults 1 1',
      '# end',
      expect.stringContaining(`UUID=${uuid()} /srv/data `),
      '',
    ]);
  });

  test('two runs at the same time format once', async () => {
    host.attach(image);
    const boots = await Promise.all([host.bootAsync(), host.bootAsync()]);

    expect(boots.map(({ code }) => code)).toEqual([0, 0]);
    expect(boots.filter(({ said }) => said.includes('making an ext4'))).toHaveLength(1);
  });
});

describe('the mount point while nothing is mounted', () => {
  test('is made immutable before the volume is waited for', () => {
    const host = server(false);
    try {
      expect(host.boot().code).toBe(1);
      expect(host.read('chattr.log')).toBe(`+i ${host.root}/srv/data\n`);
    } finally {
      host.shutDown();
    }
  });
});
