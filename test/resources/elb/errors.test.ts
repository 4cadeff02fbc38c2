/** What the errors of load balancing mean. */
import { classify } from '../../../src/aws/errors.ts';

test.each([
  ['LoadBalancerNotFound', 'notFound'],
  ['TargetGroupNotFound', 'notFound'],
  ['ListenerNotFound', 'notFound'],
  ['RuleNotFound', 'notFound'],
  ['CertificateNotFound', 'invalid'],
  ['UnsupportedCertificate', 'invalid'],
  ['SSLPolicyNotFound', 'invalid'],
  ['AvailabilityZoneNotSupported', 'invalid'],
  ['InvalidConfigurationRequest', 'invalid'],
  ['DuplicateLoadBalancerName', 'exists'],
  ['DuplicateTargetGroupName', 'exists'],
  ['DuplicateListener', 'exists'],
  ['PriorityInUse', 'exists'],
  ['ResourceInUse', 'busy'],
  ['TargetsNotHealthy', 'waiting'],
  ['TargetGroup.InUse', 'waiting'],
  ['TooManyLoadBalancers', 'quota'],
  ['TooManyUniqueTargetGroupsPerLoadBalancer', 'quota'],
  ['TargetGroupAssociationLimit', 'quota'],
  ['HealthUnavailable', 'transient'],
])('%s is %s, as a code and as the name of an exception', (code, expected) => {
  expect(classify(Object.assign(new Error('no'), { Code: code })).class).toBe(expected);
  expect(classify(Object.assign(new Error('no'), { name: `${code}Exception`, Code: code })).class).toBe(expected);
});
