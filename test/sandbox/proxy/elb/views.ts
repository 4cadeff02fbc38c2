/**
 * Records as AWS shows them (ELB API reference 2015-12-01): a load balancer that is being set up, a listener with its default
 * certificate only, forward actions in both of their forms, conditions with their values twice.
 */
import { progress } from '../lifecycle.ts';
import { branch, child, descend, type Element, leaf, setText, textAt } from '../xml.ts';
import { dropChildren, has, members, membersAt, replaceChild, textList, textsOf } from './records.ts';
import type { Scene } from './scene.ts';

/** The course of a load balancer. */
export const balancerCourse = (arn: string): string => `elb-${arn.split('/').at(-1)}`;

function showBalancer({ world, call }: Scene, record: Element): void {
  const state = progress(world, call, balancerCourse(textAt(record, 'LoadBalancerArn') ?? ''))?.state;
  if (state !== undefined) replaceChild(record, branch('State', [leaf('Code', state)]));
}

/** "TargetGroupArn … specify only when you want to route to a single target group"; the answer has both forms. */
function showForward(action: Element): void {
  const arn = textAt(action, 'TargetGroupArn');
  const tuples = membersAt(action, 'ForwardConfig', 'TargetGroups');
  if (arn !== undefined && tuples.length === 0) {
    const tuple = branch('member', [leaf('TargetGroupArn', arn), leaf('Weight', '1')]);
    const stickiness = branch('TargetGroupStickinessConfig', [leaf('Enabled', 'false')]);
    replaceChild(action, branch('ForwardConfig', [branch('TargetGroups', [tuple]), stickiness]));
  }
  const [only, ...others] = tuples;
  if (arn === undefined && only && others.length === 0)
    setText(action, 'TargetGroupArn', textAt(only, 'TargetGroupArn') ?? '');
}

const KEPT = { Protocol: '#{protocol}', Port: '#{port}', Host: '#{host}', Path: '/#{path}', Query: '#{query}' };

function showAction(action: Element): void {
  if (textAt(action, 'Type') === 'forward') showForward(action);
  const config = child(action, 'RedirectConfig');
  if (config) for (const [name, value] of Object.entries(KEPT)) if (!has(config, name)) setText(config, name, value);
  if (!has(action, 'Order')) setText(action, 'Order', '1');
}

function showListener(_scene: Scene, record: Element): void {
  for (const action of membersAt(record, 'DefaultActions')) showAction(action);
  const certificates = child(record, 'Certificates');
  if (textAt(record, 'Protocol') !== 'HTTPS') dropChildren(record, 'Certificates', 'SslPolicy');
  else if (certificates) certificates.children = members(certificates).slice(0, 1);
}

function showRule(_scene: Scene, record: Element): void {
  for (const action of membersAt(record, 'Actions')) showAction(action);
  for (const condition of membersAt(record, 'Conditions')) {
    for (const config of ['HostHeaderConfig', 'PathPatternConfig']) {
      if (!descend(condition, config, 'Values') || has(condition, 'Values')) continue;
      condition.children.push(textList('Values', textsOf(condition, config, 'Values')));
    }
  }
}

type View = (scene: Scene, record: Element) => void;

/** How the records of each list are shown. */
export const VIEWS: Readonly<Record<string, View>> = {
  LoadBalancers: showBalancer,
  Listeners: showListener,
  Rules: showRule,
};
