/** How versions of a launch template are read: user data is compared as what it says, not as how AWS writes it. */
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { LaunchTemplate, type LaunchTemplateSpec } from '../../../src/resources/ec2/launch-template.ts';
import { dataOf } from '../../../src/resources/ec2/launch-template-data.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'ec2.launch-template/server';

const SPEC: LaunchTemplateSpec = {
  name: 'st-web-00000000-server',
  imageId: 'ami-1',
  instanceType: 't4g.small',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/p',
  securityGroupIds: ['sg-1'],
  imdsHopLimit: 1,
  rootVolume: { deviceName: '/dev/xvda', sizeGiB: 20, volumeType: 'gp3', encrypted: true, kmsKeyId: null },
  publicAddress: false,
  userData: `#!/bin/sh\n${'echo hello\n'.repeat(20)}`,
};

const template = {
  LaunchTemplateId: 'lt-1',
  LaunchTemplateName: SPEC.name,
  LatestVersionNumber: 3,
  DefaultVersionNumber: 1,
  Tags: tagsOf(node, { 'aws:cloudformation:stack-id': '1' }),
};

const version = (changes: object = {}) => ({
  LaunchTemplateId: 'lt-1',
  LaunchTemplateName: SPEC.name,
  VersionNumber: 3,
  LaunchTemplateData: { ...dataOf(SPEC), ...changes },
});

async function read(changes: object = {}) {
  const fake = recordingAws({
    DescribeLaunchTemplates: { LaunchTemplates: [template] },
    DescribeLaunchTemplateVersions: { LaunchTemplateVersions: [version(changes)] },
  });
  const [seen] = await allOf(LaunchTemplate.observe(fake.aws, { by: 'ids', ids: ['lt-1'] }));
  if (!seen) throw new Error('the template was not read');
  return { ...fake, seen };
}

const differences = async (changes: object) =>
  diffSpec(LaunchTemplate, SPEC, (await read(changes)).seen).map(({ path }) => path);

test('user data is decoded before it is compared: lines and padding of base64 say nothing', async () => {
  const encoded = Buffer.from(SPEC.userData).toString('base64');
  const inLines = encoded.replace(/(.{76})/g, '$1\n');
  expect(inLines).not.toBe(encoded);
  expect(await differences({ UserData: inLines })).toEqual([]);
  expect(await differences({ UserData: encoded.replace(/=+$/, '') })).toEqual([]);
  expect(await differences({ UserData: undefined })).toEqual(['userData']);
});

test('which version is the default one, and tags of AWS, are no difference', async () => {
  const { seen } = await read();
  expect(diffSpec(LaunchTemplate, SPEC, seen)).toEqual([]);
  expect(seen.tags).toEqual(self(node).tags);
});

test('a server is told the number of a version, never that it is the latest', async () => {
  expect((await read()).seen.attributes).toEqual({ launchTemplateId: 'lt-1', latestVersion: '3' });
});

test('a version that lists do not show yet is not judged', async () => {
  const { aws } = recordingAws({ DescribeLaunchTemplates: { LaunchTemplates: [template] } });
  const [seen] = await allOf(LaunchTemplate.observe(aws, { by: 'ids', ids: ['lt-1'] }));
  expect(seen?.health.phase).toBe('settling');
  expect(seen && diffSpec(LaunchTemplate, SPEC, seen)).toEqual([]);
});
