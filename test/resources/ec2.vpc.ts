/** How the contract suite tries a VPC. */
import { Vpc } from '../../src/resources/ec2/vpc.ts';
import { fixture } from './fixture.ts';

export default fixture({
  resource: Vpc,
  missing: 'vpc-0123456789abcdef0',
  prepare: async () => undefined,
  initial: () => ({ cidr: '10.42.0.0/16', dnsSupport: true, dnsHostnames: true }),
  changed: [
    { name: 'DNS setting', change: () => ({ dnsHostnames: false }), expect: 'update' },
    { name: 'address range', change: () => ({ cidr: '10.43.0.0/16' }), expect: 'replace' },
  ],
});
