/**
 * A value that a tier publishes for its app in SSM Parameter Store. Its description says whose it is, because lists return
 * descriptions and no tags. Never a place for secrets: the type is always `String`.
 */
import { type Aws, resource } from '../../aws/driver.ts';
import { withoutClaim } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { fieldsChanged, ownerChanged } from '../tag-changes.ts';
import { type Listed, listed, tagsOf, valuesOf } from './parameter-reading.ts';
import { make, overwrite, remove, retag } from './parameter-writing.ts';

export interface ParameterSpec {
  /** The full path, below the tier's `parameterPrefix`. */
  readonly name: string;
  /** Absent: whatever it is, beginning with `seed`. */
  readonly value?: string;
  /** What it is when it is made, where nobody says what it is to stay. */
  readonly seed?: string;
  readonly description: string;
}

export interface ParameterAttributes {
  readonly name: string;
}

type Observed = Owned<ParameterSpec, ParameterAttributes>;

const TYPE = 'ssm.parameter';

/** Whose a parameter is, and what it says but for its value and its tags. */
function ownedOf({ name, description, ...claim }: Listed): Observed {
  return {
    ...claim,
    id: name,
    // Without its claim a description differs from any other, so that the claim is written again.
    spec: { name, description: claim.owner ? withoutClaim(description) : null },
    attributes: { name },
    health: { state: 'active', phase: 'ready' },
  };
}

/** What to write: what is asked for, or what it is. */
async function valueToKeep(aws: Aws, { name, value, seed = '' }: ParameterSpec): Promise<string> {
  return value ?? (await valuesOf(aws, [name])).get(name) ?? seed;
}

/** With values and tags. */
async function inFull(aws: Aws, parameters: readonly Observed[]): Promise<readonly Observed[]> {
  const values = await valuesOf(
    aws,
    parameters.map(({ id }) => id),
  );
  return Promise.all(
    parameters.map(async (parameter) => {
      const value = values.get(parameter.id);
      const spec = { ...parameter.spec, ...(value === undefined ? {} : { value }) };
      return { ...parameter, spec, ...(await tagsOf(aws, parameter.id)) };
    }),
  );
}

export const Parameter = resource<ParameterSpec, ParameterAttributes>({
  type: TYPE,
  rules: { name: 'replace', seed: 'ignore' },
  settle: 0,
  prompt: true,

  async *observe(aws, scope) {
    for await (const page of listed(aws, scope, TYPE)) {
      const ours = page.map(ownedOf);
      // Ten values in a call are no bulk read: like tags, they are looked at in fresh reads only.
      yield scope.by === 'cluster' ? ours : await inFull(aws, ours);
    }
  },

  async create(aws, self, spec) {
    await make(aws, self, { ...spec, value: spec.value ?? spec.seed ?? '' });
    return { id: spec.name, attributes: { name: spec.name } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0 || ownerChanged(changes))
      await overwrite(aws, live.self, { ...spec, value: await valueToKeep(aws, spec) });
    await retag(aws, live.id, changes);
    return live.attributes;
  },

  async delete(aws, live) {
    await remove(aws, live.id);
  },
});
