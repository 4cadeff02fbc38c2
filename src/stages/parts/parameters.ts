/** What a tier publishes for its app in SSM Parameter Store: the app reads where its database is, it is never told at build time. */
import type { GraphBuilder } from '../../core/graph.ts';
import type { Input } from '../../core/ref.ts';
import { Parameter } from '../../resources/ssm/parameter.ts';

/** Adds one node for each parameter; names are relative to the tier's prefix. */
export function parameters(g: GraphBuilder, prefix: string, values: Readonly<Record<string, Input<string>>>): void {
  for (const [name, value] of Object.entries(values)) {
    g.add(Parameter, name, { name: `${prefix}/${name}`, value, description: DESCRIPTIONS[name] ?? name });
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  stage: 'stage of the ladder in force',
  'app/address': 'public address of the app',
  'db/engine': 'database engine',
  'db/name': 'name of the database',
  'db/port': 'port of the database',
  'db/writer': 'host that takes writes',
  'db/readers': 'hosts that take reads, separated by commas',
  'db/secret-arn': 'secret with user name and password of the database',
  'db/epoch': 'rises when the database moves to another place',
};
