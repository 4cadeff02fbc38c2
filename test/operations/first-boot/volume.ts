/**
 * What may be on a data volume before a server sees it: makers of disk images for the first-boot tests. They write plain
 * files only.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';

/** Size of a test volume. */
export const VOLUME_BYTES = 16 * 1024 * 1024;

/** A new volume: nothing but zeros. */
export function blank(file: string, bytes = VOLUME_BYTES): void {
  closeSync(openSync(file, 'w'));
  truncateSync(file, bytes);
}

/** Writes bytes at an offset; a negative one counts from the end. */
export function put(file: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset < 0 ? VOLUME_BYTES + offset : offset);
  closeSync(descriptor);
}

/** Bytes that no program wrote as a signature. */
export const NOISE = Uint8Array.from({ length: 4096 }, (_, index) => ((index * 73) % 255) + 1);

/** A master boot record with one Linux partition. */
export function partitionTable(file: string): void {
  const sector = new Uint8Array(512);
  const view = new DataView(sector.buffer);
  sector[446 + 4] = 0x83;
  view.setUint32(446 + 8, 2048, true);
  view.setUint32(446 + 12, VOLUME_BYTES / 512 - 2048, true);
  view.setUint16(510, 0xaa55, true);
  put(file, 0, sector);
}

/** The label of an LVM physical volume, with its checksum. */
export function physicalVolume(file: string): void {
  const label = Buffer.alloc(512);
  label.write('LABELONE', 0, 'latin1');
  label.writeBigUInt64LE(1n, 8);
  label.writeUInt32LE(32, 20);
  label.write('LVM2 001', 24, 'latin1');
  label.write('abcdefghijklmnopqrstuvwxyz012345', 32, 'latin1');
  label.writeUInt32LE(checksum(label.subarray(20)), 16);
  put(file, 512, label);
}

// LVM's own start value for the usual CRC-32, without the final inversion.
function checksum(bytes: Uint8Array): number {
  let sum = 0xf597a6cf;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return sum >>> 0;
}

/** The start of an encrypted volume. */
export function encrypted(file: string): void {
  put(file, 0, Buffer.from('LUKS\xba\xbe\x00\x01', 'latin1'));
}

/** Runs one of the system's own makers on the file. */
export function made(...command: readonly string[]): (file: string) => void {
  return (file) => {
    const [program = '', ...args] = command;
    execFileSync(program, [...args, file], { stdio: ['ignore', 'ignore', 'pipe'], env: SYSTEM });
  };
}

/** The environment of the system's tools: they may live outside a user's own path. */
export const SYSTEM = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' };

/** Runs e2fsprogs' debugger on an ext4 image: `cat /file`, `stats`, `write from to`. */
export function ext4(file: string, request: string): string {
  return execFileSync('debugfs', ['-w', '-R', request, file], { encoding: 'utf8', stdio: 'pipe', env: SYSTEM });
}
