/** What stands of databases in one AWS account of the sandbox, as a person sees it. It must not use the operator's code. */
import {
  paginateDescribeDBInstances,
  paginateDescribeDBParameterGroups,
  paginateDescribeDBSnapshots,
  paginateDescribeDBSubnetGroups,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { paginateListSecrets, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { all, type Inventory, label, sorted } from './account-labels.ts';

/** Everything but what every account has (the engines' own parameter groups) and secrets that are on their way out. */
export async function databaseInventory(rds: RDSClient, secretsManager: SecretsManagerClient): Promise<Inventory> {
  const [instances, snapshots, subnetGroups, parameterGroups, secrets] = await Promise.all([
    all(paginateDescribeDBInstances({ client: rds }, {}), ({ DBInstances }) => DBInstances),
    all(paginateDescribeDBSnapshots({ client: rds }, { SnapshotType: 'manual' }), ({ DBSnapshots }) => DBSnapshots),
    all(paginateDescribeDBSubnetGroups({ client: rds }, {}), ({ DBSubnetGroups }) => DBSubnetGroups),
    all(paginateDescribeDBParameterGroups({ client: rds }, {}), ({ DBParameterGroups }) => DBParameterGroups),
    all(paginateListSecrets({ client: secretsManager }, {}), ({ SecretList }) => SecretList),
  ]);
  const standing = instances.filter(({ DBInstanceStatus }) => DBInstanceStatus !== 'deleting');
  return {
    database: sorted(standing.map(({ DBInstanceIdentifier, TagList }) => label(DBInstanceIdentifier, TagList))),
    databaseSnapshot: sorted(
      snapshots.map(({ DBSnapshotIdentifier, TagList }) => label(DBSnapshotIdentifier, TagList)),
    ),
    databaseSubnets: sorted(subnetGroups.map(({ DBSubnetGroupName = '' }) => DBSubnetGroupName)),
    databaseParameters: sorted(
      parameterGroups
        .map(({ DBParameterGroupName = '' }) => DBParameterGroupName)
        .filter((name) => !name.startsWith('default.')),
    ),
    secret: sorted(secrets.map(({ Name, Tags }) => label(Name, Tags))),
  };
}
