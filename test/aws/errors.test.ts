/** What AWS's error codes mean. */
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
  ],
  capacity: [
    'InsufficientInstanceCapacity',
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
  ],
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
    ['InvalidInstanceID', "The instance ID 'i-1' is not in a valid state for this operation", 'busy'],
  ])('%s, %s: %s', (name, message, expected) => {
    expect(classify(Object.assign(new Error(message), { name })).class).toBe(expected);
  });

  it('knows its own refusal to write', () => {
    expect(classify(new LeadershipLost('the lease is lost')).class).toBe('fenced');
  });

  it.each([undefined, null, 'text', 7, {}])('survives %j', (thrown) => {
    expect(classify(thrown).class).toBe('unknown');
  });
});
