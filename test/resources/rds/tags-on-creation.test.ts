/** Whose a resource is is said in the call that makes it: what was tagged in a second call could be lost in between. */
import { DBParameterGroup } from '../../../src/resources/rds/parameter-group.ts';
import { DBSnapshot } from '../../../src/resources/rds/snapshot.ts';
import { DBSubnetGroup } from '../../../src/resources/rds/subnet-group.ts';
import { Secret } from '../../../src/resources/secretsmanager/secret.ts';
import { fakeAws, self, tagsOf } from './fake.ts';

const NODES = {
  CreateDBSubnetGroup: 'rds.subnet-group/database',
  CreateDBParameterGroup: 'rds.parameter-group/database',
  CreateDBSnapshot: 'rds.snapshot/primary-final',
  CreateSecret: 'secretsmanager.secret/master',
} as const;

const fake = fakeAws();

beforeAll(async () => {
  const { aws } = fake;
  const common = { name: 'st-web', description: 'the database' };
  await DBSubnetGroup.create(aws, self(NODES.CreateDBSubnetGroup), { ...common, subnetIds: ['subnet-1', 'subnet-2'] });
  const parameters = { ...common, family: 'postgres17', parameters: {} };
  await DBParameterGroup.create(aws, self(NODES.CreateDBParameterGroup), parameters);
  await DBSnapshot.create(aws, self(NODES.CreateDBSnapshot), { instanceIdentifier: 'st-web-db', resourceId: 'db-ONE' });
  const secret = { ...common, username: 'appadmin', recoveryWindowInDays: 7, rotation: 0 };
  await Secret.create(aws, self(NODES.CreateSecret), secret);
});

test.each(Object.entries(NODES))('%s', (operation, node) => {
  expect(fake.callOf(operation)?.Tags).toEqual(expect.arrayContaining(tagsOf(node)));
});
