/**
 * From an HTTP request to a call: service and region from the signature, operation and parameters by the service's
 * protocol. It must not judge the call.
 */
import type { Call, Params } from './call.ts';
import { text } from './call.ts';
import { paramsOfForm, paramsOfJson } from './protocol.ts';
import type { Service } from './service.ts';
import { serviceOfSigningName } from './services.ts';

/** A request as it came in. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a request says of itself. */
export interface Decoded {
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly accessKey: string;
  readonly params: Params;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/;

function read(incoming: Incoming, service: Service, target: string | undefined): Pick<Decoded, 'operation' | 'params'> {
  if (service.read) return service.read(incoming);
  const { method, path, body } = incoming;
  if (target !== undefined) {
    return { operation: target.slice(target.lastIndexOf('.') + 1), params: paramsOfJson(body.toString()) };
  }
  const rpc = /^\/service\/[^/]+\/operation\/(\w+)$/.exec(path)?.[1];
  if (rpc !== undefined) return { operation: rpc, params: {} };
  if (service.protocol === 'rest') return { operation: `${method} ${path.split('?')[0]}`, params: {} };
  const form = body.length > 0 ? body.toString() : (path.split('?')[1] ?? '');
  const { Action, Version: _version, ...params } = paramsOfForm(form, service.protocol === 'query');
  return { operation: typeof Action === 'string' ? Action : `${method} ${path}`, params };
}

/** AWS's own endpoint of a global service takes signatures for this region only; the sandbox's takes them all. */
const GLOBAL_REGION = 'us-east-1';

/** Reads a request. Calls without a signature are STS's: only it takes them. */
export function decode(incoming: Incoming): Decoded {
  const [, accessKey = '', signed = GLOBAL_REGION, signingName = 'sts'] =
    CREDENTIAL.exec(incoming.headers.authorization ?? '') ?? [];
  const target = incoming.headers['x-amz-target'];
  const service = serviceOfSigningName(signingName, target);
  const region = service.global ? GLOBAL_REGION : signed;
  return { service, region, accessKey, ...read(incoming, service, target) };
}

/** Values that no journal may hold. */
const SECRET = new Set([
  'UserData',
  'MasterUserPassword',
  'Passwords',
  'AuthToken',
  'SecretString',
  'WebIdentityToken',
]);

/** Parameters without secrets, for the journal. */
export function journaled(call: Pick<Call, 'params'>): Params {
  const hidden = text(call.params, 'Type') === 'SecureString';
  return Object.fromEntries(
    Object.entries(call.params).map(([key, value]) =>
      SECRET.has(key) || (hidden && key === 'Value') ? [key, '(hidden)'] : [key, value],
    ),
  );
}
