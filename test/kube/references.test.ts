/** References: found values, and a sentence that helps for each that is not there. */
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { readReferences } from '../../src/kube/references.ts';
import { type FakeApiServer, fail, startFakeApiServer } from './fake-api-server.ts';
import { sampleSpec } from './tier-samples.ts';

let server: FakeApiServer;
let api: KubeApi;

beforeEach(async () => {
  server = await startFakeApiServer();
  api = createKubeApi({ target: server.target });
});

afterEach(async () => {
  api.close();
  await server.close();
});

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const putSecret = (name: string, data: Record<string, string>) =>
  server.put(`/api/v1/namespaces/team-a/secrets/${name}`, { data });
const putConfigMap = (name: string, fields: object) =>
  server.put(`/api/v1/namespaces/team-a/configmaps/${name}`, { ...fields });
const fromConfigMap = (name: string, key: string) => sampleSpec({ userData: { configMapKeyRef: { name, key } } });
const fromSecret = (name: string, key: string) => sampleSpec({ userData: { secretKeyRef: { name, key } } });
const ROLE = 'arn:aws:iam::123456789012:role/shop';
const withExternalID = (name: string, key: string) =>
  sampleSpec({}, { assumeRoleARN: ROLE, externalIDSecretRef: { name, key } });

test('nothing named, nothing read', async () => {
  await expect(readReferences(api, 'team-a', sampleSpec())).resolves.toEqual({ problems: [] });
  expect(server.requests).toHaveLength(0);
});

test('inline text, a ConfigMap, a Secret and an external ID are read', async () => {
  putConfigMap('boot', { data: { 'user-data': '#!/bin/sh\necho ü\n' } });
  putSecret('boot', { script: base64('#!/bin/sh\n') });
  putSecret('trust', { id: base64('abc-123\n') });
  const read = (spec: Parameters<typeof readReferences>[2]) => readReferences(api, 'team-a', spec);
  await expect(read(sampleSpec({ userData: { inline: '#!' } }))).resolves.toEqual({ userData: '#!', problems: [] });
  await expect(read(fromConfigMap('boot', 'user-data'))).resolves.toEqual({
    borrowed: true,
    userData: '#!/bin/sh\necho ü\n',
    problems: [],
  });
  await expect(read(fromSecret('boot', 'script'))).resolves.toEqual({
    borrowed: true,
    userData: '#!/bin/sh\n',
    problems: [],
  });
  await expect(read(withExternalID('trust', 'id'))).resolves.toEqual({
    borrowed: true,
    externalID: 'abc-123',
    problems: [],
  });
});

test.each([
  [
    'a missing ConfigMap',
    fromConfigMap('shop-boot', 'a'),
    'spec.compute.userData.configMapKeyRef: ConfigMap "shop-boot" not found in namespace "team-a"; create it or correct the name',
  ],
  [
    'a missing Secret',
    withExternalID('nope', 'id'),
    'spec.aws.externalIDSecretRef: Secret "nope" not found in namespace "team-a"; create it or correct the name',
  ],
  [
    'a missing key',
    fromConfigMap('boot', 'nope'),
    'spec.compute.userData.configMapKeyRef: ConfigMap "boot" in namespace "team-a" has no key "nope"; add it or correct the key',
  ],
  [
    'a key that every object inherits',
    fromConfigMap('boot', 'constructor'),
    'spec.compute.userData.configMapKeyRef: ConfigMap "boot" in namespace "team-a" has no key "constructor"; add it or correct the key',
  ],
  [
    'binary data in a ConfigMap',
    fromConfigMap('boot', 'binary'),
    'spec.compute.userData.configMapKeyRef: key "binary" of ConfigMap "boot" in namespace "team-a" is not UTF-8 text; store text',
  ],
  [
    'binary data in a Secret',
    fromSecret('boot', 'binary'),
    'spec.compute.userData.secretKeyRef: key "binary" of Secret "boot" in namespace "team-a" is not UTF-8 text; store text',
  ],
  [
    'a text that is too long',
    fromConfigMap('boot', 'long'),
    'spec.compute.userData.configMapKeyRef: 16386 bytes are more than the 16384 that AWS takes; shorten it',
  ],
])('%s becomes a sentence with the way out', async (_, spec, sentence) => {
  putConfigMap('boot', { data: { long: 'ü'.repeat(8_193) }, binaryData: { binary: 'AP8=' } });
  putSecret('boot', { binary: base64(Buffer.from([0xff, 0xfe])) });
  await expect(readReferences(api, 'team-a', spec)).resolves.toEqual({ borrowed: true, problems: [sentence] });
});

test('a refusal names the rule that is missing', async () => {
  server.intercept = ({ response }) => {
    fail(response, 403, 'Forbidden', 'secrets "trust" is forbidden');
    return true;
  };
  const { problems } = await readReferences(api, 'team-a', withExternalID('trust', 'id'));
  expect(problems).toEqual([
    'spec.aws.externalIDSecretRef: the operator may not read Secrets there; bind a Role with verb "get" on "secrets" in namespace "team-a" to its service account',
  ]);
});

test('an API server that fails is an error, not a sentence for the user', async () => {
  server.intercept = ({ response }) => {
    fail(response, 500, 'InternalError', 'etcd is slow');
    return true;
  };
  await expect(readReferences(api, 'team-a', fromConfigMap('boot', 'a'))).rejects.toThrow(KubeError);
});

test('all problems are told at once, and what could be read is there', async () => {
  putSecret('trust', { id: base64('abc') });
  const spec = sampleSpec(
    { userData: { secretKeyRef: { name: 'nope', key: 'a' } } },
    { assumeRoleARN: ROLE, externalIDSecretRef: { name: 'trust', key: 'id' } },
  );
  const references = await readReferences(api, 'team-a', spec);
  expect(references.externalID).toBe('abc');
  expect(references.problems).toHaveLength(1);
});
