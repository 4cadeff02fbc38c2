/**
 * Composes what a server is given to do when it boots: the data volume first, the user's own user data after it, as one
 * cloud-init document; without a data volume, the user's own alone. It must not look inside the user's part further than its kind, and must not read or call anything.
 */
import { InvalidSpec } from '../../core/invalid.ts';
import { contentTypeOf } from './content-type.ts';
import { dataVolumeScript, GATE_SCRIPT } from './script.ts';

/** What EC2 accepts as user data, before base64. */
export const USER_DATA_LIMIT = 16_384;

/** What one server's user data is made of. */
export interface UserDataOptions {
  /** Where the data volume is mounted: an absolute path. */
  readonly mountPath: string;
  /** The name that the volume is attached under: `/dev/sdf`. */
  readonly deviceName: string;
  readonly volumeID: string;
  /** The user's own user data, plain text. */
  readonly userData?: string;
}

interface Part {
  readonly type: string;
  readonly name?: string;
  readonly text: string;
}

const MOUNT_PATH = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;
const DEVICE_NAME = /^\/dev\/sd[b-z]$/;
const VOLUME_ID = /^vol-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const PLAIN = /^[\t\n\x20-\x7e]*$/;

/**
 * The user data of a server whose data volume is `volumeID`, plain text, to be encoded as base64 by the caller.
 *
 * Our script is a boothook, not a script: boothooks run before packages, files, commands and scripts of whatever the user
 * gives, and at every boot, so that a grown volume or a lost mount is seen to. cloud-init goes on after a boothook that
 * fails; so the gate stands before the user's scripts, and the mount point is unwritable while nothing is mounted there.
 */
export function userData(options: UserDataOptions): string {
  if (!VOLUME_ID.test(options.volumeID))
    throw new InvalidSpec(`cannot compose user data: volume id ${quote(options.volumeID)}`);
  const [before, after] = userDataAround(options);
  return `${before}${options.volumeID}${after}`;
}

/** The same in two pieces, for a volume whose id is not known yet: the user data is `before`, the id, `after`. */
export function userDataAround(options: Omit<UserDataOptions, 'volumeID'>): readonly [before: string, after: string] {
  if (!MOUNT_PATH.test(options.mountPath))
    throw new InvalidSpec(`cannot compose user data: mount path ${quote(options.mountPath)}`);
  if (!DEVICE_NAME.test(options.deviceName))
    throw new InvalidSpec(`cannot compose user data: device ${quote(options.deviceName)}`);
  // The longest id stands in for the one to come, so that what fits now fits then.
  const placeholder = `vol-${'0'.repeat(17)}`;
  const own = options.userData ?? '';
  const parts = partsOf(dataVolumeScript({ ...options, volumeID: placeholder }), own);
  const text = compose(parts, own);
  checkSize(text, own);
  const at = text.indexOf(placeholder);
  return [text.slice(0, at), text.slice(at + placeholder.length)];
}

/** The user data of a server that keeps nothing: the user's own, as it is. Empty when there is none. */
export function userDataAlone(own = ''): string {
  if (own.trim() === '') return '';
  contentTypeOf(own);
  checkSize(own, own);
  return own;
}

function partsOf(script: string, own: string): readonly Part[] {
  const boothook: Part = { type: 'text/cloud-boothook', name: 'scalingtier-data-volume', text: script };
  if (own.trim() === '') return [boothook];
  const gate: Part = { type: 'text/x-shellscript', name: '000-scalingtier-gate', text: GATE_SCRIPT };
  return [boothook, gate, { type: contentTypeOf(own), text: own }];
}

function compose(parts: readonly Part[], own: string): string {
  const boundary = boundaryFor(own);
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n`;
  return `${head}\n${parts.map((part) => `--${boundary}\n${render(part)}\n`).join('')}--${boundary}--\n`;
}

// A document that has parts already brings its own headers; cloud-init walks into it.
function render(part: Part): string {
  if (part.type === 'multipart') return part.text;
  const plain = PLAIN.test(part.text);
  const headers = [
    `Content-Type: ${part.type}; charset="utf-8"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
    ...(part.name ? [`Content-Disposition: attachment; filename="${part.name}"`] : []),
  ];
  return `${headers.join('\n')}\n\n${plain ? part.text : base64(part.text)}`;
}

function base64(text: string): string {
  return (
    Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');
}

function boundaryFor(own: string): string {
  let boundary = 'scalingtier';
  while (own.includes(`--${boundary}`)) boundary += '-';
  return boundary;
}

function checkSize(text: string, own: string): void {
  const total = Buffer.byteLength(text);
  if (total <= USER_DATA_LIMIT) return;
  const given = Buffer.byteLength(own);
  const ours = total - given;
  const parts = ours === 0 ? '' : ` (${given} of yours, ${ours} to mount the data volume and to wrap yours)`;
  throw new InvalidSpec(
    `spec.compute.userData is too long: ${total} bytes${parts}, ` +
      `EC2 accepts ${USER_DATA_LIMIT}; keep the longer part elsewhere and fetch it at boot`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
