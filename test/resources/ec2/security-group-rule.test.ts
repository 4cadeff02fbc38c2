/** Rules read back otherwise than they were asked for: numbers for names, no ports where there are none, groups for addresses. */
import { openingOf } from '../../../src/resources/ec2/security-group-rule.ts';

test.each([
  ['6', 'tcp'],
  ['tcp', 'tcp'],
  ['17', 'udp'],
  ['1', 'icmp'],
  ['58', 'icmpv6'],
  ['50', '50'],
  ['-1', '-1'],
])('protocol %s is %s', (IpProtocol, protocol) => {
  const rule = { IpProtocol, FromPort: 80, ToPort: 80, CidrIpv4: '0.0.0.0/0', IsEgress: false };
  expect(openingOf(rule)).toEqual({ direction: 'ingress', protocol, fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' });
});

test('missing ports are -1, a missing protocol is all of them', () => {
  expect(openingOf({ IsEgress: true, CidrIpv4: '0.0.0.0/0' })).toEqual({
    direction: 'egress',
    protocol: '-1',
    fromPort: -1,
    toPort: -1,
    cidr: '0.0.0.0/0',
  });
});

test('a group that is let in is named by its id', () => {
  const rule = {
    IpProtocol: 'tcp',
    FromPort: 6379,
    ToPort: 6379,
    ReferencedGroupInfo: { GroupId: 'sg-1', UserId: '1' },
  };
  expect(openingOf(rule)).toEqual({
    direction: 'ingress',
    protocol: 'tcp',
    fromPort: 6379,
    toPort: 6379,
    peerGroupId: 'sg-1',
  });
});
