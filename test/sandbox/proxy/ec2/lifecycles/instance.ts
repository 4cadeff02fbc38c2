/**
 * An instance's life (EC2 User Guide, "Instance state changes"): pending → running, stopping → stopped, shutting-down →
 * terminated, and about an hour later it is gone from lists. Its status checks are `initializing` for some minutes after
 * each start.
 */
import { texts } from '../../call.ts';
import { begin, remaining, type Stage } from '../../lifecycle.ts';
import type { Machines } from '../../machines/machines.ts';
import { itemsOf, textAt } from '../../xml.ts';
import { deployOn } from '../deployment.ts';
import { type Transition, transition } from '../transition.ts';
import { look, lookBy, type Scene } from '../view.ts';
import { checksOf, GONE, showAddress, writeState } from '../views/instance.ts';
import { holdVolumes } from './storage.ts';

const DISAPPEARED: Stage = { state: GONE, seconds: [0, 0], least: Number.POSITIVE_INFINITY };
const LAUNCH: readonly Stage[] = [{ state: 'pending', seconds: [20, 60] }];
const START: readonly Stage[] = [{ state: 'pending', seconds: [10, 40] }];
const STOP: readonly Stage[] = [{ state: 'stopping', seconds: [15, 50] }];
const END: readonly Stage[] = [
  { state: 'shutting-down', seconds: [20, 50] },
  { state: 'terminated', seconds: [3600, 3600], least: 60 },
  DISAPPEARED,
];
const CHECKS: Stage = { state: 'initializing', seconds: [60, 150] };

function beginChecks(scene: Scene, id: string): void {
  const pending = remaining(scene.world, scene.call, id) / 1000;
  begin(scene.world, scene.call, checksOf(id), [{ state: 'initializing', seconds: [0, 0], least: pending }, CHECKS]);
}

async function statesBefore(scene: Scene): Promise<ReadonlyMap<string, string>> {
  const instances = await look(scene, 'DescribeInstances', { InstanceId: texts(scene.call.params, 'InstanceId') });
  return new Map(instances.map((one) => [textAt(one, 'instanceId') ?? '', textAt(one, 'instanceState', 'name') ?? '']));
}

interface Change {
  readonly operation: string;
  readonly stages: readonly Stage[];
  /** States in which the call has nothing to do: AWS answers with the state as it is. */
  readonly settled: ReadonlySet<string>;
  /** What the machine behind the record does, when there is one. */
  readonly follow: (machines: Machines, id: string) => Promise<void> | void;
}

function change({ operation, stages, settled, follow }: Change): Transition {
  return transition({
    operation,
    before: statesBefore,
    async after(scene, answer, before) {
      for (const item of itemsOf(answer, 'instancesSet')) {
        const id = textAt(item, 'instanceId') ?? '';
        const previous = before.get(id) ?? '';
        const current = settled.has(previous) ? previous : (stages[0]?.state ?? previous);
        writeState(item, 'previousState', previous);
        writeState(item, 'currentState', current);
        if (current === previous) continue;
        begin(scene.world, scene.call, id, stages);
        if (operation === 'StartInstances') beginChecks(scene, id);
        await follow(scene.world.machines, id);
      }
    },
  });
}

const termination = change({
  operation: 'TerminateInstances',
  stages: END,
  settled: new Set(['shutting-down', 'terminated']),
  follow: (machines, id) => machines.end(id),
});

/** Launch, stop, start and termination. */
export const instanceTransitions: readonly Transition[] = [
  transition({
    operation: 'RunInstances',
    async after(scene, answer) {
      const { world, call } = scene;
      for (const item of itemsOf(answer, 'instancesSet')) {
        const id = textAt(item, 'instanceId') ?? '';
        if (world.settings.of(call.account).machines) await world.machines.of(id).address();
        showAddress(scene, item);
        await deployOn(scene, id);
        begin(scene.world, scene.call, id, LAUNCH);
        beginChecks(scene, id);
        writeState(item, 'instanceState', 'pending');
      }
    },
  }),
  change({
    ...{ operation: 'StopInstances', stages: STOP, settled: new Set(['stopping', 'stopped']) },
    follow: (machines, id) => machines.halt(id),
  }),
  change({
    ...{ operation: 'StartInstances', stages: START, settled: new Set(['pending', 'running']) },
    follow: (machines, id) => machines.boot(id),
  }),
  transition({
    operation: 'RebootInstances',
    async after({ world, call }) {
      for (const id of texts(call.params, 'InstanceId')) {
        await world.machines.halt(id);
        world.machines.boot(id);
      }
    },
  }),
  transition({
    operation: 'TerminateInstances',
    async before(scene) {
      const ids = texts(scene.call.params, 'InstanceId');
      return {
        states: await statesBefore(scene),
        volumes: await lookBy(scene, 'DescribeVolumes', 'attachment.instance-id', ...ids),
        addresses: await lookBy(scene, 'DescribeAddresses', 'instance-id', ...ids),
      };
    },
    async after(scene, answer, { volumes, addresses, states }) {
      await termination.after(scene, answer, states);
      holdVolumes(scene, volumes);
      // The stand-in leaves addresses with what is no more.
      for (const address of addresses) {
        await scene.world.ask(scene.call, 'DisassociateAddress', { AssociationId: textAt(address, 'associationId') });
      }
    },
  }),
];
