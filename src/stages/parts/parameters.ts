/** What a tier publishes for its app in SSM Parameter Store: the app reads where its database is, it is never told at build time. */
import type { GraphBuilder, Placing } from '../../core/graph.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { Parameter } from '../../resources/ssm/parameter.ts';

/** Adds one node for each parameter and answers with their full names; those given are relative to the tier's prefix. */
export function parameters(
  g: GraphBuilder,
  prefix: string,
  values: Readonly<Record<string, Input<string>>>,
  placing: Placing = {},
): readonly Ref<string>[] {
  return Object.entries(values).map(([name, value]) => {
    const description = DESCRIPTIONS[name] ?? name;
    return g.add(Parameter, name, { name: `${prefix}/${name}`, value, description }, placing).ref('name');
  });
}

/**
 * Adds the number that rises whenever the database moves to another place, and never falls: a stage begins it and leaves it as it
 * is, and only a move says what it is to be.
 */
export function epoch(g: GraphBuilder, prefix: string, value?: Input<string>, placing: Placing = {}): Ref<string> {
  const name = 'db/epoch';
  const said = value === undefined ? { seed: FIRST_EPOCH } : { value };
  const spec = { name: `${prefix}/${name}`, description: DESCRIPTIONS[name] ?? name, ...said };
  return g.add(Parameter, name, spec, placing).ref('name');
}

const FIRST_EPOCH = '1';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  stage: 'stage of the ladder in force',
  'app/address': 'public address of the app',
  'app/maintenance': 'there while the database is closed for a move',
  'db/engine': 'database engine',
  'db/name': 'name of the database',
  'db/port': 'port of the database',
  'db/writer': 'host that takes writes',
  'db/readers': 'hosts that take reads, separated by commas',
  'db/secret-arn': 'secret with user name and password of the database',
  'db/epoch': 'rises when the database moves to another place',
  'cache/primary': 'host of the cache that takes writes',
  'cache/reader': 'host of the cache that takes reads',
  'cache/port': 'port of the cache, with TLS',
  'cache/secret-arn': 'secret with user name and password of the cache',
  'storage/bucket': 'bucket for what users upload',
  'storage/prefix': 'start of the keys that the app may use',
};
