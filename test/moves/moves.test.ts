/** Moves as graphs: what their plans say, that every step stands on the one before it, and that no pointer names an unproven copy. */
import type { TierSpec } from '../../src/api/types.ts';
import type { Graph } from '../../src/core/graph.ts';
import type { Kind } from '../../src/core/kind.ts';
import { type Move, specAt } from '../../src/core/move.ts';
import { plan } from '../../src/core/plan.ts';
import { type NodeId, refsOf } from '../../src/core/ref.ts';
import { renderPlan } from '../../src/core/render.ts';
import { typeOf } from '../../src/core/snapshot.ts';
import { moves } from '../../src/moves/index.ts';
import { stepNode } from '../../src/moves/parts/step.ts';
import { kinds as verbs } from '../../src/operations/index.ts';
import { stages } from '../../src/stages/index.ts';
import { expectGolden } from '../stages/golden.ts';
import { converged, exampleSpec, factsOf, policyOf } from '../stages/tiers.ts';

/** The kinds, without their verbs. */
const all = verbs as readonly unknown[] as readonly Kind[];

const STEP = 'operation.step';

const kebab = (name: string): string => name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const nameOf = ({ from, to }: Move): string => `${kebab(from)}-to-${kebab(to)}`;
/** What a move asks for at most: with a command that proves something, and with names to lead and to look at. */
const statelessProbe = { command: 'probe', timeoutSeconds: 120 };
const dns = { hostedZoneID: 'Z0123456789ABCDEFGHIJ', names: ['www.example.com'], ttlSeconds: 60 };
const transition = { traffic: { hostNames: ['shop.example.com'], keepServerHours: 24 } };
const specOf = ({ from }: Move): TierSpec => {
  const spec = exampleSpec(`${kebab(from)}-minimal.yaml`);
  return {
    ...spec,
    dns,
    compute: { ...spec.compute, statelessProbe },
    transition: { ...spec.transition, ...transition },
  };
};

/** A move as one spec has it: those with more than one method have each. */
interface Case {
  readonly name: string;
  readonly move: Move;
  readonly spec: TierSpec;
}

const graphOf = ({ move, spec }: Case, steps = true): Graph => {
  const there = specAt(spec, move.to);
  return move.build(there, factsOf(there), { steps, committed: false, begun: () => false }).graph;
};

type Method = TierSpec['transition']['dataMigration']['method'];

const by = (spec: TierSpec, method: Method): TierSpec => ({
  ...spec,
  transition: { ...spec.transition, dataMigration: { ...spec.transition.dataMigration, method } },
});

/** The methods that are not what nobody has to ask for. */
const OTHERS: readonly (readonly [string, Method])[] = [
  ['by-replication', 'LogicalReplication'],
  ['by-a-person', 'External'],
];

const CASES: readonly Case[] = moves.flatMap((move): readonly Case[] => {
  const plain = { name: nameOf(move), move, spec: specOf(move) };
  const nodesOf = (one: Case): string => JSON.stringify([...graphOf(one).keys()]);
  const others = OTHERS.map(([name, method]) => ({
    ...{ ...plain, name: `${plain.name}-${name}`, spec: by(plain.spec, method) },
  }));
  return [plain, ...others.filter((other) => nodesOf(other) !== nodesOf(plain))];
});

test('a database moves up by each method, and no other move knows of them', () => {
  expect(CASES.map(({ name }) => name).filter((name) => name.includes('-by-'))).toEqual([
    'single-server-to-separate-database-by-replication',
    'single-server-to-separate-database-by-a-person',
  ]);
});

test.each(moves.map((move) => [nameOf(move), move] as const))(
  'every line of %s is a step or resource of some tier',
  (_, move) => {
    const graphs = CASES.filter((one) => one.move === move).map((one) => graphOf(one));
    expect(move.runbook.filter(({ node }) => !graphs.some((graph) => graph.has(node)))).toEqual([]);
  },
);

/** All that a node stands on, directly or not. */
function basesOf(node: NodeId, graph: Graph): ReadonlySet<NodeId> {
  const bases = new Set<NodeId>();
  const descend = (id: NodeId): void => {
    for (const need of graph.get(id)?.needs ?? []) {
      if (bases.has(need)) continue;
      bases.add(need);
      descend(need);
    }
  };
  descend(node);
  return bases;
}

describe.each(CASES.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const { move, spec } = one;
  const graph = graphOf(one);
  const lines = move.runbook.filter(({ node }) => graph.has(node));
  const steps = lines.filter(({ node }) => typeOf(node) === STEP).map(({ node }) => node);

  test.each([
    ['begins', true],
    ['was ended by a failed step', false],
  ])('its plan when it %s', (when, withSteps) => {
    const tier = { spec, facts: factsOf(spec) };
    const { snapshot, recorded } = converged(tier);
    const desired = graphOf(one, withSteps);
    const made = plan({ desired, reference: graph, snapshot, recorded, kinds: all, policy: policyOf(tier) });

    expectGolden(`move-${name}-${when.replaceAll(' ', '-')}`, renderPlan(made));
  });

  test('what stays when its steps are taken back is no step', () => {
    expect(lines.filter(({ stays }) => !stays).map(({ node }) => node)).toEqual(steps);
  });

  test('every step is a line', () => {
    expect([...graph.keys()].filter((node) => typeOf(node) === STEP)).toEqual(steps);
  });

  test('every step stands on the one before it, by what that one yields', () => {
    const loose = steps.slice(1).filter((node, index) => {
      const before = steps[index] as NodeId;
      return !refsOf(graph.get(node)?.spec).some(({ $ref }) => $ref === before || basesOf($ref, graph).has(before));
    });

    expect(loose).toEqual([]);
  });

  test('its switch stands on all that comes before it, and what it publishes on a step', () => {
    const before = steps.slice(0, steps.indexOf(move.commit));
    expect([...basesOf(move.commit, graph)]).toEqual(expect.arrayContaining([...before]));

    const old = stages[move.from](spec, factsOf(spec)).graph;
    const published = [...graph.values()].filter(({ id }) => typeOf(id) === 'ssm.parameter');
    const early = published.filter(({ id, spec, needs }) => {
      const before = old.get(id);
      if (JSON.stringify(before?.spec) === JSON.stringify(spec) || /\/db\/(engine|name)$/.test(id)) return false;
      // Where the database is, and whatever was said otherwise before, changes with the switch and with nothing else.
      const isSwitched = before !== undefined || id.startsWith('ssm.parameter/db/');
      return isSwitched ? !needs.includes(stepNode('switch')) : !needs.some((need) => steps.includes(need));
    });
    expect(early.map(({ id }) => id)).toEqual([]);
  });

  test('without its steps everything of the old stage is as that stage wants it, but what only says more', () => {
    const old = stages[move.from](spec, factsOf(spec)).graph;
    const without = graphOf(one, false);
    const other = [...old.keys()].filter(
      (id) => JSON.stringify(without.get(id)?.spec) !== JSON.stringify(old.get(id)?.spec),
    );

    // The server may read the passwords of what is new, and the load balancer may reach it.
    expect(other.filter((id) => id !== 'iam.role/server' && id !== 'ec2.security-group/app')).toEqual([]);
  });

  test('no kind of resource stands in the list before one that it is built on; steps lie between them', () => {
    const types = all.map(({ type }) => type);
    const resources = [...graph.values()].filter(({ kind }) => kind.type !== STEP);
    const reversed = resources.flatMap(({ id, needs }) =>
      needs
        .filter((need) => typeOf(need) !== STEP && types.indexOf(typeOf(need)) > types.indexOf(typeOf(id)))
        .map((need) => `${id} on ${need}`),
    );

    expect(reversed).toEqual([]);
  });
});
