/**
 * Networks come into being within a second or two, endpoints a little later: `pending`, then `available`. Gateway
 * endpoints are shown as `deleting` for a while and disappear.
 */
import { texts } from '../../call.ts';
import { begin, progress, type Stage } from '../../lifecycle.ts';
import { branch, descend, type Element, leaf, setText, textAt } from '../../xml.ts';
import { type Transition, transition } from '../transition.ts';
import { look } from '../view.ts';

const PENDING: Readonly<Record<string, readonly [record: string, id: string, stage: Stage]>> = {
  CreateVpc: ['vpc', 'vpcId', { state: 'pending', seconds: [0.5, 2] }],
  CreateSubnet: ['subnet', 'subnetId', { state: 'pending', seconds: [0.5, 2] }],
  CreateVpcEndpoint: ['vpcEndpoint', 'vpcEndpointId', { state: 'pending', seconds: [3, 10] }],
};

function creation([operation, [name, id, stage]]: readonly [string, (typeof PENDING)[string]]): Transition {
  return transition({
    operation,
    after({ world, call }, answer) {
      const record: Element | undefined = descend(answer, name);
      if (!record) return;
      begin(world, call, textAt(record, id) ?? '', [stage]);
      setText(record, 'state', stage.state);
    },
  });
}

/** DeleteVpcEndpoints answers for each endpoint by itself. */
function unsuccessful(id: string): Element {
  const error = [
    leaf('code', 'InvalidVpcEndpoint.NotFound'),
    leaf('message', `The Vpc Endpoint Id '${id}' does not exist`),
  ];
  return branch('item', [branch('error', error), leaf('resourceId', id)]);
}

/** Creations of networks and endpoints, and the end of endpoints. */
export const plainTransitions: readonly Transition[] = [
  ...Object.entries(PENDING).map(creation),
  transition({
    operation: 'DeleteVpcEndpoints',
    before: (scene) => look(scene, 'DescribeVpcEndpoints', {}),
    after({ world, call }, answer, before) {
      const known = new Set(before.map((one) => textAt(one, 'vpcEndpointId')));
      const missing: Element[] = [];
      for (const id of texts(call.params, 'VpcEndpointId')) {
        if (!known.has(id)) missing.push(unsuccessful(id));
        else if (!progress(world, call, id)) begin(world, call, id, [{ state: 'deleting', seconds: [5, 20] }]);
      }
      answer.children = [
        branch('unsuccessful', missing),
        ...answer.children.filter(({ name }) => name !== 'unsuccessful'),
      ];
    },
  }),
];
