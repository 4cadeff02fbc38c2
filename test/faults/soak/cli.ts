/** `make soak`: random walks, one after another, for so many minutes. A failure prints its seed; `SEED=… LIVES=1` repeats it. */
import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { type KnownLife, knownLives } from '../life/reference.ts';
import { failuresOf, openGround, runTrial, type TrialEnd } from '../run.ts';
import type { FaultClass, Ground } from '../trial.ts';
import { lifeOf, walkOf } from './walk.ts';

interface Flags {
  readonly minutes: string;
  readonly seed?: string;
  readonly lives?: string;
  readonly parallel: string;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const SOAK: FaultClass = { name: 'soak', trials: async () => [] };

async function walk(ground: Ground, known: KnownLife, seed: number): Promise<TrialEnd> {
  const story: string[] = [];
  const end = await runTrial(
    ground,
    SOAK,
    walkOf(known, seed, (text) => story.push(text)),
  );
  const failures = failuresOf([end]);
  const word = failures.length > 0 ? 'FAILED' : 'ok    ';
  say(`${word} seed ${seed} | ${known.life.name} | ${end.points.length} points, ${end.seconds.toFixed(0)} s`);
  if (failures.length > 0) say(story.map((text) => `  ${text}`).join('\n'));
  for (const point of failures) say(`  ${point.name}\n${point.failures.map((text) => `    ${text}`).join('\n')}`);
  if (failures.length > 0) say(`  repeat it: make soak SEED=${seed} LIVES=1`);
  return end;
}

async function soak(ground: Ground, first: number, flags: Flags): Promise<readonly TrialEnd[]> {
  const lives = await knownLives(ground);
  const deadline = performance.now() + Number(flags.minutes) * 60_000;
  const ends: TrialEnd[] = [];
  let begun = 0;
  const more = (): boolean => (flags.lives ? begun < Number(flags.lives) : performance.now() < deadline);
  const worker = async (): Promise<void> => {
    while (more()) {
      const seed = first + begun;
      begun += 1;
      const known = lifeOf(lives, seed);
      if (known) ends.push(await walk(ground, known, seed));
    }
  };
  await Promise.all(Array.from({ length: Number(flags.parallel) }, worker));
  return ends;
}

async function main(flags: Flags): Promise<number> {
  const first = flags.seed ? Number(flags.seed) : randomInt(1, 1_000_000);
  const sandbox = await startSandbox({ id: `soak-${process.pid}` });
  try {
    const ends = await soak(await openGround(sandbox.state, 'soak'), first, flags);
    const points = ends.reduce((sum, end) => sum + end.points.length, 0);
    const failures = failuresOf(ends).length;
    say(`soak: ${ends.length} lives from seed ${first}, ${points} points, ${failures} failures`);
    return failures > 0 ? 1 : 0;
  } finally {
    await sandbox.stop();
  }
}

const program = new Command('soak')
  .option('--minutes <count>', 'no life begins later than this', '5')
  .option('--seed <number>', 'seed of the first life; the next one has the next number')
  .option('--lives <count>', 'so many lives, however long they take')
  .option('--parallel <count>', 'lives at once', '4')
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });

await program.parseAsync();
