/**
 * How AWS's lists are asked for in pages, as a table: the parameters, how many items AWS gives unasked and at most. Data
 * from the API references; a call without a row has no pages.
 */
import type { Params } from '../../test/sandbox/proxy/call.ts';
import { text } from '../../test/sandbox/proxy/call.ts';

interface Row {
  readonly service: string;
  readonly operations: RegExp;
  readonly size: string;
  readonly token: string;
  /** Items on a page for which no size was asked; absent: all. */
  readonly unasked?: number;
  readonly most: number;
  /** Writes into the end of a document that there is more. */
  readonly more: (tail: string, token: string) => string;
}

const inElement = (tail: string, token: string): string =>
  tail.replace(/(<\/\w+>)$/, `<nextToken>${token}</nextToken>$1`);

const inMarker = (tail: string, token: string): string =>
  tail.replace(/<IsTruncated>false<\/IsTruncated>/, `<IsTruncated>true</IsTruncated><Marker>${token}</Marker>`);

const inObject = (tail: string, token: string): string => tail.replace(/\}$/, `,"NextToken":"${token}"}`);

const ROWS: readonly Row[] = [
  {
    service: 'ec2',
    operations: /^Describe(Addresses|AvailabilityZones)$/,
    size: '',
    token: '',
    most: 1e9,
    more: inElement,
  },
  { service: 'ec2', operations: /^Describe/, size: 'MaxResults', token: 'NextToken', most: 1000, more: inElement },
  {
    service: 'iam',
    operations: /^(List|GetAccount)/,
    size: 'MaxItems',
    token: 'Marker',
    unasked: 100,
    most: 1000,
    more: inMarker,
  },
  {
    service: 'ssm',
    operations: /^DescribeParameters$/,
    size: 'MaxResults',
    token: 'NextToken',
    unasked: 10,
    most: 50,
    more: inObject,
  },
  {
    service: 'monitoring',
    operations: /^DescribeAlarms$/,
    size: 'MaxRecords',
    token: 'NextToken',
    unasked: 50,
    most: 100,
    more: inObject,
  },
];

/** Names of the parameters that ask for a page and say nothing about what is asked. */
export const PAGE_PARAMETERS: ReadonlySet<string> = new Set(ROWS.flatMap(({ size, token }) => [size, token]));

/** Which page is asked for. */
export interface Page {
  readonly size: number;
  readonly after: string | undefined;
  readonly more: (tail: string, token: string) => string;
}

/** Reads which page a call asks for; without a row: everything. */
export function pageOf(service: string, operation: string, params: Params): Page {
  const row = ROWS.find((one) => one.service === service && one.operations.test(operation));
  if (!row) return { size: Number.POSITIVE_INFINITY, after: undefined, more: inObject };
  const asked = text(params, row.size);
  const size = Math.min(asked === undefined ? (row.unasked ?? row.most) : Number(asked), row.most);
  return { size, after: text(params, row.token), more: row.more };
}

/** Whether a document is one of several and not the last. */
export function isContinued(body: string): boolean {
  return /<nextToken>[^<]|<IsTruncated>true<|"NextToken"\s*:\s*"/.test(body);
}

/** A document without its word that there is more: that word is written anew for each page. */
export function withoutToken(body: string): string {
  return body
    .replace(/<nextToken>[^<]*<\/nextToken>|<nextToken\/>|<Marker>[^<]*<\/Marker>/g, '')
    .replace('<IsTruncated>true</IsTruncated>', '<IsTruncated>false</IsTruncated>')
    .replace(/,\s*"NextToken"\s*:\s*"[^"]*"/, '');
}
