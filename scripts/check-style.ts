/**
 * House rules that no linter knows: how long a file may be, how it opens, and that shared code never names a kind of
 * resource. It must not repeat what Biome or the compiler check already.
 */
import { report } from './report.ts';
import { readSources, type Source } from './sources.ts';

/** No file of `src` may have more lines. */
export const LONGEST_FILE = 300;

/** Code that serves every kind alike. */
const SHARED = /^src\/(core|engine|kube)\//;
const KINDS = /^src\/(resources|operations)\//;
const KIND = /^[a-z0-9]+\.[a-z0-9-]+$/;
const OPENING = /^(#!.*\n)?(\/\*\*|\/\/)/;

/** One sentence for every broken rule. */
export function styleProblems(root: string): readonly string[] {
  const sources = readSources(root, 'src');
  const kinds = sources.filter(({ path }) => KINDS.test(path)).flatMap(({ types }) => types.filter(isKind));
  return sources.flatMap((source) =>
    [lengthProblem(source), openingProblem(source), ...namingProblems(source, kinds)].flatMap((problem) =>
      problem ? [`${source.path}: ${problem}`] : [],
    ),
  );
}

function lengthProblem({ text }: Source): string | undefined {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return lines > LONGEST_FILE ? `has ${lines} lines, at most ${LONGEST_FILE} are allowed` : undefined;
}

function openingProblem({ text }: Source): string | undefined {
  return OPENING.test(text) ? undefined : 'does not open with a comment that says why it exists';
}

function namingProblems({ path, strings }: Source, kinds: readonly string[]): readonly string[] {
  if (!SHARED.test(path)) return [];
  return kinds.filter((kind) => strings.some((text) => names(text, kind))).map((kind) => `names the kind ${kind}`);
}

function isKind(text: string): boolean {
  return KIND.test(text);
}

// `ec2.vpc` is named by itself and in `ec2.vpc/main`, not in `ec2.vpc-endpoint`.
function names(text: string, kind: string): boolean {
  const at = text.indexOf(kind);
  if (at < 0) return false;
  const around = `${text[at - 1] ?? ' '}${text[at + kind.length] ?? ' '}`;
  return !/[\w.-]/.test(around) || names(text.slice(at + kind.length), kind);
}

if (import.meta.main) report('style', styleProblems);
