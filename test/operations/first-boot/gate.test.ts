/** The user's own scripts start only with the data volume mounted, and get their chance at the next boot otherwise. */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATE_SCRIPT } from '../../../src/operations/first-boot/script.ts';

const NOTE = 'instance/sem/config_scripts_user';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scalingtier-gate-'));
  for (const folder of ['instance/scripts', 'instance/sem', 'run/scalingtier'])
    mkdirSync(join(root, folder), { recursive: true });
  script('000-scalingtier-gate', GATE_SCRIPT);
  script('part-003', `#!/bin/sh\necho part >>${root}/ran\n`);
  script('runcmd', `#!/bin/sh\necho runcmd >>${root}/ran\n`);
});
afterEach(() => rmSync(root, { recursive: true }));

function script(name: string, text: string): void {
  writeFileSync(join(root, 'instance/scripts', name), text);
  chmodSync(join(root, 'instance/scripts', name), 0o700);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What cloud-init's last stage does: once noted as run, nothing; else all executables in the order of names, none stopping the others. */
function finalStage(): void {
  if (existsSync(join(root, NOTE))) return;
  writeFileSync(join(root, NOTE), '');
  for (const name of readdirSync(join(root, 'instance/scripts')).sort()) {
    const file = join(root, 'instance/scripts', name);
    if (isExecutable(file)) spawnSync(file, { env: { ...process.env, SCALINGTIER_ROOT: root } });
  }
}

const ran = () => (existsSync(join(root, 'ran')) ? readFileSync(join(root, 'ran'), 'utf8') : '');
const ready = () => writeFileSync(join(root, 'run/scalingtier/data-volume-ready'), '');

test('with the data volume mounted, they run once', () => {
  ready();
  finalStage();
  finalStage();

  expect(ran()).toBe('part\nruncmd\n');
});

test('without it, none runs', () => {
  finalStage();

  expect(ran()).toBe('');
  expect(existsSync(join(root, NOTE))).toBe(false);
});

test('when it is there at the next boot, they run then', () => {
  finalStage();
  ready();
  finalStage();

  expect(ran()).toBe('part\nruncmd\n');
});
