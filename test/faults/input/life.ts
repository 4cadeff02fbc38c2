/**
 * The life of one accepted object under a real operator: it settles or says what is in the way, goes back to the example it came
 * from, and ends without leaving more than it says it leaves. It must not know what is wrong with the object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ANNOTATIONS } from '../../../src/api/well-known.ts';
import type { Objects } from '../../sandbox/objects.ts';
import { condition, isSettled, patienceUntil, type TierObject, tierPath } from '../../sandbox/scene.ts';
import type { Manifest } from './bases.ts';
import { messageProblems } from './refusal.ts';
import type { Specimen } from './specimens.ts';

/** A specimen at the place where it lives. */
export interface Life {
  readonly specimen: Specimen;
  readonly namespace: string;
  /** The object, and the example to go back to. */
  readonly manifest: Manifest;
  readonly example: Manifest;
  /** Whether it goes back before it ends. */
  readonly mended: boolean;
}

/** What a life showed. */
export interface Lived {
  readonly failures: readonly string[];
  /** How it was at its end, what it retained included. */
  readonly last: TierObject | undefined;
}

interface Words {
  readonly message?: string;
}

/** Keeps an object until its last status was read: the operator's own finalizer goes in the moment that is written. */
const WITNESS = 'input.test/witness';
/**
 * So long may nothing change: many lives at once share one stand-in, and take minutes each. It is long, because it is only
 * waited for in full where something is wrong.
 */
const SECONDS = 180;
/** What passes by itself has passed by then. */
const PASSING_SECONDS = 20;
const LOOK_MILLISECONDS = 300;
const ATTEMPTS = 20;

interface Obstacle {
  readonly reason: string;
  readonly message: string;
  /** Whether it may pass by itself, as an outage does. */
  readonly passing: boolean;
}

/** Why a tier is not as asked, if it says so; an ordinary step on the way is no reason. */
function obstacleOf(tier: TierObject): Obstacle | undefined {
  const stalled = condition(tier, 'Stalled');
  if (stalled?.status === 'True') return { ...stalled, passing: false };
  const synced = condition(tier, 'Synced');
  if (synced?.status === 'False') return { ...synced, passing: synced.reason !== 'Paused' };
  const upToDate = condition(tier, 'UpToDate');
  return upToDate?.reason === 'UpdateRestricted' ? { ...upToDate, passing: false } : undefined;
}

/** What it says of itself, and what it was about to do. */
function summary({ status }: TierObject): string {
  const { conditions = [], plan } = status;
  const said = conditions.map(
    (one) => `${one.type}=${one.status}/${one.reason} ${one.lastTransitionTime} ${one.message}`,
  );
  return [...said, JSON.stringify(plan?.steps ?? [])].join('\n      ').slice(0, 4000);
}

/** A reason that people can act on: it names a field, an annotation, or what AWS said and of which resource. */
const helps = (message: string): boolean =>
  /spec\.|status\.plan|scalingtier\.dev\/|[a-z0-9]+\.[a-z-]+\/\S+: \w+: ./.test(message);

/** What is done about a tier each time that it is looked at. */
type Meet = (tier: TierObject) => Promise<void>;
const NOTHING: Meet = async () => {};

/** One life on one API server. */
export function lifeOn(objects: Objects, life: Life) {
  const { namespace, specimen } = life;
  const path = tierPath(namespace, String(life.manifest.metadata.name));
  const read = async (): Promise<TierObject> => {
    const tier = await objects.need<TierObject>(path);
    return { ...tier, status: tier.status ?? {} };
  };

  async function until(holds: (tier: TierObject) => boolean, meet: Meet = NOTHING): Promise<TierObject> {
    const started = performance.now();
    let version: string | undefined;
    let deadline = 0;
    for (;;) {
      const tier = await read();
      const { resourceVersion } = tier.metadata;
      if (resourceVersion !== version) deadline = patienceUntil(started, performance.now(), SECONDS);
      version = resourceVersion;
      if (holds(tier) || performance.now() > deadline) return tier;
      await meet(tier);
      await delay(LOOK_MILLISECONDS);
    }
  }

  /** Whether a tier settles, or names an obstacle that stays. */
  function answers(): (tier: TierObject) => boolean {
    let since: number | undefined;
    return (tier) => {
      const obstacle = obstacleOf(tier);
      since = obstacle ? (since ?? performance.now()) : undefined;
      const stays = since !== undefined && performance.now() - since > PASSING_SECONDS * 1000;
      return isSettled(tier) || (obstacle !== undefined && (stays || !obstacle.passing));
    };
  }

  async function begun(): Promise<readonly string[]> {
    const { metadata } = life.manifest;
    const body = { ...life.manifest, metadata: { ...metadata, namespace, finalizers: [WITNESS] } };
    await objects.need(tierPath(namespace), { method: 'POST', body });
    const tier = await until(answers());
    if (isSettled(tier)) return [];
    const obstacle = obstacleOf(tier);
    if (obstacle === undefined) return [`half built, and nothing changes for ${SECONDS} s: ${summary(tier)}`];
    const { reason, message } = obstacle;
    return reason !== '' && helps(message) ? [] : [`the reason does not say what to do: ${reason}: ${message}`];
  }

  /** Approves what waits for a person: the way back may be one of no return. */
  const approve: Meet = async (tier) => {
    const { hash } = tier.status.plan ?? {};
    if (condition(tier, 'UpToDate')?.reason !== 'AwaitingApproval' || hash === undefined) return;
    const annotations = { [ANNOTATIONS.approvePlan]: hash };
    await objects.need(path, { method: 'PATCH', body: { metadata: { annotations } } });
  };

  async function replaced(): Promise<{ readonly status: number; readonly message: string }> {
    for (let attempt = 1; ; attempt++) {
      const { metadata } = await objects.need<{ readonly metadata: Record<string, unknown> }>(path);
      const { resourceVersion, finalizers } = metadata;
      const body = { ...life.example, metadata: { ...life.example.metadata, namespace, resourceVersion, finalizers } };
      const answer = await objects.ask<Words>(path, { method: 'PUT', body });
      if (answer.status !== 409 || attempt >= ATTEMPTS)
        return { status: answer.status, message: answer.body.message ?? '' };
    }
  }

  /** Back to the example; where a field is decided for good the refusal must say so. */
  async function mended(): Promise<readonly string[]> {
    const { status, message } = await replaced();
    if (status >= 400)
      return messageProblems(message, specimen.touched).map((problem) => `going back: ${status}: ${problem}`);
    const tier = await until(isSettled, approve);
    return isSettled(tier)
      ? []
      : [`not healed after going back, and nothing changes for ${SECONDS} s: ${summary(tier)}`];
  }

  const isLeft = ({ metadata }: TierObject): boolean => metadata.finalizers?.every((name) => name === WITNESS) ?? true;

  async function ended(): Promise<Lived> {
    await objects.need(path, { method: 'DELETE' });
    const last = await until((tier) => isLeft(tier));
    const failures = isLeft(last) ? [] : await orphaned(last);
    await objects.need(path, { method: 'PATCH', body: { metadata: { finalizers: null } } });
    return { failures, last };
  }

  /** An end that AWS is in the way of must say so, and the last way out must work. */
  async function orphaned(last: TierObject): Promise<readonly string[]> {
    const obstacle = obstacleOf(last);
    const silent =
      obstacle && helps(obstacle.message)
        ? []
        : [`not ended, without a word, and nothing changes for ${SECONDS} s: ${summary(last)}`];
    await objects.need(path, {
      method: 'PATCH',
      body: { metadata: { annotations: { [ANNOTATIONS.forceOrphan]: 'true' } } },
    });
    return isLeft(await until(isLeft)) ? silent : [...silent, 'not even force-orphan ends it'];
  }

  return {
    async live(): Promise<Lived> {
      const first = await begun();
      const second = life.mended ? await mended() : [];
      const { failures, last } = await ended();
      return { failures: [...first, ...second, ...failures], last };
    },
  };
}
