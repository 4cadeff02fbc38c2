/**
 * The bench's generator says what the stand-in says: three tiers are built there with the real engine, the same three are
 * generated from the first, and both are asked the same by the same code.
 */

import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createAnswers } from '../../bench/generator/answers.ts';
import { compile } from '../../bench/generator/catalogue.ts';
import { dissect } from '../../bench/generator/document.ts';
import { openEngine, passOver } from '../../bench/generator/engine.ts';
import type { BenchTier } from '../../bench/generator/marks.ts';
import { isContinued, PAGE_PARAMETERS, pageOf, withoutToken } from '../../bench/generator/pages.ts';
import { MANIFESTS, record } from '../../bench/generator/record.ts';
import { type Exchange, startRecorder } from '../../bench/generator/recorder.ts';
import { CLUSTER, CONVERGED, type Recording } from '../../bench/generator/recording.ts';
import { type RunningGenerator, startGenerator } from '../../bench/generator/server.ts';
import type { Scope } from '../../src/aws/driver.ts';
import { classify } from '../../src/aws/errors.ts';
import { allOf } from '../../src/aws/pages.ts';
import type { Owned } from '../../src/core/kind.ts';
import { resources } from '../../src/resources/index.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { SERVICES } from '../sandbox/proxy/services.ts';

/** Of this run alone: what an earlier run left in the sandbox would be seen. */
const ACCOUNT = `2${String(Math.floor(Math.random() * 1e11)).padStart(11, '0')}`;
const TIERS = 3;

/** What the stand-in invents for each tier; addresses and times are inventions too. */
const INVENTED =
  /\b(?:[a-z]+(?:-[a-z]+)*-[0-9a-f]{17}|[0-9a-f]{64}|A[A-Z]{2}A[A-Z0-9]{16,17}|(?=\w*\d)[A-Za-z0-9]{19,21}|\d{1,3}(?:[.-]\d{1,3}){3}(?!\/)|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/g;
const TIMES = /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)|"?\b1[78]\d{8}(?:\.\d+)?\b"?/g;
/** The stand-in says it of the first subnet that an account has in a zone. */
const FIRST_OF_ACCOUNT = /<defaultForAz>\w+<\/defaultForAz>/g;
const REQUEST_IDS = /<(requestId|RequestId)>[^<]*<\/\1>/g;
const HEXADECIMAL = /\b[0-9a-f]{64}\b/g;
const BASE64 = /[A-Za-z0-9+/]{60,}={0,2}/g;

let recording: Recording;
let generator: RunningGenerator;
let tiers: readonly BenchTier[];

const plain = (text: string): string =>
  text
    .replace(/<\?xml[^>]*>\s*/, '')
    .replace(REQUEST_IDS, '')
    .replace(FIRST_OF_ACCOUNT, '')
    .replace(HEXADECIMAL, '#')
    .replace(BASE64, (token) => Buffer.from(token, 'base64').toString())
    .replace(TIMES, 'TIME')
    .replace(INVENTED, (id) => `${/^[a-z-]+-/.exec(id)?.[0] ?? ''}#`);

/** Every element or member by itself, in order of the alphabet: AWS promises no other. */
function normal(body: string): readonly string[] {
  return plain(body)
    .split(/(?=<)|(?=[{[])|(?<=[}\],])/)
    .map((part) => part.replace(/[,\s]+$/, ''))
    .filter((part) => part !== '')
    .sort();
}

async function openSide(endpoint: string) {
  const recorder = await startRecorder(endpoint);
  const { engine, close } = openEngine({ endpoint: recorder.endpoint });
  const { region } = recording;
  const aws = await engine.sessions.open({
    region,
    assumeRoleARN: `arn:aws:iam::${ACCOUNT}:role/scalingtier-operator`,
  });
  // Clients read the environment when they are first used.
  for (const kind of resources) await allOf(kind.observe(aws, { by: 'cluster', cluster: CLUSTER }));
  recorder.take();
  return { recorder, aws, close };
}

type Side = Awaited<ReturnType<typeof openSide>>;

async function ask({ aws, recorder }: Side, type: string, scope: Scope) {
  const kind = resources.find((one) => one.type === type);
  if (!kind) throw new Error(`ask about ${type}: there is no such kind`);
  // What nobody owns, such as a disk that came with a server, cannot be paired; its answers are compared as they are.
  const found = (await allOf(kind.observe(aws, scope))).filter((one: Owned) => one.node !== undefined);
  return { found: [...found].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), heard: recorder.take() };
}

const keyOf = ({ owner, node }: Owned): string => `${owner?.name} ${node}`;

/** Which names stand in one call and which in the next depends on the order in which they were listed. */
const withoutBatches = (_key: string, value: unknown): unknown =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? '*' : value;

/** Every question with all that was answered to it, whatever the pages were; `#` stands for what was invented. */
function answersTo(heard: readonly Exchange[]): ReadonlyMap<string, readonly string[]> {
  const answers = new Map<string, readonly string[]>();
  for (const { operation, params, status, body } of heard) {
    const asked = Object.fromEntries(Object.entries(params).filter(([name]) => !PAGE_PARAMETERS.has(name)));
    const question = `${operation} ${status} ${normal(JSON.stringify(asked, withoutBatches)).join('')}`;
    const pieces = dissect(withoutToken(body));
    const items = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.items.flatMap(normal)));
    // What stands around the items stands on every page.
    const around = pieces.flatMap((piece) => (typeof piece === 'string' ? normal(piece) : []));
    answers.set(question, [...(answers.get(question) ?? around), ...items].sort());
  }
  return answers;
}

/** Texts that differ between two values of the same shape, as pairs. */
function pairs(one: unknown, other: unknown): readonly (readonly [string, string])[] {
  if (one === other) return [];
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.flatMap((item, index) => pairs(item, other[index]));
  if (one instanceof Object && other instanceof Object && !Array.isArray(one) && !Array.isArray(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => pairs((one as never)[key], (other as never)[key]));
  }
  return [[String(one), String(other)]];
}

let real: Side;
let made: Side;
/** From what the stand-in invented to what the generator did, over all kinds. */
const renamed = new Map<string, string>();

beforeAll(async () => {
  const { endpoint } = attachSandbox().aws;
  await proxyControl(endpoint).configure({ throttle: false, factor: 0 }, ACCOUNT);
  const changes = { retagged: { tags: { CostCenter: '4712' } } };
  recording = await record({
    endpoint,
    manifest: `${MANIFESTS}/single-server.yaml`,
    accountID: ACCOUNT,
    tiers: TIERS,
    changes,
  });
  generator = await startGenerator(recording);
  generator.switches.throttle = false;
  const { accountID: account, region } = recording;
  tiers = recording.tiers.map(({ owner }, index) => ({ index, owner, account, region }));
  generator.answers.setTiers(tiers);
  // The first tier was changed after the recording of the first world.
  generator.answers.move(0, 'retagged');
  real = await openSide(endpoint);
  made = await openSide(generator.endpoint);
});

afterAll(async () => {
  for (const side of [real, made]) {
    side?.close();
    await side?.recorder.close();
  }
  await generator?.close();
});

describe('a generated AWS', () => {
  const scopes: Readonly<Record<string, (of: readonly Owned[]) => Scope>> = {
    'all tiers at once': () => ({ by: 'cluster', cluster: CLUSTER }),
    'three tiers together': () => ({ by: 'tiers', owners: tiers.map(({ owner }) => owner) }),
    'one tier': () => ({ by: 'tiers', owners: tiers.slice(1, 2).map(({ owner }) => owner) }),
    'two of three by their ids': (of) => ({
      by: 'ids',
      ids: of.filter(({ owner }) => owner?.name !== tiers[2]?.owner.name).map(({ id }) => id),
    }),
  };

  describe.each(resources.map(({ type }) => type))('%s', (type) => {
    test.each(Object.keys(scopes))(
      '%s',
      async (name) => {
        const all = { by: 'cluster', cluster: CLUSTER } as const;
        const scope = scopes[name];
        if (!scope) throw new Error(`no scope ${name}`);
        const [a, b] = [(await ask(real, type, all)).found, (await ask(made, type, all)).found];
        const there = await ask(real, type, scope(a));
        const here = await ask(made, type, scope(b));
        const stands = recording.tiers[1]?.status.resources?.some((one) => one.type === type) ?? false;
        expect(there.found.length > 0).toBe(stands);
        expect(here.found.map(keyOf)).toEqual(there.found.map(keyOf));
        expect(answersTo(here.heard)).toEqual(answersTo(there.heard));
        for (const [before, after] of pairs(there.found, here.found)) {
          expect(plain(after)).toBe(plain(before));
          if (plain(before).includes('TIME')) continue;
          expect(renamed.get(before) ?? after).toBe(after);
          renamed.set(before, after);
        }
        expect(new Set(renamed.values()).size).toBe(renamed.size);
      },
      60_000,
    );
  });

  test('a pass over each tier finds nothing to do and nothing to ask that was not recorded', async () => {
    const { engine, close } = openEngine({ endpoint: generator.endpoint, patience: { sweepSeconds: 600 } });
    const { marks, likeness } = compile(recording);
    generator.journal.clear();
    for (const tier of tiers.slice(1)) {
      const like = likeness(CONVERGED)(marks.valuesOf(tier));
      const first = await passOver(engine, { owner: tier.owner, ...like });
      const second = await passOver(
        engine,
        { owner: tier.owner, spec: like.spec, status: first.status },
        { request: 'now' },
      );
      const { lastHandledReconcileAt, ...status } = second.status;
      expect(lastHandledReconcileAt).toBe('now');
      expect(status).toEqual(first.status);
    }
    close();
    expect(generator.journal.sums(0)).toMatchObject({ writes: 0, refused: {} });
  });
});

test('a tier may be in another world as one operation tells it, and as no other does', async () => {
  const { answers } = generator;
  const [, tier] = tiers;
  if (!tier) throw new Error('two tiers are needed');
  const costCenters = async (type: string) => {
    const { found } = await ask(made, type, { by: 'tiers', owners: [tier.owner] });
    return new Set(found.map(({ tags }) => tags?.CostCenter));
  };
  expect(answers.differences('retagged')).toEqual(expect.arrayContaining(['DescribeVpcs', 'DescribeSubnets']));
  answers.move(tier.index, 'retagged', 'DescribeVpcs');
  expect(await costCenters('ec2.vpc')).toEqual(new Set(['4712']));
  expect(await costCenters('ec2.subnet')).toEqual(new Set(['4711']));
  answers.move(tier.index, CONVERGED);
  expect(await costCenters('ec2.vpc')).toEqual(new Set(['4711']));
});

describe('pages', () => {
  test('of any size hold the same items once each', () => {
    const answers = createAnswers(compile(recording));
    answers.setTiers(tiers);
    const placeOf = (service: string) => ({
      account: ACCOUNT,
      region: recording.region,
      global: SERVICES.some(({ signingName, global }) => signingName === service && global),
    });
    const paged = (recording.worlds[CONVERGED]?.exchanges ?? []).flatMap((exchange) => {
      const size = ['MaxResults', 'MaxItems', 'MaxRecords'].find((name) => name in exchange.params);
      const shared = !JSON.stringify(exchange.params).match(/tier-0|-[0-9a-f]{12,17}/);
      return size && shared ? [{ ...exchange, size }] : [];
    });
    expect(paged.length).toBeGreaterThan(10);
    for (const { service, operation, params, size } of paged) {
      const token = size === 'MaxItems' ? 'Marker' : 'NextToken';
      const items = (most: number): readonly string[] => {
        const found: string[] = [];
        let after: string | undefined;
        do {
          const asked = { ...params, [size]: String(most), ...(after ? { [token]: after } : {}) };
          const body = answers.read({ service, operation, params: asked, ...placeOf(service) }).body.toString();
          const page = dissect(body).flatMap((piece) => (typeof piece === 'string' ? [] : piece.items));
          expect(page.length).toBeLessThanOrEqual(Math.min(most, pageOf(service, operation, asked).size));
          found.push(...page);
          after = isContinued(body)
            ? /<(?:nextToken|Marker)>([^<]+)<|"NextToken":"([^"]+)"/.exec(body)?.slice(1).find(Boolean)
            : undefined;
        } while (after);
        return found.sort();
      };
      const whole = items(50);
      expect(new Set(whole).size).toBe(whole.length);
      expect([operation, whole.length % TIERS]).toEqual([operation, 0]);
      for (const most of [1, 2, 3, 7]) expect(items(most)).toEqual(whole);
    }
  });
});

describe('calls above the limits', () => {
  const ENOUGH = 160;

  test.each(['ec2', 'iam', 'ssm', 'cloudwatch'])(
    'of %s are refused as the SDK understands it',
    async (service) => {
      generator.switches.throttle = true;
      const credentials = { accessKeyId: `ASIABENCH${ACCOUNT}`, secretAccessKey: 'x' };
      const config = { endpoint: generator.endpoint, region: recording.region, credentials, maxAttempts: 1 };
      const Filters = [{ Name: 'tag:scalingtier.dev/cluster', Values: [CLUSTER] }];
      const ParameterFilters = [{ Key: 'tag:scalingtier.dev/cluster', Option: 'Equals', Values: [CLUSTER] }];
      const ec2 = new EC2Client(config);
      const iam = new IAMClient(config);
      const ssm = new SSMClient(config);
      const cloudwatch = new CloudWatchClient(config);
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        ec2: () => ec2.send(new DescribeVpcsCommand({ Filters })),
        iam: () => iam.send(new ListRolesCommand({ PathPrefix: '/scalingtier.dev/bench/bench-00/tier-00001/' })),
        ssm: () => ssm.send(new DescribeParametersCommand({ ParameterFilters })),
        cloudwatch: () =>
          cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'st-', AlarmTypes: ['MetricAlarm'] })),
      };
      const outcomes = await Promise.allSettled(Array.from({ length: ENOUGH }, () => calls[service]?.()));
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [classify(outcome.reason).class] : [],
      );
      expect(new Set(refused)).toEqual(new Set(['throttled']));
      expect(refused.length).toBeLessThan(ENOUGH);
      generator.switches.throttle = false;
      for (const client of [ec2, iam, ssm, cloudwatch]) client.destroy();
    },
    60_000,
  );
});
