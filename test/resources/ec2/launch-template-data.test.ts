import { diffSpec } from '../../../src/core/diff.ts';
import { LaunchTemplate } from '../../../src/resources/ec2/launch-template.ts';
import { dataOf, type LaunchTemplateSpec, specOf } from '../../../src/resources/ec2/launch-template-data.ts';

const spec: LaunchTemplateSpec = {
  name: 'st-web-00000000-server',
  imageId: 'ami-1',
  instanceType: 't4g.small',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/p',
  securityGroupIds: ['sg-1', 'sg-2'],
  imdsHopLimit: 1,
  rootVolume: { deviceName: '/dev/xvda', sizeGiB: 20, volumeType: 'gp3', encrypted: true, kmsKeyId: null },
  userData: '#!/bin/sh\necho "grüß dich"\n',
};

/** What AWS would answer for it, except for `changes` to its data. */
const observed = (changes: object = {}, of: LaunchTemplateSpec = spec) =>
  specOf({ LaunchTemplateName: of.name, LaunchTemplateData: { ...(dataOf(of) as object), ...changes } });

const differing = (seen: ReturnType<typeof observed>) =>
  diffSpec(LaunchTemplate, spec, {
    owner: undefined,
    node: undefined,
    incarnation: 1,
    id: 'lt-1',
    spec: seen as never,
    attributes: {},
    health: { state: 'active', phase: 'ready' },
  });

test('what is written is what is read', () => {
  expect(observed()).toEqual({ ...spec, publicAddress: null });
  expect(observed({}, { ...spec, userData: '' }).userData).toBe('');
});

test('with a public address asked for or refused, the groups go with the interface, as EC2 wants it', () => {
  for (const publicAddress of [true, false]) {
    const asked = { ...spec, publicAddress };
    expect(dataOf(asked)).not.toHaveProperty('SecurityGroupIds');
    expect(observed({}, asked)).toEqual(asked);
  }
});

test('user data that differs is one change, and neither side of it is shown', () => {
  const changes = differing(observed({ UserData: Buffer.from('password: hunter2').toString('base64') }));
  expect(changes.map(({ path }) => path)).toEqual(['userData']);
  expect(JSON.stringify(changes)).not.toMatch(/hunter2|grüß/);
});

test("the order of security groups is nobody's business", () => {
  expect(differing(observed({ SecurityGroupIds: ['sg-2', 'sg-1'] }))).toEqual([]);
});

test.each([
  { name: 'optional tokens', options: { HttpTokens: 'optional', HttpPutResponseHopLimit: 1 } },
  { name: 'no metadata options', options: undefined },
])('a version with $name differs', ({ options }) => {
  expect(differing(observed({ MetadataOptions: options })).map(({ path }) => path)).toEqual(['imdsHopLimit']);
});

test('a version without anything in it differs in everything', () => {
  const changes = differing(specOf({ LaunchTemplateName: spec.name }));
  expect(changes.map(({ path }) => path)).toEqual(Object.keys(spec).filter((key) => key !== 'name'));
});
