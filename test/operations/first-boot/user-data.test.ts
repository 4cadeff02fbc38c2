/** The document that a server is given: read back by another mail parser, the one that cloud-init uses. */

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { dataVolumeScript, GATE_SCRIPT } from '../../../src/operations/first-boot/script.ts';
import { USER_DATA_LIMIT, userData, userDataAround } from '../../../src/operations/first-boot/user-data.ts';

const OPTIONS = { mountPath: '/srv/data', deviceName: '/dev/sdf', volumeID: 'vol-0123456789abcdef0' };
const READER = `
import base64, email, json, sys
def parts(document):
    return [p for p in email.message_from_string(document).walk() if p.get_content_maintype() != 'multipart']
def seen(p):
    return [p.get_content_type(), p.get_filename(), base64.b64encode(p.get_payload(decode=True)).decode()]
json.dump([[seen(p) for p in parts(d)] for d in json.load(sys.stdin)], sys.stdout)
`;

interface Part {
  readonly type: string;
  readonly name: string | null;
  readonly text: string;
}

/** The parts of documents as Python's email package, and so cloud-init, sees them. */
function readAll(documents: readonly string[]): readonly (readonly Part[])[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', READER], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(`cannot read the documents: ${stderr}`);
  const read = JSON.parse(stdout) as readonly (readonly [string, string | null, string][])[];
  return read.map((parts) =>
    parts.map(([type, name, text]) => ({ type, name, text: Buffer.from(text, 'base64').toString('utf8') })),
  );
}

const read = (document: string): readonly Part[] => readAll([document])[0] ?? [];
const own = (text: string) => read(userData({ ...OPTIONS, userData: text })).slice(2);

test('without user data there is the boothook alone', () => {
  expect(read(userData(OPTIONS))).toEqual([
    {
      type: 'text/cloud-boothook',
      name: 'scalingtier-data-volume',
      text: expect.stringMatching(/^#!\/bin\/sh\nVOLUME='vol-0123456789abcdef0'\n/),
    },
  ]);
});

test('the boothook and the gate come before the own part', () => {
  expect(read(userData({ ...OPTIONS, userData: '#!/bin/sh\necho hello\n' }))).toEqual([
    { type: 'text/cloud-boothook', name: 'scalingtier-data-volume', text: expect.any(String) },
    { type: 'text/x-shellscript', name: '000-scalingtier-gate', text: expect.stringMatching(/^#!\/bin\/sh\n/) },
    { type: 'text/x-shellscript', name: null, text: '#!/bin/sh\necho hello\n' },
  ]);
});

test.each([
  ['#!/usr/bin/env python3\n', 'text/x-shellscript'],
  ['#cloud-config\npackages: [nginx]\n', 'text/cloud-config'],
  ['#cloud-config-archive\n- "#!/bin/sh"\n', 'text/cloud-config-archive'],
  ['#cloud-boothook\n#!/bin/sh\n', 'text/cloud-boothook'],
  ['#include\nhttps://example.com/boot\n', 'text/x-include-url'],
  ['#include-once\nhttps://example.com/boot\n', 'text/x-include-once-url'],
  ['## template: jinja\n#cloud-config\n', 'text/jinja2'],
])('user data that starts with %j is %s', (text, type) => {
  expect(own(text)).toEqual([{ type, name: null, text }]);
});

test('a document of several parts keeps its parts, in their order', () => {
  const text = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="scalingtier"',
    '',
    '--scalingtier',
    'Content-Type: text/cloud-config',
    '',
    '#cloud-config',
    '--scalingtier',
    'Content-Type: text/x-shellscript',
    '',
    '#!/bin/sh',
    '--scalingtier--',
    '',
  ].join('\n');

  expect(own(text)).toEqual([
    { type: 'text/cloud-config', name: null, text: '#cloud-config' },
    { type: 'text/x-shellscript', name: null, text: '#!/bin/sh' },
  ]);
});

test.each(['echo no first line', '<powershell>\n', 'H4sIAAAAAAAAA', 'Content-Type: text/plain\n\nhello', ' #!/bin/sh'])(
  '%j is refused',
  (text) => {
    expect(() => userData({ ...OPTIONS, userData: text })).toThrow(
      /^spec\.compute\.userData starts with ".*", which is nothing that cloud-init runs/,
    );
  },
);

test.each(['', ' \n'])('%j is no user data', (text) => {
  expect(userData({ ...OPTIONS, userData: text })).toBe(userData(OPTIONS));
});

test('whatever a script holds, the server gets exactly that', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('--scalingtier', '--scalingtier-', 'From me', '.', '\r', 'Content-Type: x/y', '', 'é'),
  );
  const script = fc.array(line, { maxLength: 12 }).map((lines) => ['#!/bin/sh', ...lines].join('\n').toWellFormed());
  fc.assert(
    fc.property(fc.array(script, { minLength: 50, maxLength: 50 }), (texts) => {
      const seen = readAll(texts.map((text) => userData({ ...OPTIONS, userData: text })));
      expect(seen.map((parts) => parts.slice(2))).toEqual(
        texts.map((text) => [{ type: 'text/x-shellscript', name: null, text }]),
      );
    }),
    { numRuns: 4 },
  );
});

test('more than EC2 takes is refused with the sizes', () => {
  const overhead = userData({ ...OPTIONS, userData: '#!/bin/sh' }).length - '#!/bin/sh'.length;
  const longest = `#!/bin/sh${'x'.repeat(USER_DATA_LIMIT - overhead - '#!/bin/sh'.length)}`;

  expect(userData({ ...OPTIONS, userData: longest })).toHaveLength(USER_DATA_LIMIT);
  expect(() => userData({ ...OPTIONS, userData: `${longest}x` })).toThrow(
    `spec.compute.userData is too long: ${USER_DATA_LIMIT + 1} bytes (${longest.length + 1} of yours, ${overhead} to mount the data volume and to wrap yours), EC2 accepts ${USER_DATA_LIMIT}`,
  );
});

test('at least ten KiB are left to the user', () => {
  expect(USER_DATA_LIMIT - userData({ ...OPTIONS, userData: '#!/bin/sh\n' }).length).toBeGreaterThanOrEqual(10 * 1024);
});

test('the volume id may be put in later', () => {
  const [before, after] = userDataAround({ ...OPTIONS, userData: '#!/bin/sh\n' });

  expect(`${before}${OPTIONS.volumeID}${after}`).toBe(userData({ ...OPTIONS, userData: '#!/bin/sh\n' }));
});

test.each([
  { mountPath: "/srv/'; reboot; '" },
  { mountPath: 'srv' },
  { mountPath: '/' },
  { mountPath: '/srv/../etc' },
  { mountPath: '/srv/$HOME' },
  { deviceName: '/dev/sda' },
  { deviceName: '/dev/sdf;x' },
  { volumeID: "vol-'x" },
  { volumeID: 'i-0123456789abcdef0' },
])('%j is refused before it can reach a shell', (wrong) => {
  expect(() => userData({ ...OPTIONS, ...wrong })).toThrow(/^cannot compose user data: /);
});

test.each(['sh', 'bash'])('%s understands the scripts', (shell) => {
  for (const script of [
    dataVolumeScript(OPTIONS),
    GATE_SCRIPT,
    ...read(userData({ ...OPTIONS, userData: '#!/bin/sh\n' })).map(({ text }) => text),
  ]) {
    expect(spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  }
});
