/** A short sample of `make test-moves`, and what a tier shows of a move that is over. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scene, scene } from '../e2e/harness.ts';
import { tryKubectl } from '../sandbox/kubectl.ts';
import { playRun } from './run.ts';
import { RUNS } from './runs.ts';

/** Other tests share the machine: what was foretold counts where a run has it for itself. */
const SAMPLE = RUNS.filter(({ sample }) => sample).map((run) => ({ ...run, foretold: false }));
const tierOf = (name: string): string => `app-${SAMPLE.findIndex((run) => run.name === name)}`;

/** Of several waits, each of which says what for. */
const LONG = 900_000;

describe('an app that people use moves', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('moves-up', '111111111130');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  test.each(SAMPLE)(
    '$name: $ending.as, and nothing is lost',
    async (run) => {
      const { lost, duplicated, failures, acknowledged } = await playRun(here, tierOf(run.name), run);
      expect({ lost, duplicated, failures }).toEqual({ lost: [], duplicated: [], failures: [] });
      expect(acknowledged).toBeGreaterThan(0);
    },
    LONG,
  );

  describe('and afterwards', () => {
    const moved = tierOf(SAMPLE.find(({ ending }) => ending.as === 'moved')?.name ?? '');

    test('there is a snapshot from before', async () => {
      const { status } = await here.get(moved);
      expect(status.retained?.map(({ role }) => role)).toEqual(['ec2.snapshot/before-separate-database']);
    });

    test('events say what was done', async () => {
      const reasons = (await here.events(moved)).map(({ reason }) => reason);
      expect(reasons).toEqual(expect.arrayContaining(['TransitionStarted', 'StepCompleted', 'TransitionCompleted']));
    });

    test('what RDS held is in snapshots when it has come back', async () => {
      const back = tierOf(SAMPLE.find(({ to }) => to === 'SingleServer')?.name ?? '');
      const { status } = await here.get(back);
      expect(status.retained?.map(({ role }) => role)).toEqual([
        'ec2.snapshot/before-separate-database',
        'rds.snapshot/before-single-server',
        'rds.snapshot/primary-final',
      ]);
    });

    test('there is no way back by mistake', async () => {
      const said = await tryKubectl(here.state, [
        ...['-n', here.namespace, 'patch', 'st', moved, '--type=merge'],
        ...['-p', JSON.stringify({ spec: { stage: 'SingleServer' } })],
      ]);
      expect(said.stderr).toContain('set spec.transition.allowDowngrade to true');
    });
  });
});
