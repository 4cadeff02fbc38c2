/** `spec.dns`: the names by which people reach the application, where the operator may lead them. */
import { z } from 'zod';
import { ATOMIC_LIST, hostName, text, whole } from '../fields.ts';
import { unique, withRules } from '../rules.ts';

/** `spec.dns`. */
export const dns = z.object({
  hostedZoneID: text(32, /^[A-Z0-9]+$/).describe(
    'Hosted zone of Route 53 in which the names lie, in the account of the tier: Z0123456789ABCDEFGHIJ.',
  ),
  names: withRules(z.array(hostName()).min(1).max(10), [unique('spec.dns.names')], ATOMIC_LIST).describe(
    'Names that lead to the application: to the address of the server, from stage LoadBalanced on to the load balancer. A record that leads elsewhere is never changed. Whatever is taken out of the list is deleted.',
  ),
  ttlSeconds: whole(1, 86_400)
    .default(60)
    .describe('For how long resolvers keep the address of the server; on the way to LoadBalanced, three times that.'),
});
