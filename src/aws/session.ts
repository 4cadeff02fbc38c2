/**
 * Clients for one account and region: credentials, the account guard, time-outs and the gate. Sessions are cached, so all
 * tiers of an account and region share sockets, limits and credentials. Endpoints come from the process environment only.
 */
import { ACMClient } from '@aws-sdk/client-acm';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { NodeHttpHandler, streamCollector } from '@smithy/node-http-handler';
import type { StreamCollector } from '@smithy/types';
import type { Aws } from './driver.ts';
import { listenTo } from './echo.ts';
import { type Gate, install, retryStrategy } from './gate.ts';
import { UnhurriedJson10Protocol, UnhurriedJson11Protocol } from './json.ts';
import { turnOfAnswers } from './parts.ts';
import { type Throttle, throttle } from './throttle.ts';
import { turns } from './turns.ts';
import { UnhurriedEc2Protocol, UnhurriedQueryProtocol } from './xml.ts';

/** Which account and region, and how to get in. */
export interface SessionRequest {
  readonly region: string;
  /** When given, the credentials must belong to it. */
  readonly accountID?: string;
  readonly assumeRoleARN?: string;
  readonly externalID?: string;
}

/** The credentials belong to another account than the spec names: nothing is written. */
export class WrongAccount extends Error {
  override readonly name = 'WrongAccount';
}

/** Hands out sessions. */
export interface Sessions {
  /** Verifies the account, at most once in five minutes; fails with `WrongAccount` or what AWS said. */
  open(request: SessionRequest): Promise<Aws>;
  close(): void;
}

type Clients = Omit<Aws, 'accountID' | 'partition'>;
type Client = Clients[Exclude<keyof Clients, 'region'>] | STSClient;

interface Session {
  readonly sts: STSClient;
  readonly clients: Promise<Clients>;
  /** All that there are so far. */
  readonly made: readonly Client[];
  /** Whose credentials they are: shared by all who ask at once, kept for a while. */
  verified?: { readonly aws: Promise<Aws>; readonly until: number };
}

const IDENTITY_MILLISECONDS = 300_000;
const SESSION_SECONDS = 3_600;

/** Clients and credentials take a while to make, most of all the first. */
const turnToMake = turns(1);

type Provider = ReturnType<typeof fromNodeProviderChain>;

const inTurns =
  (provider: Provider): Provider =>
  async (properties) => {
    await turnToMake();
    const credentials = await provider(properties);
    await turnToMake();
    return credentials;
  };

/** An object with further members, each made when it is first read and kept. */
export function withLazy<T extends object, L extends object>(
  ready: T,
  makers: { readonly [K in keyof L]: () => L[K] },
): T & L {
  const target = Object.create(null, Object.getOwnPropertyDescriptors(ready)) as T & L;
  for (const key of Object.keys(makers) as (keyof L & string)[]) {
    const get = (): L[typeof key] => {
      const value = makers[key]();
      Object.defineProperty(target, key, { value, enumerable: true });
      return value;
    };
    Object.defineProperty(target, key, { get, enumerable: true, configurable: true });
  }
  return target;
}

/** Many answers may come in at the same time. */
const collect: StreamCollector = async (stream) => {
  const bytes = await streamCollector(stream);
  await turnOfAnswers();
  return bytes;
};

function sessionFor(request: SessionRequest, gate: Gate, limitsOf: (place: string) => Throttle): Session {
  const { region, assumeRoleARN, externalID } = request;
  const own = inTurns(fromNodeProviderChain());
  const credentials = assumeRoleARN
    ? fromTemporaryCredentials({
        masterCredentials: own,
        params: {
          RoleArn: assumeRoleARN,
          RoleSessionName: 'scalingtier-operator',
          DurationSeconds: SESSION_SECONDS,
          ...(externalID ? { ExternalId: externalID } : {}),
        },
        clientConfig: { region },
      })
    : own;
  const config = {
    region,
    credentials,
    retryStrategy: retryStrategy(),
    customUserAgent: 'scalingtier-operator',
    streamCollector: collect,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 3_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      socketTimeout: 30_000,
      httpAgent: { keepAlive: true, maxSockets: 50 },
      httpsAgent: { keepAlive: true, maxSockets: 50 },
    }),
  };
  const accountID = request.accountID ?? assumeRoleARN?.split(':')[4] ?? 'default';
  const place = `${accountID} ${region}`;
  const made: Client[] = [];
  const equip = <T extends Client>(client: T, counted = place): T => {
    install(client.middlewareStack as never, { gate, limits: limitsOf(counted), accountID });
    listenTo(client as never, collect);
    made.push(client);
    return client;
  };
  const make = async (): Promise<Clients> => {
    await turnToMake();
    const ec2 = equip(new EC2Client({ ...config, protocol: UnhurriedEc2Protocol }));
    await turnToMake();
    // IAM is one for all regions, and counts so.
    const iam = equip(new IAMClient({ ...config, protocol: UnhurriedQueryProtocol }), accountID);
    await turnToMake();
    const ssm = equip(new SSMClient({ ...config, protocol: UnhurriedJson11Protocol }));
    await turnToMake();
    const cloudwatch = equip(new CloudWatchClient({ ...config, protocol: UnhurriedJson10Protocol }));
    // What only later stages need is made when the first of them asks.
    return withLazy(
      { region, ec2, iam, ssm, cloudwatch },
      {
        rds: () => equip(new RDSClient({ ...config, protocol: UnhurriedQueryProtocol })),
        secretsManager: () => equip(new SecretsManagerClient({ ...config, protocol: UnhurriedJson11Protocol })),
        elb: () => equip(new ElasticLoadBalancingV2Client({ ...config, protocol: UnhurriedQueryProtocol })),
        autoScaling: () => equip(new AutoScalingClient({ ...config, protocol: UnhurriedQueryProtocol })),
        elastiCache: () => equip(new ElastiCacheClient({ ...config, protocol: UnhurriedQueryProtocol })),
        s3: () => equip(new S3Client(config)),
        acm: () => equip(new ACMClient({ ...config, protocol: UnhurriedJson11Protocol })),
        // Route 53 is one for all regions too.
        route53: () => equip(new Route53Client(config), accountID),
        serviceQuotas: () => equip(new ServiceQuotasClient({ ...config, protocol: UnhurriedJson11Protocol })),
      },
    );
  };
  return { sts: equip(new STSClient({ ...config, protocol: UnhurriedQueryProtocol })), clients: make(), made };
}

/** Starts an empty cache of sessions; `ratePercent` is the share of AWS's limits that each account and region may take. */
export function sessions(gate: Gate, ratePercent = 50): Sessions {
  const cache = new Map<string, Session>();
  const limits = new Map<string, Throttle>();

  // AWS counts by place, whichever role calls.
  const limitsOf = (place: string): Throttle => {
    const found = limits.get(place) ?? throttle({ ratePercent });
    limits.set(place, found);
    return found;
  };

  const sessionOf = (request: SessionRequest): Session => {
    const key = JSON.stringify([request.region, request.assumeRoleARN ?? '', request.externalID ?? '']);
    const session = cache.get(key) ?? sessionFor(request, gate, limitsOf);
    cache.set(key, session);
    return session;
  };

  const verify = (session: Session): Promise<Aws> => {
    if (session.verified && performance.now() < session.verified.until) return session.verified.aws;
    const identity = session.sts.send(new GetCallerIdentityCommand({}));
    const aws = Promise.all([identity, session.clients]).then(([{ Account: accountID = '', Arn = '' }, clients]) => {
      const partition = Arn.split(':')[1] ?? 'aws';
      // Not copied: a copy would make what is not needed yet.
      return Object.assign(Object.create(clients) as Clients, { accountID, partition });
    });
    session.verified = { aws, until: performance.now() + IDENTITY_MILLISECONDS };
    // A failure is the answer to those who asked, not to those who ask next.
    aws.catch(() => {
      if (session.verified?.aws === aws) delete session.verified;
    });
    return aws;
  };

  return {
    async open(request) {
      const aws = await verify(sessionOf(request));
      if (request.accountID && request.accountID !== aws.accountID) {
        throw new WrongAccount(`open account ${request.accountID}: the credentials belong to account ${aws.accountID}`);
      }
      return aws;
    },
    close() {
      for (const { made } of cache.values()) for (const client of made) client.destroy();
      cache.clear();
    },
  };
}
