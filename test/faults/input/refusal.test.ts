/** Refusals: which words help, and which do not. */
import { refusalProblems } from './refusal.ts';
import type { Path } from './schema.ts';

const touched: readonly Path[] = [['spec', 'compute', 'ami', 'id']];
const problems = (message: string, status = 422, paths = touched) => refusalProblems({ status, message }, paths);

describe('a refusal', () => {
  it.each([
    'spec.compute.ami.id: Invalid value: "x": spec.compute.ami.id in body should match \'^ami-\'',
    'spec.compute.ami needs exactly one of ssmParameter and id',
    'spec.compute must have an id of its own',
    'strict decoding error: unknown field "spec.compute.ami.id"',
  ])('helps: %s', (message) => {
    expect(problems(message)).toEqual([]);
  });

  it.each([
    ['names another field', 'spec.compute.amiFamily must be set'],
    ['names only what all have in common', 'spec must be valid'],
    ['names a word of the field and not where it stands', 'spec must have an id'],
    ['names a field that lies elsewhere', 'status.spec.compute.ami.id must be set'],
    ['names none', 'the object must be valid'],
  ])('does not when it %s', (_, message) => {
    expect(problems(message)).toEqual([expect.stringContaining('names none of spec.compute.ami.id')]);
  });

  it('does not when it leaves open what would do', () => {
    expect(problems('spec.compute.ami.id: bad')).toEqual([expect.stringContaining('does not say what would do')]);
  });

  it('does not when the server is at fault', () => {
    expect(problems('spec.compute.ami.id must be set', 500)).toEqual([expect.stringContaining('answered 500')]);
  });

  it('may name a section that is refused as a whole, but only so deep that it says enough', () => {
    const deep: readonly Path[] = [['spec', 'database', 'rds', 'credentials', 'mode']];
    const section = 'spec.database.rds has no effect in stage SingleServer; take it out or choose another stage';
    expect(problems(section, 422, deep)).toEqual([]);
    expect(problems('spec.database has no effect here; choose another stage', 422, deep)).toHaveLength(1);
    expect(problems('spec.database.rds must be an object', 422, deep)).toHaveLength(1);
  });

  it('may name a section far out that the stage does not have, but no part of it for another', () => {
    const deep: readonly Path[] = [['spec', 'loadBalancer', 'rules', 0, 'redirect', 'host']];
    const ending = 'has no effect in stage SingleServer; take it out or choose another stage';
    expect(problems(`spec.loadBalancer ${ending}`, 422, deep)).toEqual([]);
    expect(problems(`spec.loadBalancer.scheme ${ending}`, 422, deep)).toHaveLength(1);
    expect(problems(`spec.cache ${ending}`, 422, deep)).toHaveLength(1);
  });

  it('knows how a list and a map are written', () => {
    expect(problems('spec.list[0] must be text', 422, [['spec', 'list', 0]])).toEqual([]);
    expect(problems('spec.tags[a] must be text', 422, [['spec', 'tags', 'a']])).toEqual([]);
    expect(problems('spec.a.list must have one default', 422, [['spec', 'a', 'list', 0]])).toEqual([]);
  });

  it('may name the metadata by its Go type', () => {
    const message = 'json: cannot unmarshal number into Go struct field ObjectMeta.name of type string';
    expect(problems(message, 400, [['metadata', 'name']])).toEqual([]);
  });
});
