/** A tier of the demo, through kubectl alone: what anybody with a terminal would ask and do. It must not judge what it sees. */
import { kubectl } from '../sandbox/kubectl.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import { until } from './stage.ts';

/** Where the demo's tiers live. */
export const NAMESPACE = 'demo';

/** What the demo asks of a condition. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** One tier. */
export interface Tier {
  readonly name: string;
  /** What stands at a path of the object, as text. */
  get(path: string): Promise<string>;
  condition(type: string): Promise<Condition | undefined>;
  patch(spec: object): Promise<void>;
  annotate(...annotations: readonly string[]): Promise<void>;
  /** Waits until what was asked for last is built. */
  settled(claim: string, seconds: number): Promise<void>;
  /** Its events as a table. */
  events(): Promise<string>;
  /** The newest event with this reason, as a table; its head alone when there is none. */
  event(reason: string): Promise<string>;
}

const COLUMNS = 'custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message';

/** Runs kubectl in the demo's namespace; answers with what it printed. */
export async function inDemo(
  state: SandboxState,
  args: readonly string[],
  options: { readonly input?: string; readonly timeoutSeconds?: number } = {},
): Promise<string> {
  return (await kubectl(state, ['--namespace', NAMESPACE, ...args], options)).stdout;
}

/** The tier of that name, which need not be there yet. */
export function tier(state: SandboxState, name: string): Tier {
  const get = (path: string): Promise<string> => inDemo(state, ['get', 'st', name, '--output', `jsonpath={${path}}`]);
  const condition = async (type: string): Promise<Condition | undefined> => {
    const conditions = JSON.parse((await get('.status.conditions')) || '[]') as readonly Condition[];
    return conditions.find((candidate) => candidate.type === type);
  };
  const events = (...about: readonly string[]): Promise<string> => {
    const selector = [`involvedObject.name=${name}`, ...about].join(',');
    const order = ['--sort-by=.metadata.creationTimestamp', '--output', COLUMNS];
    return inDemo(state, ['get', 'events', '--field-selector', selector, ...order]);
  };
  return {
    name,
    get,
    condition,
    async patch(spec) {
      const patch = JSON.stringify({ spec });
      await inDemo(state, ['patch', 'st', name, '--type', 'merge', '--patch', patch]);
    },
    async annotate(...annotations) {
      await inDemo(state, ['annotate', 'st', name, '--overwrite', ...annotations]);
    },
    async settled(claim, seconds) {
      await until(claim, seconds, async () => {
        const [asked, seen] = [await get('.metadata.generation'), await get('.status.observedGeneration')];
        const holds = async (type: string): Promise<boolean> => (await condition(type))?.status === 'True';
        return asked === seen && (await holds('Ready')) && (await holds('UpToDate'));
      });
    },
    events: () => events(),
    async event(reason) {
      const [head = '', ...rows] = (await events(`reason=${reason}`)).trimEnd().split('\n');
      return [head, ...rows.slice(-1)].join('\n');
    },
  };
}
