/** What a request to Route 53 asks for: method and path say it together. It must not judge the call. */
import type { Params } from '../call.ts';
import type { Incoming } from '../decode.ts';

const ZONE = /^\/2013-04-01\/hostedzone\/([^/]+)$/;
const RECORDS = /^\/2013-04-01\/hostedzone\/([^/]+)\/rrset\/?$/;
const CHANGE = /^\/2013-04-01\/change\/([^/]+)$/;

type Read = { readonly operation: string; readonly params: Params };

const OF_ZONE: Readonly<Record<string, string>> = { GET: 'GetHostedZone', DELETE: 'DeleteHostedZone' };
const OF_ZONES: Readonly<Record<string, string>> = { GET: 'ListHostedZones', POST: 'CreateHostedZone' };

/** Operation and parameters: what is in the path, and whatever the query says. */
export function readRequest({ method, path }: Incoming): Read {
  const url = new URL(path, 'http://sandbox');
  const query: Params = Object.fromEntries(url.searchParams);
  const [, records] = RECORDS.exec(url.pathname) ?? [];
  if (records !== undefined) {
    const operation = method === 'GET' ? 'ListResourceRecordSets' : 'ChangeResourceRecordSets';
    return { operation, params: { HostedZoneId: records, ...query } };
  }
  const [, change] = CHANGE.exec(url.pathname) ?? [];
  if (change !== undefined) return { operation: 'GetChange', params: { Id: change } };
  const [, zone] = ZONE.exec(url.pathname) ?? [];
  const named = zone === undefined ? OF_ZONES[method] : OF_ZONE[method];
  return {
    operation: named ?? `${method} ${url.pathname}`,
    params: { ...(zone === undefined ? {} : { Id: zone }), ...query },
  };
}
