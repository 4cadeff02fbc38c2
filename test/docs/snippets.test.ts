/** What the documents show is what it is: manifests are valid, numbers are computed, lists are those of the tests. */
import { parseAllDocuments, parseDocument } from 'yaml';
import { objectSchema } from '../../src/api/crd.ts';
import { faultsOf, withDefaults } from '../../src/api/defaults.ts';
import type { TierSpecInput } from '../../src/api/types.ts';
import { costOf } from '../../src/core/cost.ts';
import type { Facts } from '../../src/core/facts.ts';
import { stages } from '../../src/stages/index.ts';
import { connection } from '../../src/stages/parts/connection.ts';
import { blocksOf, documents, section, tableOf, textOf } from './documents.ts';

const yamlBlocks = documents().flatMap((path) =>
  blocksOf(textOf(path))
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => ({ path, text })),
);
const manifests = yamlBlocks.flatMap(({ path, text }) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as { readonly kind?: string })
    .filter(({ kind }) => kind === 'ScalingTier')
    .map((manifest) => ({ path, manifest })),
);

const FLEET_EXAMPLE = 'examples/load-balanced-minimal.yaml';

const FACTS: Facts = {
  owner: { cluster: 'docs', namespace: 'demo', name: 'shop', uid: '0' },
  region: 'us-east-1',
  accountID: '123456789012',
  partition: 'aws',
  zones: ['a', 'b'].map((letter) => ({ id: `use1-az${letter}`, name: `us-east-1${letter}` })),
  image: { id: 'ami-0123456789abcdef0', rootDeviceName: '/dev/xvda' },
  burstable: true,
};

const spec = withDefaults({ stage: 'SingleServer', aws: { region: 'us-east-1' } });
const { graph } = stages.SingleServer(spec, FACTS);
const readme = textOf('README.md');

test.each(yamlBlocks)('the YAML in $path can be read', ({ text }) => {
  expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
});

test('the README shows a tier', () => {
  expect(manifests.map(({ path }) => path)).toContain('README.md');
});

test.each(manifests)('the tier in $path would be accepted', ({ manifest }) => {
  expect(faultsOf(manifest)).toEqual([]);
});

test('the tiers in the README are the smallest examples of the first stage and of the newest', () => {
  const shown = manifests.filter(({ path }) => path === 'README.md').map(({ manifest }) => manifest);
  const examples = ['examples/single-server-minimal.yaml', FLEET_EXAMPLE];
  expect(shown).toEqual(examples.map((path) => parseDocument(textOf(path)).toJS()));
});

test('the README says what the smallest tier costs and how many resources it is', () => {
  const { monthlyEstimate } = costOf(graph);
  expect(readme).toContain(`**${monthlyEstimate} USD**`);
  expect(readme).toContain(`${graph.size} resources`);
});

test('the plan that the README shows is the one of the golden file', () => {
  const shown = blocksOf(section(readme, '## See the plan first')).find(({ language }) => language === 'text');
  expect(shown?.text).toBe(textOf('test/golden/single-server-change-instance-type.txt'));
});

const guide = textOf('docs/user-guide.md');
const standing = section(guide, '## What stands in AWS');

/** How many resources of each kind a graph has. */
function countsOf(nodes: typeof graph): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const { kind } of nodes.values()) counted.set(kind.type, (counted.get(kind.type) ?? 0) + 1);
  return counted;
}

/** The same, as the first table of a text says it. */
const shownIn = (text: string) =>
  tableOf(text).flatMap(([kinds = '', numbers = '']) => {
    const counts = numbers.split(', ').map(Number);
    return kinds.split(', ').map((kind, at) => [kind.replaceAll('`', ''), counts[at]] as const);
  });

test('the user guide counts the resources of the smallest tier by kind', () => {
  expect(shownIn(standing).toSorted()).toEqual([...countsOf(graph)].toSorted());
});

describe('a database of its own', () => {
  const next = stages.SeparateDatabase(
    withDefaults({ stage: 'SeparateDatabase', aws: { region: 'us-east-1' } }),
    FACTS,
  );
  const [before, after] = [countsOf(graph), countsOf(next.graph)];

  test('is so many resources more, by kind, as the user guide counts', () => {
    const more = [...after].map(([type, count]) => [type, count - (before.get(type) ?? 0)] as const);
    const [, text = ''] = standing.split('In stage `SeparateDatabase`');
    expect(shownIn(text).toSorted()).toEqual(more.filter(([, count]) => count > 0).toSorted());
    expect(text).toMatch(new RegExp(`^, with the defaults, ${next.graph.size - graph.size} more:`));
  });

  test('costs as much more as the user guide says', () => {
    const [old, now] = [graph, next.graph].map((nodes) => Number(costOf(nodes).monthlyEstimate));
    const more = ((now ?? 0) - (old ?? 0)).toFixed(2);
    expect(section(guide, '### What it costs').replaceAll(/\s+/g, ' ')).toContain(`adds ${more} USD a month`);
  });

  test('is found by pods under the keys that the user guide lists', () => {
    const values = connection('shop-db', {
      engine: 'postgres',
      host: { $ref: 'rds.instance/primary', attr: 'endpoint' },
      port: 5432,
      databaseName: 'app',
      readers: [],
      credential: { secretArn: 'arn' },
    }).values;
    const rows = tableOf(section(guide, '### Where the app finds it')).map(([key]) => key);
    expect(rows.toSorted()).toEqual([...Object.keys(values), 'username', 'password'].toSorted());
  });
});

describe('a fleet', () => {
  const { spec: asked } = parseDocument(textOf(FLEET_EXAMPLE)).toJS() as { spec: TierSpecInput };
  const fleet = stages.LoadBalanced(withDefaults(asked), FACTS);
  const { monthlyEstimate } = costOf(fleet.graph);
  const plain = (text: string) => text.replaceAll(/\s+/g, ' ');

  test('has as many resources of each kind as the user guide counts', () => {
    const [, text = ''] = standing.split('In stage `LoadBalanced`');
    expect(shownIn(text).toSorted()).toEqual([...countsOf(fleet.graph)].toSorted());
    expect(plain(text)).toContain(`asks for it, ${fleet.graph.size} resources`);
  });

  test('costs what README and user guide say, part by part', () => {
    expect(plain(readme)).toContain(`It is ${fleet.graph.size} resources, about **${monthlyEstimate} USD** a month`);
    const cost = section(guide, '### What a fleet costs');
    expect(plain(cost)).toContain(`is estimated at **${monthlyEstimate} USD** a month`);
    const parts = tableOf(cost).map(([, dollars]) => Number(dollars));
    const sum = parts.reduce((total, dollars) => total + dollars, 0);
    expect(Math.abs(sum - Number(monthlyEstimate))).toBeLessThan(0.01 * parts.length);
  });

  test('publishes the parameters that the user guide lists', () => {
    const published = [...fleet.graph.keys()].flatMap((id) => /^ssm\.parameter\/(.+)$/.exec(id)?.[1] ?? []);
    const listed = tableOf(section(guide, '### What servers read')).flatMap(([names = '']) =>
      names.split(', ').map((name) => name.replaceAll('`', '')),
    );
    expect(listed.toSorted()).toEqual(published.toSorted());
  });
});

test('the drawing of the ladder says that those stages work which the schema offers', () => {
  const drawn = [...textOf('docs/ladder.svg').matchAll(/<g class="(\w+)">[\s\S]*?class="name"[^>]*>(\w+)</g)];
  const working = drawn.filter(([, state]) => state === 'works').map(([, , name]) => name);
  expect(drawn.length).toBe(7);
  expect(working).toEqual(objectSchema().properties?.spec?.properties?.stage?.enum);
});

test('the checklist for a kind has what the contract suite tries', () => {
  const suite = textOf('test/resources/contract.ts');
  const names = [...suite.matchAll(/ test\('([^']+)'/g)].map(([, name = '']) => name);
  const text = textOf('docs/adding-a-kind.md').replaceAll(/\s+/g, ' ');
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

test('the health script for Argo CD names only conditions that exist and uses no library', () => {
  const script = textOf('docs/argocd/health.lua').replaceAll(/--.*$/gm, '');
  expect(script).not.toMatch(/\b(string|math|os|io|require|load|pcall)\b|:\w+\(/);
  expect([...script.matchAll(/conditions\.(\w+)/g)].map(([, type]) => type).filter((type) => type !== 'type')).toEqual([
    'Stalled',
    'Reconciling',
    'Synced',
    'UpToDate',
    'Ready',
  ]);
});
