/**
 * What becomes of requests to certain hosts and paths of a listener; of several rules that fit, the lowest priority wins. The
 * rule without a priority that every listener has is the listener's own and no part of this. A priority that another rule has
 * is free again when that one has moved.
 */
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeRulesCommand,
  type Rule as Description,
  ModifyRuleCommand,
  paginateDescribeRules,
  type RuleCondition,
  SetRulePrioritiesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { actionOf, type RequestAction } from './action.ts';
import { defaultActionOf, readListeners } from './listener.ts';
import { moveTo } from './shift.ts';
import { byArn, each, ofScope, PAGE, retag, type Tagged } from './tagging.ts';

export interface ListenerRuleSpec {
  readonly listenerArn: string;
  /** 1 to 50000. */
  readonly priority: number;
  /** Hosts of which one must be asked for; without them every host will do. With paths five at most. */
  readonly hosts: readonly string[];
  /** Paths of which one must be asked for; without them every path will do. */
  readonly paths: readonly string[];
  readonly action: RequestAction;
}

export interface ListenerRuleAttributes {
  readonly ruleArn: string;
}

const HOSTS = 'host-header';
const PATHS = 'path-pattern';

/** AWS says each list of values twice; older rules have the short form only. */
function valuesOf(conditions: readonly RuleCondition[], field: string): readonly string[] {
  return conditions
    .filter(({ Field }) => Field === field)
    .flatMap(({ HostHeaderConfig, PathPatternConfig, Values }) => {
      const config = field === HOSTS ? HostHeaderConfig : PathPatternConfig;
      return config?.Values ?? Values ?? [];
    });
}

const conditionsOf = ({ hosts, paths }: ListenerRuleSpec): RuleCondition[] => [
  ...(hosts.length > 0 ? [{ Field: HOSTS, HostHeaderConfig: { Values: [...hosts] } }] : []),
  ...(paths.length > 0 ? [{ Field: PATHS, PathPatternConfig: { Values: [...paths] } }] : []),
];

/** Conditions of other sorts are nothing that we make: with one of them a rule is not what was asked. */
const isPlain = (conditions: readonly RuleCondition[]): boolean =>
  conditions.every(({ Field }) => Field === HOSTS || Field === PATHS);

/** A rule's ARN is its listener's with another word in it and its own id at the end. */
const listenerOf = (ruleArn: string): string =>
  ruleArn.replace(':listener-rule/', ':listener/').split('/').slice(0, -1).join('/');

function ownedOf(rule: Description, tagged: Tagged): Owned<ListenerRuleSpec, ListenerRuleAttributes> {
  const { RuleArn: ruleArn = '', Conditions = [] } = rule;
  const plain = isPlain(Conditions);
  return {
    ...tagged,
    id: ruleArn,
    spec: {
      listenerArn: listenerOf(ruleArn),
      priority: Number(rule.Priority),
      hosts: plain ? valuesOf(Conditions, HOSTS) : null,
      paths: plain ? valuesOf(Conditions, PATHS) : null,
      action: actionOf(rule.Actions),
    },
    attributes: { ruleArn },
    health: { state: 'active', phase: 'ready' },
  };
}

async function ofListener(aws: Aws, ListenerArn: string): Promise<readonly Description[]> {
  const pages = async function* (): AsyncIterable<readonly Description[]> {
    for await (const { Rules = [] } of paginateDescribeRules({ client: aws.elb, pageSize: PAGE }, { ListenerArn }))
      yield Rules.filter(({ IsDefault }) => !IsDefault);
  };
  return (await ifExists(allOf(pages()))) ?? [];
}

const byArns = (aws: Aws, arns: readonly string[]): Promise<readonly Description[]> =>
  byArn(arns, async (RuleArns) => {
    const { Rules } = await aws.elb.send(new DescribeRulesCommand({ RuleArns }));
    return Rules;
  });

/** There is no list of all: one for each listener of the scope. */
async function* described(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') yield await byArns(aws, scope.ids);
  else {
    for await (const listeners of readListeners(aws, scope))
      yield (await each(listeners, ({ id }) => ofListener(aws, id))).flat();
  }
}

async function currentAction(aws: Aws, RuleArn: string) {
  const [rule] = await byArns(aws, [RuleArn]);
  return rule?.Actions?.at(-1);
}

/**
 * Who serves requests of a rule until the targets that it wants do: those that it forwards to, or else those of its listener,
 * which had them before there was the rule.
 */
async function servingBefore(aws: Aws, { listenerArn, action }: ListenerRuleSpec, live?: RequestAction | null) {
  const isNew = action.type === 'forward' && live?.type !== 'forward';
  return isNew ? defaultActionOf(aws, listenerArn) : live;
}

export const ListenerRule = resource<ListenerRuleSpec, ListenerRuleAttributes>({
  type: 'elb.listener-rule',
  rules: { listenerArn: 'replace', hosts: 'unordered', paths: 'unordered' },
  settle: 0,

  async *observe(aws, scope) {
    for await (const page of described(aws, scope)) {
      const ours = await ofScope(aws, scope, page, ({ RuleArn }) => RuleArn);
      yield ours.map(([rule, tagged]) => ownedOf(rule, tagged));
    }
  },

  async create(aws, self, spec) {
    const { listenerArn: ListenerArn, priority: Priority } = spec;
    const common = { ListenerArn, Priority, Conditions: conditionsOf(spec), Tags: tagList(self.tags) };
    let ruleArn = '';
    await moveTo(aws, {
      from: await servingBefore(aws, spec),
      to: spec.action,
      now: async () => undefined,
      async write(action) {
        const { Rules } = await aws.elb.send(new CreateRuleCommand({ ...common, Actions: [action] }));
        ruleArn = Rules?.[0]?.RuleArn ?? '';
      },
    });
    return { id: ruleArn, attributes: { ruleArn } };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    const RuleArn = live.id;
    await retag(aws, live.id, changes);
    if (fields.has('priority')) {
      const RulePriorities = [{ RuleArn, Priority: spec.priority }];
      await aws.elb.send(new SetRulePrioritiesCommand({ RulePriorities }));
    }
    if (fields.has('hosts') || fields.has('paths'))
      await aws.elb.send(new ModifyRuleCommand({ RuleArn, Conditions: conditionsOf(spec) }));
    if (fields.has('action'))
      await moveTo(aws, {
        from: await servingBefore(aws, spec, live.spec.action),
        to: spec.action,
        now: () => currentAction(aws, RuleArn),
        async write(action) {
          await aws.elb.send(new ModifyRuleCommand({ RuleArn, Actions: [action] }));
        },
      });
  },

  async delete(aws, live) {
    await gone(aws.elb.send(new DeleteRuleCommand({ RuleArn: live.id })));
  },
});
