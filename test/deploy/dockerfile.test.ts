/** The image, as far as its recipe tells: what runs in it, as whom, and that it is built from named versions. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE } from '../../scripts/bundle.ts';
import { PROJECT } from './manifests.ts';

const lines = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
const all = (instruction: string, among = lines) =>
  among.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

test('every stage starts from a version of Node 24', () => {
  const stages = all('FROM');

  expect(stages).toHaveLength(2);
  for (const stage of stages) expect(stage).toMatch(/^(node:24-|\S+\/nodejs24-)\S+( AS \w+)?$/);
  expect(lines.join('\n')).not.toContain(':latest');
});

test('it runs the bundle, as nobody, and nothing else is in it', () => {
  expect(JSON.parse(all('ENTRYPOINT', last)[0] ?? '')).toEqual([
    '/nodejs/bin/node',
    '--max-semi-space-size=3',
    '--v8-pool-size=2',
    '--heap-growing-percent=30',
    `/operator/${BUNDLE}`,
  ]);
  expect(JSON.parse(all('CMD', last)[0] ?? '')).toEqual(['run']);
  expect(all('USER', last)).toEqual(['65532:65532']);
  expect(all('RUN', last)).toEqual([]);
  expect(all('COPY', last)).toEqual(['LICENSE /operator/LICENSE', '--from=build /build/dist/ /operator/']);
});

test('packages are those of the lock file and run nothing when they are installed', () => {
  expect(all('RUN')).toEqual(['npm ci --ignore-scripts --no-audit --no-fund', 'node scripts/bundle.ts']);
});

test('what the build copies exists and is let through', () => {
  const sources = all('COPY').flatMap((copy) => (copy.startsWith('--from') ? [] : copy.split(' ').slice(0, -1)));
  const ignored = readFileSync(join(PROJECT, '.dockerignore'), 'utf8').split('\n');

  expect(ignored).toContain('*');
  for (const source of sources) {
    expect(ignored).toContain(`!${source.replace('./', '')}`);
    expect(existsSync(join(PROJECT, source))).toBe(true);
  }
});
