/** Manifests that must be refused for what they say of a move between stages. */
import { changed, type Piece, tier } from './manifests.ts';
import { balancedSpec, brought } from './manifests-load-balanced.ts';
import type { Refused } from './refused.ts';

const refused = (name: string, transition: Piece, field: string): Refused => ({
  name,
  manifest: tier({ transition }),
  says: `spec.transition.${field}`,
});
/** Behind a load balancer. */
const balanced = (name: string, transition: Piece, field: string): Refused => ({
  name,
  manifest: tier(changed(balancedSpec, { transition })),
  says: `spec.transition.${field}`,
});
const NAMES = Array.from({ length: 11 }, (_, index) => `shop-${index}.example.com`);
const migration = (name: string, dataMigration: Piece): Refused =>
  refused(name, { dataMigration }, `dataMigration.${Object.keys(dataMigration)[0]}`);
const reload = (name: string, reloadCommand: unknown): Refused => refused(name, { reloadCommand }, 'reloadCommand');

const probe = (name: string, statelessProbe: Piece, field: string): Refused => ({
  name,
  manifest: tier(changed(balancedSpec, { compute: { statelessProbe } })),
  says: `spec.compute.statelessProbe.${field}`,
});
const leading = (name: string, dns: Piece, field: string): Refused => ({
  name,
  manifest: tier({ dns: { hostedZoneID: 'Z0123456789ABCDEFGHIJ', names: ['shop.example.com'], ...dns } }),
  says: `spec.dns.${field}`,
});

/** Every bad manifest about moves. */
export const REFUSED_TRANSITION: readonly Refused[] = [
  refused('an endpoint that is text', { endpointFromParameter: 'true' }, 'endpointFromParameter'),
  reload('an empty reload command', ''),
  reload('a reload command of two lines', 'systemctl restart shop\nreboot'),
  reload('a reload command that ends its line', 'systemctl restart shop\n'),
  reload('a reload command with a carriage return', 'systemctl restart shop\rreboot'),
  reload('a reload command with a zero byte', 'systemctl restart shop\0'),
  reload('a reload command of 1025 characters', 'x'.repeat(1025)),
  reload('a reload command that is a list', ['systemctl', 'restart', 'shop']),
  ...['data/uploads', '/', '/data/uploads/', '/data\n/uploads', ''].map((directory) =>
    balanced(`the directory ${JSON.stringify(directory)}`, { uploads: { directory } }, 'uploads.directory'),
  ),
  balanced('uploads without a directory', { uploads: {} }, 'uploads.directory'),
  ...['Shop.example.com', 'shop', 'shop.example.com.', 'https://shop.example.com', '*.example.com', ''].map((name) =>
    balanced(`the name ${JSON.stringify(name)}`, { traffic: { hostNames: [name] } }, 'traffic.hostNames'),
  ),
  balanced('no names', { traffic: { hostNames: [] } }, 'traffic.hostNames'),
  balanced('eleven names', { traffic: { hostNames: NAMES } }, 'traffic.hostNames'),
  balanced('an old server that is kept for 31 days', { traffic: { keepServerHours: 721 } }, 'traffic.keepServerHours'),
  refused(
    'a directory of uploads where they stay',
    { uploads: { directory: '/data/uploads' } },
    'uploads has no effect',
  ),
  balanced('an observation of two days', { observation: { durationMinutes: 2880 } }, 'observation.durationMinutes'),
  balanced('more errors than requests', { observation: { maxErrorPercent: 101 } }, 'observation.maxErrorPercent'),
  balanced('a part of a percent', { observation: { maxErrorPercent: 0.5 } }, 'observation.maxErrorPercent'),
  balanced('answers in no time', { observation: { maxLatencyMilliseconds: 0 } }, 'observation.maxLatencyMilliseconds'),
  refused(
    'an observation where there is no load balancer',
    { observation: { durationMinutes: 5 } },
    'observation has no effect',
  ),
  refused('names where there is no load balancer', { traffic: { keepServerHours: 1 } }, 'traffic has no effect'),
  probe('a probe without a command', {}, 'command'),
  probe('a probe of two lines', { command: 'true\nfalse' }, 'command'),
  probe('a probe that takes half an hour', { command: 'true', timeoutSeconds: 1800 }, 'timeoutSeconds'),
  leading('a zone by its name', { hostedZoneID: 'example.com' }, 'hostedZoneID'),
  leading('a zone by its path', { hostedZoneID: '/hostedzone/Z0123456789ABCDEFGHIJ' }, 'hostedZoneID'),
  leading('no names to lead', { names: [] }, 'names'),
  leading('eleven names to lead', { names: NAMES }, 'names'),
  leading('a name with a dot at its end', { names: ['shop.example.com.'] }, 'names'),
  leading(
    'a name twice',
    { names: ['shop.example.com', 'shop.example.com'] },
    'names must not name the same entry twice',
  ),
  {
    name: 'a name that is led and waited for',
    manifest: tier(
      changed(balancedSpec, {
        dns: { hostedZoneID: 'Z0123456789ABCDEFGHIJ', names: ['shop.example.com'] },
        transition: { traffic: { hostNames: ['www.example.com', 'shop.example.com'] } },
      }),
    ),
    says: 'spec.transition.traffic.hostNames must not have names of spec.dns.names',
  },
  leading('an address that is kept for no time', { ttlSeconds: 0 }, 'ttlSeconds'),
  ...['sunday:02:00-sunday:04:00', 'sun:02:00-04:00', '02:00-04:00', 'sun:24:00-mon:01:00', ''].map((window) =>
    refused(`the window ${JSON.stringify(window)}`, { maintenanceWindow: window }, 'maintenanceWindow'),
  ),
  refused(
    'a window of half an hour less a minute',
    { maintenanceWindow: 'sun:23:45-mon:00:14' },
    'maintenanceWindow must last at least 30 minutes',
  ),
  refused('another end of what fails', { onFailure: 'Ignore' }, 'onFailure'),
  refused('a window of no time', { maintenanceWindow: 'sun:02:00-sun:02:00' }, 'maintenanceWindow must last'),
  migration('a method that is none', { method: 'Replication' }),
  {
    name: 'a replication in a network of others',
    manifest: tier({
      network: { mode: 'BringYourOwn', byo: brought },
      transition: { dataMigration: { method: 'LogicalReplication' } },
    }),
    says: 'spec.transition.dataMigration.method LogicalReplication needs network.mode Create',
  },
  migration('no write downtime', { maxWriteDowntimeSeconds: 0 }),
  migration('a write downtime above a day', { maxWriteDowntimeSeconds: 86_401 }),
  migration('half a second of write downtime', { maxWriteDowntimeSeconds: 0.5 }),
  migration('a rollback window that is over before', { rollbackWindowHours: -1 }),
  migration('a rollback window above 30 days', { rollbackWindowHours: 721 }),
];
