/**
 * A server to boot in the first-boot tests: a folder that stands for its root, with a data volume attached. With loop
 * devices the script meets real block devices and mounts; without them plain files, and stand-ins for the four commands
 * that only work on devices. It must leave no mount, device or folder behind.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dataVolumeScript } from '../../../src/operations/first-boot/script.ts';
import { SYSTEM } from './volume.ts';

/** The volume that every test server is told to use. */
export const VOLUME_ID = 'vol-0123456789abcdef0';

/** How one boot of the script ended. */
export interface Boot {
  readonly code: number | null;
  readonly said: string;
}

/** One server. */
export interface Server {
  readonly root: string;
  /** Puts an executable in the place of a system command. */
  replaceCommand(name: string, body: string): void;
  restoreCommand(name: string): void;
  /** Attaches an image as an NVMe disk whose serial is the volume's id, or another one's. */
  attach(image: string, serial?: string, disk?: string): string;
  /** Tells the kernel that the image grew. */
  grown(): void;
  boot(waitSeconds?: number): Boot;
  bootAsync(): Promise<Boot>;
  isMounted(): boolean;
  read(path: string): string;
  write(path: string, text: string): void;
  has(path: string): boolean;
  /** Ends every mount and device of it, as an instance's end does; the images stay. */
  shutDown(): void;
}

/** Whether the machine lets the tests use loop devices. */
export function hasLoopDevices(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'scalingtier-loop-'));
  const image = join(folder, 'image');
  writeFileSync(image, Buffer.alloc(4 * 1024 * 1024));
  try {
    const format = spawnSync('mkfs.ext4', ['-q', image], { env: SYSTEM });
    const mount = spawnSync('mount', [image, folder], { env: SYSTEM });
    if (mount.status === 0) execFileSync('umount', [folder], { env: SYSTEM });
    return format.status === 0 && mount.status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Each keeps its state in files of the server's folder.
const STAND_INS = {
  blockdev: 'exec stat -L -c %s "$2"',
  chattr: 'echo "$@" >>"$SCALINGTIER_ROOT/chattr.log"',
  findmnt: 'cat "$SCALINGTIER_ROOT/mounted" 2>/dev/null',
  mount: 'readlink -f "$3" >"$SCALINGTIER_ROOT/mounted"',
};

/** A server with nothing attached yet. `devices` says whether images become loop devices. */
export function server(devices: boolean): Server {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-boot-'));
  const commands = join(root, 'commands');
  const target = join(root, 'srv/data');
  const loops: string[] = [];
  for (const folder of ['commands', 'dev', 'etc', 'sys/block', 'srv'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'dev/console'), '');
  const script = join(root, 'data-volume.sh');
  writeFileSync(script, dataVolumeScript({ mountPath: '/srv/data', deviceName: '/dev/sdf', volumeID: VOLUME_ID }));

  const replaceCommand = (name: string, body: string): void => {
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(commands, name), 0o755);
  };
  replaceCommand('systemctl', 'echo "$@" >>"$SCALINGTIER_ROOT/systemctl.log"');
  replaceCommand('sleep', 'echo "$@" >>"$SCALINGTIER_ROOT/sleep.log"');
  if (!devices) for (const [name, body] of Object.entries(STAND_INS)) replaceCommand(name, body);

  const environment = (waitSeconds: number) => ({
    ...SYSTEM,
    PATH: `${commands}:${SYSTEM.PATH}`,
    SCALINGTIER_ROOT: root,
    SCALINGTIER_WAIT: String(waitSeconds),
  });
  const real = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: 'utf8', env: SYSTEM }).trim();
  const isMounted = () =>
    devices
      ? spawnSync('findmnt', ['--mountpoint', target], { env: SYSTEM }).status === 0
      : existsSync(join(root, 'mounted'));

  return {
    root,
    replaceCommand,
    restoreCommand: (name) => rmSync(join(commands, name)),
    attach(image, serial = VOLUME_ID, disk = 'nvme1n1') {
      const device = devices ? real('losetup', '--show', '-f', image) : image;
      if (devices) loops.push(device);
      symlinkSync(device, join(root, 'dev', disk));
      // A device node is what its links lead to; here that is a link as well, so both names answer.
      for (const name of serial === '' ? [] : [disk, basename(device)]) {
        mkdirSync(join(root, 'sys/block', name, 'device'), { recursive: true });
        writeFileSync(join(root, 'sys/block', name, 'device/serial'), `${serial.replace('-', '')}  \n`);
      }
      return device;
    },
    grown: () => {
      for (const loop of loops) real('losetup', '-c', loop);
    },
    boot(waitSeconds = 0) {
      const { status, stderr } = spawnSync('sh', [script], { encoding: 'utf8', env: environment(waitSeconds) });
      return { code: status, said: stderr };
    },
    bootAsync: () =>
      new Promise((resolve) => {
        const child = spawn('sh', [script], { stdio: ['ignore', 'ignore', 'pipe'], env: environment(0) });
        let said = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
        child.once('close', (code) => resolve({ code, said }));
      }),
    isMounted,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => writeFileSync(join(root, path), text),
    has: (path) => existsSync(join(root, path)),
    shutDown() {
      if (devices && isMounted()) real('umount', target);
      for (const loop of loops.splice(0)) real('losetup', '-d', loop);
      if (devices && existsSync(target)) spawnSync('chattr', ['-i', target], { env: SYSTEM });
      rmSync(root, { recursive: true });
    },
  };
}
