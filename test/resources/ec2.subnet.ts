/** How the contract suite tries a subnet. */
import { Subnet } from '../../src/resources/ec2/subnet.ts';
import { fixture } from './fixture.ts';
import { anyVpc } from './ground.ts';

export default fixture({
  resource: Subnet,
  missing: 'subnet-0123456789abcdef0',
  prepare: anyVpc,
  initial: ({ vpcId }) => ({ vpcId, cidr: '10.42.0.0/24', zoneId: 'use1-az4', mapPublicIpOnLaunch: true }),
  changed: [
    { name: 'public address setting', change: () => ({ mapPublicIpOnLaunch: false }), expect: 'update' },
    { name: 'address range', change: () => ({ cidr: '10.42.9.0/24' }), expect: 'replace' },
    { name: 'zone', change: () => ({ zoneId: 'use1-az6' }), expect: 'replace' },
  ],
  stranger: (_ground, index) => ({ cidr: `10.42.${index}.0/24` }),
});
