/** Systems Manager in memory, as far as steps know it: parameters, commands and how they end. It must not assert anything. */
import type { Aws } from '../../../src/aws/driver.ts';

/** A command that was sent. */
export interface SentCommand {
  readonly id: string;
  readonly instanceId: string;
  readonly text: string;
  status: string;
  details?: string;
  output: string;
}

/** What a test looks at and changes. */
export interface SystemsManager {
  readonly aws: Aws;
  readonly commands: SentCommand[];
  readonly values: Map<string, string>;
  /** Names of calls that fail once, with the code. */
  readonly refusals: Map<string, string>;
  instanceState: string;
  /** What stands in the place of an instance that is gone. */
  successor?: string;
  /** Ends the last command. */
  end(status: string, output: string, details?: string): void;
}

interface Stored {
  readonly description: string;
  tags: { Key: string; Value: string }[];
}

type Input = Readonly<Record<string, unknown>>;

const refuse = (name: string): never => {
  throw Object.assign(new Error(name), { name });
};

/** Starts one. */
export function systemsManager(): SystemsManager {
  const values = new Map<string, string>();
  const stored = new Map<string, Stored>();
  const commands: SentCommand[] = [];
  const refusals = new Map<string, string>();

  const calls: Readonly<Record<string, (input: Input) => object>> = {
    PutParameter({ Name, Value, Description, Overwrite, Tags }) {
      const name = String(Name);
      if (values.has(name) && !Overwrite) refuse('ParameterAlreadyExists');
      const tags = (Tags as Stored['tags'] | undefined) ?? stored.get(name)?.tags ?? [];
      values.set(name, String(Value));
      stored.set(name, { description: String(Description), tags });
      return {};
    },
    DescribeParameters() {
      return { Parameters: [...stored].map(([Name, { description }]) => ({ Name, Description: description })) };
    },
    GetParameters({ Names }) {
      const names = (Names as string[]).filter((name) => values.has(name));
      return { Parameters: names.map((Name) => ({ Name, Value: values.get(Name) })) };
    },
    ListTagsForResource({ ResourceId }) {
      return { TagList: stored.get(String(ResourceId))?.tags ?? [] };
    },
    DeleteParameter({ Name }) {
      values.delete(String(Name));
      if (!stored.delete(String(Name))) refuse('ParameterNotFound');
      return {};
    },
    SendCommand({ InstanceIds, Parameters }) {
      const id = `command-${commands.length + 1}`;
      const [instanceId = ''] = InstanceIds as string[];
      const [text = ''] = (Parameters as { commands: string[] }).commands;
      commands.push({ id, instanceId, text, status: 'InProgress', output: '' });
      return { Command: { CommandId: id } };
    },
    GetCommandInvocation({ CommandId }) {
      const command = commands.find(({ id }) => id === CommandId) ?? refuse('InvocationDoesNotExist');
      const { status, details = status, output } = command as SentCommand;
      return { Status: status, StatusDetails: details, StandardOutputContent: output };
    },
    CancelCommand({ CommandId }) {
      for (const command of commands) if (command.id === CommandId) command.status = 'Cancelled';
      return {};
    },
    DescribeInstances({ Filters }) {
      if (Filters)
        return { Reservations: [{ Instances: manager.successor ? [{ InstanceId: manager.successor }] : [] }] };
      return { Reservations: [{ Instances: [{ State: { Name: manager.instanceState } }] }] };
    },
  };

  const send = async (command: {
    readonly input: Input;
    readonly constructor: { readonly name: string };
  }): Promise<object> => {
    const name = command.constructor.name.replace(/Command$/, '');
    const refusal = refusals.get(name);
    refusals.delete(name);
    if (refusal) refuse(refusal);
    return calls[name]?.(command.input) ?? refuse(`Unexpected${name}`);
  };

  const manager: SystemsManager = {
    aws: { ssm: { send }, ec2: { send }, region: 'us-east-1', accountID: '1', partition: 'aws' } as unknown as Aws,
    commands,
    values,
    refusals,
    instanceState: 'running',
    end(status, output, details) {
      const last = commands.at(-1);
      if (last) Object.assign(last, { status, output, ...(details ? { details } : {}) });
    },
  };
  return manager;
}
