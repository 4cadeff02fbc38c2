/** Words of calls: the same whenever a process makes it again, and others for another call of the same operation. */
import { expect, test } from '@jest/globals';
import type { Params } from './call.ts';
import { wordsOf } from './words.ts';

const record = (value: object): Params => ({ Name: '/tier/ops/freeze', Value: JSON.stringify(value), Overwrite: true });
const tagged = (role: string): Params => ({
  ClientToken: crypto.randomUUID(),
  TagSpecification: [{ ResourceType: 'subnet', Tag: [{ Key: 'scalingtier.dev/role', Value: role }] }],
});

test.each<[string, string, Params, string]>([
  ['a name', 'CreateSecret', { Name: 'db', SecretString: crypto.randomUUID() }, 'CreateSecret db'],
  ['an id', 'AttachVolume', { VolumeId: 'vol-1', InstanceId: 'i-1' }, 'AttachVolume vol-1 i-1'],
  ['several ids', 'CreateTags', { ResourceId: ['vpc-1', 'eni-1'] }, 'CreateTags vpc-1 eni-1'],
  ['an ARN', 'DeleteListener', { ListenerArn: 'arn:1' }, 'DeleteListener arn:1'],
  ['a command', 'SendCommand', { Comment: 'freeze', InstanceIds: ['i-1'], Parameters: {} }, 'SendCommand freeze i-1'],
  ['a role', 'CreateSubnet', tagged('subnet/a'), 'CreateSubnet subnet/a'],
  ['how far a step is', 'PutParameter', record({ state: 'sent', at: 1 }), 'PutParameter /tier/ops/freeze sent'],
  [
    'that its command is known',
    'PutParameter',
    record({ state: 'sent', commandId: 'c', at: 2 }),
    'PutParameter /tier/ops/freeze sent noted',
  ],
  ['no more than a value has', 'PutParameter', { Name: '/tier/db/port', Value: '5432' }, 'PutParameter /tier/db/port'],
])('they say %s', (_, operation, params, words) => {
  expect(wordsOf({ operation, params })).toBe(words);
});
