/**
 * The checks of one target (ALB guide, "Health checks for Application Load Balancer target groups"): its real process is asked at
 * its real address, again and again, and a verdict changes when enough answers in a row say so. It must not know who asks for it.
 */
import http from 'node:http';

/** What is asked, and how often. */
export interface CheckPlan {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** As AWS writes them: `200`, `200,202`, `200-299`. */
  readonly codes: string;
  readonly everyMilliseconds: number;
  /** A process takes its time, however fast AWS's passes. */
  readonly timeoutMilliseconds: number;
  /** Answers in a row. */
  readonly healthy: number;
  readonly unhealthy: number;
}

/** What a target is found to be, in AWS's words. */
export interface Health {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  readonly reason?: string;
}

/** Checks under way. */
export interface HealthCheck {
  readonly plan: CheckPlan;
  health(): Health;
  stop(): void;
}

/** A server that boots is given as long as a process may take to start: that AWS's minutes pass in a second makes none faster. */
const BOOT_MILLISECONDS = 60_000;

const INITIAL: Health = { state: 'initial', reason: 'Elb.InitialHealthChecking' };
const HEALTHY: Health = { state: 'healthy' };

/** Whether a status is among codes as AWS writes them. */
export function matches(codes: string, status: number): boolean {
  return codes.split(',').some((part) => {
    const [least = 0, most = least] = part.split('-').map(Number);
    return status >= least && status <= most;
  });
}

/** Asks once: the reason why it is not healthy, nothing when it is. */
function probe({ host, port, path, codes, timeoutMilliseconds: timeout }: CheckPlan): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'ELB-HealthChecker/2.0' };
    const asked = http.get({ agent: false, host, port, path, headers, timeout });
    asked.once('response', (response) => {
      response.resume();
      resolve(matches(codes, response.statusCode ?? 0) ? undefined : 'Target.ResponseCodeMismatch');
    });
    asked.once('timeout', () => {
      resolve('Target.Timeout');
      asked.destroy();
    });
    asked.once('error', () => resolve('Target.FailedHealthChecks'));
  });
}

/** Begins to check; with what was found before, when the checks alone are others. */
export function startHealthCheck(plan: CheckPlan, before: Health = INITIAL): HealthCheck {
  const began = Date.now();
  let health = before;
  let row = 0;
  let last: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  /** "After your target is registered, it must pass one health check to be considered healthy." */
  function needed(isGood: boolean): number {
    if (health.state === 'initial') return isGood ? 1 : plan.unhealthy;
    return isGood ? plan.healthy : plan.unhealthy;
  }

  function judge(reason: string | undefined): void {
    const isGood = reason === undefined;
    row = isGood === last ? row + 1 : 1;
    last = isGood;
    const boots = health.state === 'initial' && !isGood && Date.now() - began < BOOT_MILLISECONDS;
    if (boots || row < needed(isGood)) return;
    health = isGood ? HEALTHY : { state: 'unhealthy', reason };
  }

  async function look(): Promise<void> {
    const reason = await probe(plan);
    if (stopped) return;
    judge(reason);
    timer = setTimeout(look, plan.everyMilliseconds);
  }

  look();
  return {
    plan,
    health: () => health,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
