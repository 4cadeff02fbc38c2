/** The small rules of RDS: versions, windows, wishes that a tag remembers, passwords, refusals. */
import { classify } from '../../../src/aws/errors.ts';
import { isAsked, NOTHING_ASKED, rememberAsked } from '../../../src/resources/rds/pending.ts';
import { isAsAsked, isBackwards, majorOf } from '../../../src/resources/rds/version.ts';
import { opensSoon } from '../../../src/resources/rds/window.ts';
import { makePassword } from '../../../src/resources/secretsmanager/password.ts';
import { awsError } from './fake.ts';

test.each([
  ['17.4', '17', true],
  ['17.10', '17.9', true],
  ['17.4', '17.5', false],
  ['18.1', '17', false],
  ['8.0.43', '8.0', true],
  ['8.4.3', '8.0', false],
  ['8.0.40', '8.0.41', false],
])('%s is as good as %s: %s', (inForce, asked, answer) => {
  expect(isAsAsked(inForce, asked)).toBe(answer);
});

test.each([
  ['17.4', '16', true],
  ['17.4', '17.3', true],
  ['17.4', '17', false],
  ['17.4', '18', false],
  ['8.4.3', '8.0', true],
])('from %s to %s is a way back: %s', (inForce, asked, answer) => {
  expect(isBackwards(inForce, asked)).toBe(answer);
});

test.each([
  ['17.4', '17'],
  ['8.0.43', '8.0'],
  ['8.4', '8.4'],
  ['17', '17'],
])('the major version of %s is %s', (version, major) => {
  expect(majorOf(version)).toBe(major);
});

const WINDOW = 'sun:23:30-mon:00:30';

test.each([
  ['2026-11-29T22:00:00Z', false],
  ['2026-11-29T23:05:00Z', true],
  ['2026-11-29T23:45:00Z', true],
  ['2026-11-30T00:15:00Z', true],
  ['2026-11-30T00:45:00Z', false],
  ['2026-12-02T23:45:00Z', false],
])('at %s a window from Sunday to Monday opens soon or is open: %s', (time, answer) => {
  expect(opensSoon(WINDOW, new Date(time), 30)).toBe(answer);
});

test('a window over the end of the week is one', () => {
  expect(opensSoon('sat:23:30-sun:00:30', new Date('2026-11-29T00:10:00Z'), 30)).toBe(true);
  expect(opensSoon('sat:23:30-sun:00:30', new Date('2026-11-28T23:10:00Z'), 30)).toBe(true);
  expect(opensSoon('sat:23:30-sun:00:30', new Date('2026-11-29T01:00:00Z'), 30)).toBe(false);
});

test('wishes are remembered as tags can keep them, passwords and lists without their value', () => {
  const spec = {
    instanceClass: 'db.m7g.large',
    engineVersion: '18',
    masterSecretVersion: 'version-2',
    enabledLogExports: ['postgresql'],
    securityGroupIds: ['sg-1'],
  };
  const remembered = rememberAsked(spec, Object.keys(spec));
  expect(remembered).toBe('instanceClass=db.m7g.large engineVersion=18 masterSecretVersion= enabledLogExports=');
  expect(remembered).toMatch(/^[\p{L}\p{N} _.:/=+@-]{1,256}$/u);
  expect(rememberAsked(spec, ['securityGroupIds'])).toBe(NOTHING_ASKED);
});

test.each([
  [{ name: 'instanceClass', value: 'db.m7g.large' }, true],
  [{ name: 'instanceClass', value: 'db.m7g.xlarge' }, false],
  [{ name: 'engineVersion', value: '18.1' }, true],
  [{ name: 'masterSecretVersion', value: '****' }, true],
  [{ name: 'multiAz', value: true }, false],
  [{ name: 'LicenseModel', value: 'postgresql-license' }, false],
])('%j is what was asked for: %s', (pending, answer) => {
  expect(isAsked(pending, 'instanceClass=db.m7g.large engineVersion=18 masterSecretVersion=')).toBe(answer);
});

test('passwords are what RDS takes, and no two are alike', () => {
  const made = Array.from({ length: 200 }, () => makePassword(32));
  for (const password of made) expect(password).toMatch(/^[A-Za-z0-9!#$%^*()_+=-]{32}$/);
  expect(new Set(made).size).toBe(made.length);
  expect(new Set(made.join('')).size).toBe(74);
});

test.each([
  ['DBInstanceNotFound', '', 'notFound'],
  ['DBSubnetGroupNotFoundFault', '', 'notFound'],
  ['DBInstanceAlreadyExists', '', 'exists'],
  ['DBSnapshotAlreadyExistsFault', '', 'exists'],
  ['ResourceExistsException', '', 'exists'],
  ['InvalidDBInstanceState', '', 'busy'],
  ['InvalidDBInstanceStateFault', '', 'busy'],
  ['InvalidDBSubnetGroupStateFault', '', 'busy'],
  ['InvalidDBParameterGroupState', '', 'busy'],
  ['InvalidDBSnapshotState', '', 'busy'],
  ['SubnetAlreadyInUse', '', 'busy'],
  ['InvalidParameterCombination', 'Cannot delete protected DB Instance, please disable deletion protection', 'busy'],
  [
    'InvalidParameterCombination',
    "The Parameter Group with DBParameterGroupFamily postgres18 can't be used for this instance.",
    'busy',
  ],
  ['InstanceQuotaExceeded', '', 'quota'],
  ['SnapshotQuotaExceededFault', '', 'quota'],
  ['InsufficientDBInstanceCapacity', '', 'capacity'],
  ['ProvisionedIopsNotAvailableInAZFault', '', 'capacity'],
  ['KMSKeyNotAccessibleFault', '', 'denied'],
  ['DecryptionFailure', '', 'denied'],
  ['CertificateNotFound', '', 'invalid'],
  ['DBSubnetGroupDoesNotCoverEnoughAZs', '', 'invalid'],
  ['StorageTypeNotSupported', '', 'invalid'],
  ['InvalidSubnet', '', 'invalid'],
  ['InvalidParameterValue', 'Some input subnets in :[subnet-1] are invalid.', 'propagating'],
  ['InvalidParameterValue', 'Invalid DB Instance class: db.x', 'invalid'],
  ['InvalidParameterValue', 'Verify that you have permission to create service linked role.', 'propagating'],
  [
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
    'exists',
  ],
  [
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
    'notFound',
  ],
  ['InvalidRequestException', 'The parameter is wrong', 'invalid'],
  ['ThrottlingException', 'Rate exceeded', 'throttled'],
])('%s %s means %s', (name, message, expected) => {
  expect(classify(awsError(name, message || name)).class).toBe(expected);
});
