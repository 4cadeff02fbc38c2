/** Instances and their status checks as AWS shows them while they change. */
import { progress } from '../../lifecycle.ts';
import { branch, child, descend, type Element, itemsOf, leaf, setText, textAt, textsAt } from '../../xml.ts';
import type { Scene, View } from '../view.ts';
import { attachmentOf } from './storage.ts';

const CODES: Readonly<Record<string, string>> = {
  pending: '0',
  running: '16',
  'shutting-down': '32',
  terminated: '48',
  stopping: '64',
  stopped: '80',
};

/** An instance that lists show no more. */
export const GONE = 'gone';

/** The course of an instance's status checks. */
export const checksOf = (id: string): string => `${id}/checks`;

/** What MonitorInstances and UnmonitorInstances asked for. */
export const monitoringStates = ({ world, call }: Scene): Map<string, 'enabled' | 'disabled'> =>
  world.memory(call).store('monitoring');

/** Writes a state, name and code. */
export function writeState(parent: Element, name: string, state: string): void {
  const code = CODES[state] ?? '16';
  const found = child(parent, name);
  if (!found) parent.children.push(branch(name, [leaf('code', code), leaf('name', state)]));
  else {
    setText(found, 'code', code);
    setText(found, 'name', state);
  }
}

function showAttachments({ world, call }: Scene, record: Element): boolean {
  let changed = false;
  for (const mapping of itemsOf(record, 'blockDeviceMapping')) {
    const volume = descend(mapping, 'ebs');
    const state = progress(world, call, attachmentOf(textAt(volume, 'volumeId') ?? ''))?.state;
    if (volume && state !== undefined) {
      setText(volume, 'status', state);
      changed = true;
    }
  }
  return changed;
}

function showMonitoring(scene: Scene, record: Element): boolean {
  const state = monitoringStates(scene).get(textAt(record, 'instanceId') ?? '');
  const monitoring = child(record, 'monitoring');
  if (state === undefined || !monitoring || textAt(monitoring, 'state') === state) return false;
  setText(monitoring, 'state', state);
  return true;
}

/** What an instance loses with its end: its place in the network. */
const NETWORK = new Set([
  'networkInterfaceSet',
  'subnetId',
  'vpcId',
  'privateIpAddress',
  'ipAddress',
  'dnsName',
  'privateDnsName',
]);

/** The primary interface has the instance's groups; the stand-in changes one without the other. */
function showGroups(record: Element): boolean {
  const [first] = itemsOf(record, 'networkInterfaceSet');
  const [groups, own] = [child(record, 'groupSet'), first && child(first, 'groupSet')];
  if (!groups || !own || textsAt(groups, ['groupId']).join() === textsAt(own, ['groupId']).join()) return false;
  own.children = groups.children;
  return true;
}

/** The private address is the machine's, where there is one: at the stand-in's nobody answers. */
export function showAddress({ world }: Scene, record: Element): boolean {
  const host = world.machines.hostOf(textAt(record, 'instanceId') ?? '');
  if (host === undefined) return false;
  setText(record, 'privateIpAddress', host);
  return true;
}

/** Shows an instance's state, its address, its monitoring and the attachments of its volumes. */
export const showInstance: View = (scene, record) => {
  const state = progress(scene.world, scene.call, textAt(record, 'instanceId') ?? '')?.state;
  if (state === GONE) return 'hidden';
  const changes = [
    showAttachments(scene, record),
    showMonitoring(scene, record),
    showGroups(record),
    showAddress(scene, record),
    state !== undefined,
  ];
  if (state !== undefined) writeState(record, 'instanceState', state);
  if (textAt(record, 'instanceState', 'name') === 'terminated') {
    record.children = record.children.filter(({ name }) => !NETWORK.has(name));
    return 'changed';
  }
  return changes.includes(true) ? 'changed' : 'same';
};

function writeChecks(record: Element, status: 'initializing' | 'not-applicable'): void {
  for (const name of ['instanceStatus', 'systemStatus']) {
    const check = child(record, name);
    if (!check) continue;
    setText(check, 'status', status);
    for (const detail of itemsOf(check, 'details')) setText(detail, 'status', status);
  }
}

/** Shows status checks; instances that do not run are left out unless the caller wants all. */
export const showInstanceStatus: View = ({ world, call }, record) => {
  const id = textAt(record, 'instanceId') ?? '';
  const state = progress(world, call, id)?.state;
  if (state === GONE) return 'hidden';
  if (state !== undefined) {
    if (call.params.IncludeAllInstances !== 'true') return 'hidden';
    writeState(record, 'instanceState', state);
    writeChecks(record, 'not-applicable');
    return 'changed';
  }
  if (!progress(world, call, checksOf(id))) return 'same';
  writeChecks(record, 'initializing');
  return 'changed';
};
