/** What AWS refuses of volumes (EBS User Guide; API reference of each action) and the stand-in lets pass. */
import { type Params, Refusal, text } from '../../call.ts';
import { now } from '../../clock.ts';
import { progress } from '../../lifecycle.ts';
import { type Element, itemsOf, textAt } from '../../xml.ts';
import { type Rule, required } from '../refusal.ts';
import { lookBy, type Scene } from '../view.ts';
import { modificationOf } from '../views/storage.ts';

async function volumeOf(scene: Scene, params: Params): Promise<readonly [id: string, volume: Element | undefined]> {
  const id = required(params, 'VolumeId');
  return [id, (await lookBy(scene, 'DescribeVolumes', 'volume-id', id))[0]];
}

function checkVolume(id: string, volume: Element): void {
  const status = textAt(volume, 'status');
  if (status === 'available') return;
  if (status === 'in-use') throw new Refusal('VolumeInUse', `${id} is already attached to an instance`);
  throw new Refusal('IncorrectState', `Volume '${id}' is in the '${status}' state.`);
}

function checkInstance(id: string, instance: Element, device: string): void {
  const state = textAt(instance, 'instanceState', 'name') ?? '';
  if (!['running', 'stopping', 'stopped'].includes(state))
    throw new Refusal('IncorrectState', `Instance '${id}' is not 'running'.`);
  if (itemsOf(instance, 'blockDeviceMapping').some((one) => textAt(one, 'deviceName') === device)) {
    throw new Refusal(
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
}

async function attach(scene: Scene, params: Params): Promise<void> {
  const [id, volume] = await volumeOf(scene, params);
  const instanceId = required(params, 'InstanceId');
  const [instance] = await lookBy(scene, 'DescribeInstances', 'instance-id', instanceId);
  if (!volume || !instance) return;
  checkVolume(id, volume);
  checkInstance(instanceId, instance, text(params, 'Device') ?? '');
  if (textAt(volume, 'availabilityZone') !== textAt(instance, 'placement', 'availabilityZone')) {
    throw new Refusal(
      'InvalidVolume.ZoneMismatch',
      `The volume '${id}' is not in the same availability zone as instance '${instanceId}'`,
    );
  }
}

async function detach(scene: Scene, params: Params): Promise<void> {
  const [id, volume] = await volumeOf(scene, params);
  if (!volume) return;
  const attachment = itemsOf(volume, 'attachmentSet')[0];
  if (!attachment) throw new Refusal('IncorrectState', `Volume '${id}' is in the 'available' state.`);
  if (textAt(attachment, 'status') === 'detaching') {
    throw new Refusal('IncorrectState', `Volume '${id}' is in the 'detaching' state.`);
  }
}

async function deletion(scene: Scene, params: Params): Promise<void> {
  const [id, volume] = await volumeOf(scene, params);
  if (!volume) return;
  const status = textAt(volume, 'status');
  const attachment = itemsOf(volume, 'attachmentSet')[0];
  if (status === 'in-use') {
    throw new Refusal('VolumeInUse', `Volume ${id} is currently attached to ${textAt(attachment, 'instanceId')}`);
  }
  if (status !== 'available') throw new Refusal('IncorrectState', `The volume '${id}' is in the '${status}' state.`);
}

/** Four modifications of a volume in a rolling day, each completed before the next. */
const MOST_PER_DAY = 4;
const DAY = 86_400;

function checkRate({ world, call }: Scene, id: string): void {
  const { factor } = world.settings.of(call.account);
  const times = world.memory(call).store<readonly number[]>('modification times');
  const since = factor <= 0 ? now() : now() - (DAY * 1000) / factor;
  const recent = (times.get(id) ?? []).filter((time) => time > since);
  if (recent.length >= MOST_PER_DAY) {
    throw new Refusal(
      'VolumeModificationRateExceeded',
      `You've reached the maximum modification rate per volume limit for ${id}.`,
    );
  }
  if (text(call.params, 'DryRun') !== 'true') times.set(id, [...recent, now()]);
}

async function modification(scene: Scene, params: Params): Promise<void> {
  const [id, volume] = await volumeOf(scene, params);
  if (!volume) return;
  const running = progress(scene.world, scene.call, modificationOf(id));
  if (running) {
    throw new Refusal(
      'IncorrectModificationState',
      `Cannot modify volume ${id} in modification state ${running.state.toUpperCase()}`,
    );
  }
  const size = text(params, 'Size');
  if (size !== undefined && Number(size) < Number(textAt(volume, 'size'))) {
    throw new Refusal('InvalidParameterValue', `New size cannot be smaller than existing size`);
  }
  checkRate(scene, id);
}

/** Rules of volumes. */
export const STORAGE_RULES: readonly Rule[] = [
  { operation: 'AttachVolume', check: attach },
  { operation: 'DetachVolume', check: detach },
  { operation: 'DeleteVolume', check: deletion },
  { operation: 'ModifyVolume', check: modification },
];
