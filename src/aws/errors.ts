/**
 * What an error of AWS means, from one table of its codes. Nothing else in the project may look at an AWS error code
 * or message. An unknown error is `unknown`: retried with back-off and shown, never swallowed.
 */

/**
 * - `notFound` it does not exist (or not yet: AWS's reads lag behind its writes)
 * - `exists` its name or token is taken: ours to verify, maybe a stranger's
 * - `busy` AWS is at work on it or on what depends on it: look again at the kind's own pace
 * - `throttled` too many calls
 * - `propagating` a fresh dependency is not visible everywhere yet
 * - `quota` an account limit; `capacity` AWS has none free right now
 * - `denied` credentials or permissions; `invalid` the input will never be accepted
 * - `ambiguous` a write whose answer was lost: observe before anything else
 * - `transient` a read that failed on the way
 * - `waiting` our own: another part of the tier comes first, and that is in order however long it takes
 */
export type ErrorClass =
  | 'notFound'
  | 'exists'
  | 'busy'
  | 'throttled'
  | 'propagating'
  | 'quota'
  | 'capacity'
  | 'denied'
  | 'invalid'
  | 'ambiguous'
  | 'transient'
  | 'fenced'
  | 'waiting'
  | 'unknown';

/** An error, understood. */
export interface Classified {
  readonly class: ErrorClass;
  /** AWS's code, for people. */
  readonly code: string;
  readonly message: string;
}

interface Row {
  readonly class: ErrorClass;
  readonly code: RegExp;
  /** When given, the message must match too. */
  readonly message?: RegExp;
}

/** First match wins. Codes are from the API models; sources per service are named in the AWS guides' "error codes" pages. */
const TABLE: readonly Row[] = [
  { class: 'fenced', code: /^(LeadershipLost|FenceError)$/ },
  // The targets of a group that is to take over do not serve yet; a listener or a rule uses a group still.
  { class: 'waiting', code: /^(TargetsNotHealthy|TargetGroup\.InUse)$/ },
  // A server whose agent has not called yet; a step that is being taken back.
  { class: 'waiting', code: /^(ServerNotConnected|StepNotOver)$/ },
  // What stands at a name of the app is not ours.
  { class: 'invalid', code: /^NameTaken$/ },
  // Records have changed between the look at them and the batch that names them as they were.
  { class: 'busy', code: /^InvalidChangeBatch$/, message: /already exists|not found|do not match/i },
  { class: 'notFound', code: /^InvocationDoesNotExist$/ },
  // A new role or profile is unknown to EC2 for seconds to minutes, under a generic code.
  { class: 'propagating', code: /^(InvalidParameterValue|ValidationError)$/, message: /instance profile/i },
  { class: 'propagating', code: /^MalformedPolicyDocument(Exception)?$/, message: /invalid principal/i },
  // The role by which a service acts for the account is made with the first resource and takes a moment.
  { class: 'propagating', code: /^ServiceLinkedRole(Failure|NotFound)/ },
  // Auto Scaling has one code for whatever it does not accept.
  { class: 'notFound', code: /^ValidationError$/, message: /AutoScalingGroup name not found|group .* not found/i },
  {
    class: 'busy',
    code: /^ValidationError$/,
    message: /active instance refresh|does not route traffic to the target group|is not attached to the/i,
  },
  { class: 'busy', code: /^(ScalingActivityInProgress|InstanceRefreshInProgress)/ },
  // What RDS stands on was made a moment ago, or its service role was.
  {
    class: 'propagating',
    code: /^InvalidParameterValue$/,
    message: /input subnets in .* are invalid|invalid security group|service.linked role/i,
  },
  // RDS has one code for changes that go together badly, and for those that cannot be made just now: a replica takes
  // parameters of another family when its source's upgrade has reached it.
  {
    class: 'busy',
    code: /^InvalidParameterCombination$/,
    message: /previous storage change|deletion protection|DBParameterGroupFamily/i,
  },
  { class: 'invalid', code: /^(CertificateNotFound|DBSubnetGroupDoesNotCoverEnoughAZs|DBSubnetGroupNotAllowed)/ },
  { class: 'invalid', code: /^(StorageTypeNot(Supported|Available)|NetworkTypeNotSupported|ReplicaPromoted)/ },
  // The name of a secret is not free before its recovery window has passed.
  { class: 'exists', code: /^InvalidRequestException$/, message: /with this name is already scheduled for deletion/i },
  {
    class: 'notFound',
    code: /^InvalidRequestException$/,
    message: /marked (for deletion|deleted)|scheduled for deletion/i,
  },
  {
    class: 'throttled',
    code: /^(Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|RequestThrottled|PriorRequestNotComplete)/,
  },
  {
    class: 'throttled',
    code: /^(BandwidthLimitExceeded|ResourceContention|EC2ThrottledException|APICallRateForCustomerExceeded)$/,
  },
  // A policy that is not there will not come by waiting.
  { class: 'invalid', code: /^SSLPolicyNotFound/ },
  { class: 'notFound', code: /\.NotFound$|NotFound(Fault|Exception|Error)?$|^NoSuch|^ParameterNotFound$|\.Unknown$/ },
  { class: 'notFound', code: /^(ResourceNotFound|Gateway\.NotAttached|InvalidAttachmentID|InvalidAssociationID)/ },
  { class: 'exists', code: /^PriorityInUse/ },
  // Two users of one group with the same name; its name sounds like a resource that is there already.
  { class: 'invalid', code: /^DuplicateUserName/ },
  {
    class: 'exists',
    code: /\.Duplicate$|^Duplicate|AlreadyExists|AlreadyOwned|AlreadyAssociated|^InvalidRoute\.Duplicate/,
  },
  {
    class: 'exists',
    code: /^(ResourceExistsException|IdempotentParameterMismatch|InvalidSubnet\.Conflict|RouteAlreadyExists|ParameterAlreadyExists|VolumeInUse\.SameInstance)$/,
  },
  { class: 'busy', code: /^(DependencyViolation|DeleteConflict|OperationAborted|ResourceInUse|VolumeInUse)/ },
  {
    class: 'busy',
    code: /^(Incorrect(Instance)?State|InvalidState|IncorrectModificationState|VolumeModificationRateExceeded)$/,
  },
  { class: 'busy', code: /\.InUse$|^InvalidSnapshot\.InUse$|^ConcurrentModification|^EntityTemporarilyUnmodifiable/ },
  { class: 'busy', code: /^InvalidDB\w*State(Fault)?$|^SubnetAlreadyInUse$|^DBUpgradeDependencyFailure/ },
  { class: 'busy', code: /^InvalidInstanceID$/, message: /not in a valid state/i },
  // ElastiCache: its own state, or that of what it consists of or is used by.
  {
    class: 'busy',
    code: /^Invalid(ReplicationGroup|CacheCluster|CacheParameterGroup|User|UserGroup|ServerlessCache)State(Fault)?$/,
  },
  // A count of replicas that AWS has reached and its reads do not show yet.
  { class: 'busy', code: /^(CacheSubnetGroupInUse|SubnetInUse|NoOperation)/ },
  // Two writes at once to one parameter; its name sounds like a quota.
  { class: 'busy', code: /^TooManyUpdates/ },
  // Of load balancers: one for each target group.
  { class: 'quota', code: /^TargetGroupAssociationLimit/ },
  { class: 'transient', code: /^HealthUnavailable/ },
  { class: 'quota', code: /LimitExceeded|Quota(For\w+)?Exceeded|^TooMany|MaxSpotInstanceCountExceeded/ },
  {
    class: 'capacity',
    code: /^Insufficient.*Capacity|^Unsupported$|InsufficientFreeAddresses|^InsufficientAvailableIPs|^ProvisionedIopsNotAvailable/,
  },
  {
    class: 'denied',
    code: /AccessDenied|UnauthorizedOperation|AuthFailure|ExpiredToken|InvalidClientTokenId|^OptInRequired$/,
  },
  {
    class: 'denied',
    code: /^(SignatureDoesNotMatch|UnrecognizedClient|CredentialsProviderError|KMSKeyNotAccessible|(De|En)cryptionFailure|NotAuthorized|WrongAccount|RequestExpired|RegionDisabled|PendingVerification|Blocked$)/,
  },
  {
    class: 'invalid',
    code: /^(AvailabilityZoneNotSupported|IncompatibleProtocols|ALPNPolicyNotSupported)/,
  },
  // Will not be accepted as it is: a bucket that holds something, or that is asked for in another region than its own.
  {
    class: 'invalid',
    code: /^(BucketNotEmpty|PermanentRedirect|IllegalLocationConstraint|AuthorizationHeaderMalformed)/,
  },
  { class: 'invalid', code: /^(DefaultUser(Required|Associated)|SubnetNotAllowed)/ },
  {
    class: 'invalid',
    code: /^(Invalid|Malformed|Validation|Missing|Unsupported|ParameterLimit|UnknownParameter|OperationNotPermitted)/,
  },
];

const LOST =
  /^(TimeoutError|ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|RequestTimeout|InternalError|InternalFailure|ServiceUnavailable|Unavailable)/;
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;

/** Anything can be thrown, also what throws when it is looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, key: string): unknown {
  const holds = (typeof value === 'object' || typeof value === 'function') && value !== null;
  return holds ? attempt(() => (value as Readonly<Record<string, unknown>>)[key]) : undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === 'string' && member !== '' ? member : undefined;
}

function byCondition(code: string, status: number | undefined): ErrorClass {
  if (UNREACHABLE.test(code)) return 'transient';
  // Whether a write was done is not known after a reset, a time-out or a server's failure; for a read it does not matter.
  if (LOST.test(code) || (status !== undefined && status >= 500)) return 'ambiguous';
  return 'unknown';
}

/** Understands anything that an SDK call threw. */
export function classify(error: unknown): Classified {
  const [Code, name = 'Error', nodeCode] = ['Code', 'name', 'code'].map((key) => textOf(error, key));
  const message =
    textOf(error, 'message') ?? (attempt(() => String(error)) || 'something was thrown that says nothing');
  const answered = memberOf(memberOf(error, '$response'), 'statusCode');
  // AWS agreed, and its answer was cut on the way: the SDK hangs the response on whatever its parser throws.
  if (typeof answered === 'number' && answered < 300) {
    return { class: 'ambiguous', code: 'UnreadableAnswer', message: message.split('\n', 1)[0] ?? message };
  }
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  const codes = [...new Set([Code, name, nodeCode])].filter((code) => code !== undefined);
  for (const row of TABLE) {
    const code = codes.find((candidate) => row.code.test(candidate));
    if (code && (row.message?.test(message) ?? true)) return { class: row.class, code, message };
  }
  const code = nodeCode ?? Code ?? name;
  return { class: byCondition(code, typeof status === 'number' ? status : undefined), code, message };
}
