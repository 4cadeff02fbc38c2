/**
 * A scriptable proxy between an operator and the sandbox's API server: every request passes it, is counted, and can be
 * disturbed by rules. Plain HTTP on loopback towards the operator, TLS towards the server. The operator never knows: only
 * its kubeconfig differs.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { readJson, writeJson } from '../files.ts';
import { type Objects, openObjects } from '../objects.ts';
import type { SandboxState } from '../sandbox.ts';
import { type KubeAnswer, type KubeRequest, UNHEARD } from './answer.ts';
import { objectPath, readCall } from './call.ts';
import { openChannel } from './channel.ts';
import { isWatchEffect, type KubeFaultRule } from './fault.ts';
import { type ActiveKubeFault, createKubeFaults, type KubeFaults, type Striking } from './faults.ts';
import { createKubeJournal, type KubeEntry, type KubeJournal } from './journal.ts';
import { strike } from './strike.ts';
import { type KubeUpstream, messageHeaders, openKubeUpstream } from './upstream.ts';

export type { KubeEffect, KubeFaultRule, KubeMatch } from './fault.ts';
export type { ActiveKubeFault } from './faults.ts';
export type { KubeEntry } from './journal.ts';

/** A proxy that listens; one for each process whose requests are to be told apart. */
export interface KubeProxy {
  readonly server: string;
  /** Writes a kubeconfig that differs from this one in the server only; answers with its path. */
  kubeconfigFor(kubeconfig: string): Promise<string>;
  /** Adds rules and answers with their ids, in order; open watches that fit are disturbed at once. */
  addFaults(...rules: readonly KubeFaultRule[]): readonly string[];
  faults(): readonly ActiveKubeFault[];
  /** Removes one rule, or all; what it holds goes on. */
  removeFault(id?: string): void;
  /** Requests in the order in which they came, after the one with this number. */
  journal(since?: number): readonly KubeEntry[];
  /** The number of the newest request: what comes later has a larger one. */
  latest(): number;
  close(): Promise<void>;
}

interface Works {
  readonly journal: KubeJournal;
  readonly faults: KubeFaults;
  readonly upstream: KubeUpstream;
  readonly objects: Objects;
}

async function requestOf(message: IncomingMessage, signal: AbortSignal): Promise<KubeRequest> {
  const { method = 'GET', url: address = '/' } = message;
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers = messageHeaders(message.headers);
  return { call: readCall(method, address), address, headers, body: Buffer.concat(chunks), signal };
}

function answer(works: Works, request: KubeRequest, striking: Striking | undefined): Promise<KubeAnswer> {
  const { journal, upstream, objects } = works;
  const next = (): Promise<KubeAnswer> => upstream.send(request);
  if (striking === undefined || isWatchEffect(striking.rule.effect)) return next();
  return strike(striking.rule.effect, {
    id: striking.id,
    request,
    next,
    released: () => striking.held(request.signal),
    earlier: (seq) => journal.kept(seq),
    async touch() {
      const annotations = { 'sandbox/touched': `${journal.latest()}` };
      await objects.need(objectPath(request.call), { method: 'PATCH', body: { metadata: { annotations } } });
    },
  });
}

function outcomeOf({ heard, delivery, status }: KubeAnswer, gone: boolean): KubeEntry['outcome'] {
  if (status === 0) return gone ? 'abandoned' : 'reset';
  if (delivery !== undefined) return heard ? 'lost' : 'reset';
  if (status >= 400) return 'refused';
  return gone ? 'lost' : 'ok';
}

/** Gives an answer to the client, if it is to have one; a stream that opens is handed to `open`. */
function deliver(found: KubeAnswer, response: ServerResponse, open: (stream: IncomingMessage) => void): void {
  const { status, headers, body, stream, delivery } = found;
  if (delivery === 'reset') response.socket?.resetAndDestroy();
  // The connection stays open and silent: the client's own time-out must end it.
  if (delivery !== undefined) return;
  if (stream === undefined) {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  open(stream);
}

async function handle(works: Works, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const request = await requestOf(message, gone.signal);
  const entry = works.journal.open(request.call);
  const striking = works.faults.striking(request.call);
  if (striking !== undefined) entry.fault = striking.id;
  const found = await answer(works, request, striking).catch(() => UNHEARD);
  entry.status = found.status;
  entry.outcome = outcomeOf(found, gone.signal.aborted);
  if (!request.call.write && found.stream === undefined && found.delivery === undefined)
    works.journal.keep(entry.seq, found);
  deliver(found, response, (stream) => {
    const leave = works.faults.enter(openChannel(request.call, stream, response), striking);
    response.on('close', leave);
  });
}

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string }[];
}

/** Starts a proxy in front of a sandbox's API server; it must be closed before the sandbox ends. */
export async function startKubeProxy(state: SandboxState): Promise<KubeProxy> {
  const journal = createKubeJournal();
  const faults = createKubeFaults();
  const upstream = openKubeUpstream(state.kube.server, state.kube.authority);
  const objects = openObjects(state);
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (message, response) => {
    handle({ journal, faults, upstream, objects }, message, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}`;
  return {
    server: address,
    async kubeconfigFor(kubeconfig) {
      const config = readJson<Kubeconfig>(kubeconfig);
      if (config === undefined) throw new Error(`read kubeconfig "${kubeconfig}": it is not there`);
      const clusters = config.clusters.map(({ name }) => ({ name, cluster: { server: address } }));
      const file = path.join(state.folder, `proxied-${port}-${path.basename(kubeconfig)}`);
      writeJson(file, { ...config, clusters });
      return file;
    },
    addFaults: (...rules) => faults.add(rules),
    faults: () => faults.list(),
    removeFault: (id) => faults.remove(id),
    journal: (since = 0) => journal.entries(since),
    latest: () => journal.latest(),
    async close() {
      faults.remove();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      upstream.close();
      objects.close();
    },
  };
}
