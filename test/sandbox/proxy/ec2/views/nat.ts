/** NAT gateways as AWS shows them while they come, fail and go. */
import { progress } from '../../lifecycle.ts';
import { child, setText, textAt } from '../../xml.ts';
import type { Scene, View } from '../view.ts';

/** A gateway that lists show no more. */
export const NAT_GONE = 'gone';

/** Why gateways failed, by id. */
export const failuresOf = ({ world, call }: Scene): Map<string, { readonly code: string; readonly message: string }> =>
  world.memory(call).store('failed NAT gateways');

/** Shows a gateway's state. One whose end is not remembered any more ended long ago: the stand-in lists it for ever. */
export const showNatGateway: View = (scene, record) => {
  const id = textAt(record, 'natGatewayId') ?? '';
  const state = progress(scene.world, scene.call, id)?.state;
  if (state === NAT_GONE || (state === undefined && textAt(record, 'state') === 'deleted')) return 'hidden';
  const failure = failuresOf(scene).get(id);
  const isPlain = child(record, 'connectivityType') !== undefined && state === undefined;
  if (isPlain) return 'same';
  if (!textAt(record, 'connectivityType')) setText(record, 'connectivityType', 'public');
  if (state !== undefined) setText(record, 'state', state);
  if (state === 'failed' && failure) {
    setText(record, 'failureCode', failure.code);
    setText(record, 'failureMessage', failure.message);
  }
  return 'changed';
};
