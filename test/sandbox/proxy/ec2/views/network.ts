/** Networks, endpoints and addresses as AWS shows them while they come and go. */
import { progress } from '../../lifecycle.ts';
import { setText, textAt } from '../../xml.ts';
import type { Seen, View } from '../view.ts';

/** Shows `state` of a record that a course may override. */
export function showPlain(id: string): View {
  return ({ world, call }, record): Seen => {
    const state = progress(world, call, textAt(record, id) ?? '')?.state;
    if (state === undefined) return 'same';
    setText(record, 'state', state);
    return 'changed';
  };
}

/** Shows an endpoint: one whose deletion is over is not shown, although the stand-in lists it for ever. */
export const showVpcEndpoint: View = (scene, record) => {
  const seen = showPlain('vpcEndpointId')(scene, record);
  return seen === 'same' && textAt(record, 'state') === 'deleted' ? 'hidden' : seen;
};

/** Leaves out empty children, as AWS does for an address that is not associated. */
export const showAddress: View = (_scene, record) => {
  const kept = record.children.filter((one) => one.children.length > 0 || one.raw !== '' || one.name.endsWith('Set'));
  if (kept.length === record.children.length) return 'same';
  record.children = kept;
  return 'changed';
};

/** Calls an address as AWS does among the sorts of resources (API reference, `TagSpecification`). */
export const showTag: View = (_scene, record) => {
  if (textAt(record, 'resourceType') !== 'vpc-elastic-ip') return 'same';
  setText(record, 'resourceType', 'elastic-ip');
  return 'changed';
};
