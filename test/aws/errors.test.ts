/** What AWS's error codes mean. */
import fc from 'fast-check';
import { classify } from '../../src/aws/errors.ts';
import { LeadershipLost } from '../../src/aws/gate.ts';

const CODES: Readonly<Record<string, readonly string[]>> = {
  notFound: [
    'InvalidVpcID.NotFound',
    'InvalidSubnetID.NotFound',
    'InvalidInstanceID.NotFound',
    'InvalidGroup.NotFound',
    'InvalidPermission.NotFound',
    'InvalidSecurityGroupRuleId.NotFound',
    'InvalidVolume.NotFound',
    'InvalidSnapshot.NotFound',
    'InvalidAllocationID.NotFound',
    'InvalidAssociationID.NotFound',
    'InvalidAddress.NotFound',
    'InvalidInternetGatewayID.NotFound',
    'InvalidRouteTableID.NotFound',
    'InvalidRoute.NotFound',
    'InvalidVpcEndpointId.NotFound',
    'InvalidLaunchTemplateId.NotFound',
    'InvalidLaunchTemplateName.NotFoundException',
    'InvalidAMIID.NotFound',
    'Gateway.NotAttached',
    'NoSuchEntity',
    'NoSuchEntityException',
    'ParameterNotFound',
    'ResourceNotFound',
    'ResourceNotFoundException',
    'NatGatewayNotFound',
    'ReplicationGroupNotFoundFault',
    'CacheParameterGroupNotFound',
    'UserGroupNotFoundFault',
    'NoSuchBucket',
    'NoSuchHostedZone',
    'NoSuchChange',
    'NoSuchTagSet',
    'NoSuchLifecycleConfiguration',
    'NoSuchPublicAccessBlockConfiguration',
    'ServerSideEncryptionConfigurationNotFoundError',
    'OwnershipControlsNotFoundError',
  ],
  exists: [
    'InvalidGroup.Duplicate',
    'InvalidPermission.Duplicate',
    'InvalidLaunchTemplateName.AlreadyExistsException',
    'InvalidSubnet.Conflict',
    'RouteAlreadyExists',
    'Resource.AlreadyAssociated',
    'IdempotentParameterMismatch',
    'EntityAlreadyExists',
    'EntityAlreadyExistsException',
    'ParameterAlreadyExists',
    'ReplicationGroupAlreadyExistsFault',
    'CacheSubnetGroupAlreadyExists',
    'ServerlessCacheAlreadyExistsFault',
    'BucketAlreadyOwnedByYou',
    'BucketAlreadyExists',
  ],
  busy: [
    'DependencyViolation',
    'VolumeInUse',
    'InvalidIPAddress.InUse',
    'InvalidSnapshot.InUse',
    'InvalidGroup.InUse',
    'IncorrectState',
    'IncorrectInstanceState',
    'IncorrectModificationState',
    'VolumeModificationRateExceeded',
    'DeleteConflict',
    'DeleteConflictException',
    'ConcurrentModification',
    'ConcurrentModificationException',
    'EntityTemporarilyUnmodifiable',
    'EntityTemporarilyUnmodifiableException',
    'ResourceInUse',
    'OperationAborted',
    'TooManyUpdates',
    'InvalidReplicationGroupState',
    'InvalidCacheClusterStateFault',
    'InvalidCacheParameterGroupState',
    'InvalidUserState',
    'InvalidUserGroupStateFault',
    'InvalidServerlessCacheStateFault',
    'CacheSubnetGroupInUse',
    'SubnetInUse',
    'NoOperationFault',
  ],
  throttled: [
    'Throttling',
    'ThrottlingException',
    'Throttled',
    'ThrottledLocally',
    'RequestLimitExceeded',
    'RequestThrottled',
    'TooManyRequestsException',
    'SlowDown',
    'EC2ThrottledException',
    'ResourceContention',
    'PriorRequestNotComplete',
    'APICallRateForCustomerExceeded',
  ],
  quota: [
    'VpcLimitExceeded',
    'SubnetLimitExceeded',
    'InternetGatewayLimitExceeded',
    'AddressLimitExceeded',
    'VcpuLimitExceeded',
    'InstanceLimitExceeded',
    'VolumeLimitExceeded',
    'MaxIOPSLimitExceeded',
    'SnapshotLimitExceeded',
    'SecurityGroupLimitExceeded',
    'RulesPerSecurityGroupLimitExceeded',
    'LimitExceeded',
    'LimitExceededException',
    'LimitExceededFault',
    'ParameterLimitExceeded',
    'ParameterMaxVersionLimitExceeded',
    'ServiceQuotaExceededException',
    'TooManyTags',
    'TooManyBuckets',
    'NodeQuotaForCustomerExceededFault',
    'ClusterQuotaForCustomerExceeded',
    'CacheSubnetGroupQuotaExceeded',
    'UserQuotaExceeded',
  ],
  capacity: [
    'InsufficientInstanceCapacity',
    'InsufficientCacheClusterCapacityFault',
    'InsufficientVolumeCapacity',
    'InsufficientAddressCapacity',
    'InsufficientFreeAddressesInSubnet',
    'Unsupported',
  ],
  denied: [
    'UnauthorizedOperation',
    'AuthFailure',
    'AccessDenied',
    'AccessDeniedException',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'SignatureDoesNotMatch',
    'CredentialsProviderError',
    'KMSKeyNotAccessibleFault',
    'OptInRequired',
    'RequestExpired',
    'RegionDisabledException',
    'PendingVerification',
    'Blocked',
  ],
  invalid: [
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'InvalidParameterException',
    'InvalidInstanceID.Malformed',
    'InvalidVolume.ZoneMismatch',
    'InvalidInput',
    'MalformedPolicyDocument',
    'ValidationError',
    'ValidationException',
    'MissingParameter',
    'UnsupportedOperation',
    'OperationNotPermitted',
    'UnknownParameter',
    'DuplicateUserNameFault',
    'DefaultUserRequired',
    'DefaultUserAssociatedToUserGroupFault',
    'BucketNotEmpty',
    'PermanentRedirect',
    'IllegalLocationConstraintException',
  ],
  // On first use of a service, the role by which it acts is not there yet.
  propagating: ['ServiceLinkedRoleNotFoundFault', 'ServiceLinkedRoleFailure'],
  ambiguous: [
    'TimeoutError',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'RequestTimeout',
    'InternalError',
    'InternalFailure',
    'ServiceUnavailable',
    'Unavailable',
  ],
  transient: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  fenced: ['LeadershipLost'],
  unknown: ['SomethingNew', 'CannotDelete'],
};

const errorOf = (name: string, change: object = {}): Error => Object.assign(new Error('AWS says no'), { name }, change);

const rows = Object.entries(CODES).flatMap(([expected, codes]) => codes.map((code) => [code, expected] as const));

/** An object whose members throw when they are looked at. */
function hostile(members: readonly string[]): object {
  const trap = {
    get: (): never => {
      throw new Error('do not look');
    },
  };
  return Object.defineProperties({}, Object.fromEntries(members.map((member) => [member, trap])));
}

function biting(): Error {
  const error = new Error('round and round');
  error.cause = error;
  return error;
}

const MEMBERS = ['Code', 'name', 'code', 'message', '$metadata', 'toString', 'cause'];

const thrown: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  fc.subarray(MEMBERS).map(hostile),
  fc.dictionary(fc.constantFrom(...MEMBERS), fc.anything()),
  fc.dictionary(fc.constantFrom(...MEMBERS), fc.anything()).map((members) => Object.assign(new Error('odd'), members)),
  fc.constant(biting()),
);

describe('classify', () => {
  it.each(rows)('%s: %s', (code, expected) => {
    expect(classify(errorOf(code))).toEqual({ class: expected, code, message: 'AWS says no' });
  });

  it('reads the wire code where the SDK gives another name', () => {
    expect(classify(errorOf('DBInstanceNotFoundFault', { Code: 'DBInstanceNotFound' })).class).toBe('notFound');
    expect(classify(errorOf('Error', { Code: 'VpcLimitExceeded' })).class).toBe('quota');
    expect(classify(errorOf('Error', { code: 'ECONNRESET' }))).toMatchObject({
      class: 'ambiguous',
      code: 'ECONNRESET',
    });
  });

  it('takes an answer that was cut for one that was lost, whatever the parser throws', () => {
    const cut = Object.assign(new SyntaxError('Unterminated string\n  hint of the SDK'), {
      $response: { statusCode: 200 },
    });
    expect(classify(cut)).toEqual({ class: 'ambiguous', code: 'UnreadableAnswer', message: 'Unterminated string' });
    const refused = Object.assign(errorOf('AccessDenied', {}), { $response: { statusCode: 403 } });
    expect(classify(refused).class).toBe('denied');
  });

  it('takes any answer of a failing server for an answer that was lost', () => {
    expect(classify(errorOf('InternalServerError', { $metadata: { httpStatusCode: 500 } })).class).toBe('ambiguous');
    expect(classify(errorOf('SomethingNew', { $metadata: { httpStatusCode: 503 } })).class).toBe('ambiguous');
    expect(classify(errorOf('SomethingNew', { $metadata: { httpStatusCode: 400 } })).class).toBe('unknown');
    expect(classify(errorOf('SlowDown', { $metadata: { httpStatusCode: 503 } })).class).toBe('throttled');
  });

  it.each([
    [
      'InvalidParameterValue',
      'Value (st-web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
      'propagating',
    ],
    ['InvalidParameterValue', 'Value (x) for parameter cidrBlock is invalid', 'invalid'],
    ['MalformedPolicyDocument', 'Invalid principal in policy: "AWS":"arn:aws:iam::1:role/x"', 'propagating'],
    ['MalformedPolicyDocument', 'Syntax errors in policy', 'invalid'],
    [
      'InvalidChangeBatch',
      "[Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values]",
      'busy',
    ],
    ['InvalidChangeBatch', '[RRSet with DNS name www.example.org. is not permitted in zone example.com.]', 'invalid'],
    ['NameTaken', 'www.example.com has a record of type CNAME', 'invalid'],
    ['InvalidInstanceID', "The instance ID 'i-1' is not in a valid state for this operation", 'busy'],
  ])('%s, %s: %s', (name, message, expected) => {
    expect(classify(Object.assign(new Error(message), { name })).class).toBe(expected);
  });

  it('knows its own refusal to write', () => {
    expect(classify(new LeadershipLost('the lease is lost')).class).toBe('fenced');
  });

  it('understands whatever is thrown, also what throws when it is looked at', () => {
    fc.assert(
      fc.property(thrown, (value) => {
        const { class: sort, code, message } = classify(value);
        expect([typeof sort, typeof code, typeof message]).toEqual(['string', 'string', 'string']);
        expect(code.length * message.length).toBeGreaterThan(0);
      }),
      { numRuns: 500, seed: 42 },
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a symbol', Symbol('odd')],
    ['an object without a prototype', Object.create(null)],
    ['a chain of causes that bites its tail', biting()],
    ['getters that throw', hostile(['Code', 'name', 'code', 'message', '$metadata', 'toString'])],
    ['members of other types', { name: 7, code: {}, Code: [], message: null, $metadata: 'x' }],
  ])('takes %s for an unknown error and says so', (_name, value) => {
    expect(classify(value)).toMatchObject({ class: 'unknown', message: expect.stringMatching(/./) });
  });
});
