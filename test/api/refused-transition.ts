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
  refused('names where there is no load balancer', { traffic: { keepServerHours: 1 } }, 'traffic has no effect'),
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
