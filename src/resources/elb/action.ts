/**
 * What a listener or a rule does with a request, in our words and in AWS's. AWS echoes one forward action in two ways and
 * adds its defaults; both count as what was asked. It must not call AWS.
 */
import type {
  Action as AwsAction,
  RedirectActionConfig,
  RedirectActionStatusCodeEnum,
  TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';

/** Sends requests to the targets of one group. */
export interface Forward {
  readonly type: 'forward';
  readonly targetGroupArn: string;
}

/** Sends the client elsewhere. Every part is named, because a part that is not would never be compared. */
export interface Redirect {
  readonly type: 'redirect';
  readonly protocol: string;
  readonly port: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly statusCode: RedirectActionStatusCodeEnum;
}

/** Answers by itself. */
export interface FixedResponse {
  readonly type: 'fixed-response';
  /** `404`. */
  readonly statusCode: string;
  readonly contentType: string;
  readonly messageBody: string;
}

export type RequestAction = Forward | Redirect | FixedResponse;

/** In place of a group's ARN where requests are shared out among several: that is nothing that we ask for. */
const SEVERAL = 'several';

/** The parts of a redirection that stay as they are in the request, as AWS writes them. */
const KEPT = {
  protocol: '#{protocol}',
  port: '#{port}',
  host: '#{host}',
  path: '/#{path}',
  query: '#{query}',
} as const;

/** What an answer has when nothing is said about it. */
const PLAIN = { contentType: 'text/plain', messageBody: '' } as const;

/** A redirection; what is left out stays as it is in the request. */
export function redirect(parts: Partial<Omit<Redirect, 'type'>>): Redirect {
  return { ...KEPT, statusCode: 'HTTP_301', ...parts, type: 'redirect' };
}

/** An answer of the load balancer's own. */
export function fixedResponse(parts: Partial<FixedResponse> & Pick<FixedResponse, 'statusCode'>): FixedResponse {
  return { ...PLAIN, ...parts, type: 'fixed-response' };
}

const tuplesOf = ({ ForwardConfig, TargetGroupArn }: AwsAction): readonly TargetGroupTuple[] =>
  ForwardConfig?.TargetGroups ?? (TargetGroupArn ? [{ TargetGroupArn, Weight: 1 }] : []);

/** Groups that a forward action names without sending anything there: what is under way to become its target. */
export function waitingGroupsOf(action: AwsAction | undefined): readonly string[] {
  return tuplesOf(action ?? { Type: 'forward' }).flatMap(({ TargetGroupArn, Weight }) =>
    Weight === 0 && TargetGroupArn ? [TargetGroupArn] : [],
  );
}

function forwardOf(action: AwsAction): Forward {
  const tuples = tuplesOf(action);
  const serving = tuples.length > 1 ? tuples.filter(({ Weight = 1 }) => Weight > 0) : tuples;
  const targetGroupArn = serving.length > 1 ? SEVERAL : (serving[0]?.TargetGroupArn ?? '');
  return { type: 'forward', targetGroupArn };
}

/** The one group that an action sends requests to; nothing where it sends them to several or to none. */
export function targetOf(action: RequestAction | null | undefined): string | undefined {
  if (action?.type !== 'forward' || action.targetGroupArn === SEVERAL) return undefined;
  return action.targetGroupArn === '' ? undefined : action.targetGroupArn;
}

function redirectOf(config: RedirectActionConfig): Redirect {
  return {
    type: 'redirect',
    protocol: config.Protocol ?? KEPT.protocol,
    port: config.Port ?? KEPT.port,
    host: config.Host ?? KEPT.host,
    path: config.Path ?? KEPT.path,
    query: config.Query ?? KEPT.query,
    statusCode: config.StatusCode ?? 'HTTP_302',
  };
}

/** What AWS's last action does: those before it only say who may pass. `null` when it is none that we make. */
export function actionOf(actions: readonly AwsAction[] = []): RequestAction | null {
  const action = actions.at(-1);
  if (!action || actions.length > 1) return null;
  if (action.Type === 'forward') return forwardOf(action);
  if (action.RedirectConfig) return redirectOf(action.RedirectConfig);
  const { StatusCode, ContentType, MessageBody } = action.FixedResponseConfig ?? {};
  if (!StatusCode) return null;
  return {
    type: 'fixed-response',
    statusCode: StatusCode,
    contentType: ContentType ?? PLAIN.contentType,
    messageBody: MessageBody ?? PLAIN.messageBody,
  };
}

/** AWS's form of an action. */
export function awsActionOf(action: RequestAction): AwsAction {
  if (action.type === 'forward') return { Type: 'forward', TargetGroupArn: action.targetGroupArn };
  if (action.type === 'redirect') {
    const { protocol: Protocol, port: Port, host: Host, path: Path, query: Query, statusCode: StatusCode } = action;
    return { Type: 'redirect', RedirectConfig: { Protocol, Port, Host, Path, Query, StatusCode } };
  }
  const { statusCode: StatusCode, contentType: ContentType, messageBody: MessageBody } = action;
  return { Type: 'fixed-response', FixedResponseConfig: { StatusCode, ContentType, MessageBody } };
}

/** Forwards to one group, and names another one without sending anything there, so that its targets are checked. */
export function forwardBeside(serving: string, waiting: string): AwsAction {
  const TargetGroups = [
    { TargetGroupArn: serving, Weight: 1 },
    { TargetGroupArn: waiting, Weight: 0 },
  ];
  return { Type: 'forward', ForwardConfig: { TargetGroups } };
}
