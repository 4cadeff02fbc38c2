/**
 * A CPU profile as text: where the time goes, by function. `node bench/profile.ts FILE [LINES]` reads what `node --cpu-prof`
 * wrote, and source maps where the profiled file has one.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface Node {
  readonly id: number;
  readonly callFrame: Frame;
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** One line of the summary. */
export interface Share {
  readonly name: string;
  /** Milliseconds in the function itself. */
  readonly self: number;
  /** Milliseconds in it and in what it called. */
  readonly total: number;
}

/** What a process does when it does nothing. */
const IDLE = new Set(['(idle)', '(program)', '(root)']);

type Locate = (frame: Frame) => string;

/** Says where a function stands in the sources. */
function locator(): Locate {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string): SourceMap | undefined => {
    if (!maps.has(url)) {
      try {
        maps.set(url, new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8'))));
      } catch {
        maps.set(url, undefined);
      }
    }
    return maps.get(url);
  };
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName || '(anonymous)';
    if (!url.startsWith('file:')) return url ? `${name} ${url}` : name;
    const entry = mapOf(url)?.findEntry(lineNumber, columnNumber);
    const source = entry && 'originalSource' in entry ? entry.originalSource : url;
    return `${name} ${source.replace(/^.*\/(?=(?:src|node_modules)\/)/, '')}`;
  };
}

/** Milliseconds of each function. */
export function sharesOf({ nodes, samples, timeDeltas }: Profile, locate: Locate): readonly Share[] {
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  const byID = new Map(nodes.map((node) => [node.id, node]));
  const shares = new Map<string, { self: number; total: number }>();
  const visit = (node: Node, above: ReadonlySet<string>): number => {
    const name = locate(node.callFrame);
    const within = new Set([...above, name]);
    const own = self.get(node.id) ?? 0;
    const below = (node.children ?? []).reduce((sum, id) => {
      const child = byID.get(id);
      return child ? sum + visit(child, within) : sum;
    }, 0);
    const share = shares.get(name) ?? { self: 0, total: 0 };
    share.self += own;
    // A function that calls itself is within itself already.
    if (!above.has(name)) share.total += own + below;
    shares.set(name, share);
    return own + below;
  };
  const [root] = nodes;
  if (root) visit(root, new Set());
  return [...shares].map(([name, share]) => ({ name, ...share })).filter(({ name }) => !IDLE.has(name));
}

const percent = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(1).padStart(5)} %`;

/** The summary as text: the functions that took most by themselves, then those that took most with what they called. */
export function summarize(profile: Profile, lines: number): string {
  const shares = sharesOf(profile, locator());
  const busy = shares.reduce((sum, { self }) => sum + self, 0);
  const table = (by: 'self' | 'total'): readonly string[] =>
    [...shares]
      .sort((a, b) => b[by] - a[by])
      .slice(0, lines)
      .map((share) => `${percent(share[by], busy)}  ${share.name}`);
  return [
    `busy ${busy.toFixed(0)} ms`,
    '',
    'by itself',
    ...table('self'),
    '',
    'with what it calls',
    ...table('total'),
  ].join('\n');
}

if (import.meta.main) {
  const [file, lines = '25'] = process.argv.slice(2);
  if (!file) throw new Error('read a profile: the file is missing');
  process.stdout.write(`${summarize(JSON.parse(readFileSync(file, 'utf8')) as Profile, Number(lines))}\n`);
}
