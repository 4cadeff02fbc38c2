/** The frame of remote scripts: one answer for each operation, none when it was cut off, and no secret in what it says. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { compose } from '../../../src/operations/remote/compose.ts';

const OPERATION = 'cd'.repeat(32);
const SHELLS = ['dash', 'bash'].filter((shell) => existsSync(`/bin/${shell}`));

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scalingtier-prelude-'));
  mkdirSync(join(root, 'commands'));
});
afterEach(() => rmSync(root, { recursive: true }));

function command(name: string, body: string): void {
  writeFileSync(join(root, 'commands', name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(root, 'commands', name), 0o755);
}

function start(shell: string, script: string, operation = OPERATION) {
  const file = join(root, `${randomUUID()}.sh`);
  writeFileSync(file, compose({ step: 'a.step', operation, arguments: {}, script }));
  const env = {
    ...process.env,
    PATH: [join(root, 'commands'), process.env.PATH].join(delimiter),
    SCALINGTIER_ROOT: root,
  };
  // bash behaves as `sh` does on Amazon Linux when it is asked to.
  const args = shell === 'bash' ? ['--posix', file] : [file];
  const child = spawn(`/bin/${shell}`, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => ({
      code: code as number | null,
      last: stdout.trimEnd().split('\n').at(-1) ?? '',
      stdout,
      stderr,
    }),
  );
  return { child, ended };
}

const folder = () => join(root, 'var/lib/scalingtier/operations', OPERATION);
const kept = () =>
  existsSync(join(folder(), 'answer.json')) ? readFileSync(join(folder(), 'answer.json'), 'utf8') : undefined;

describe.each(SHELLS)('with %s as sh', (shell) => {
  const run = (script: string, operation?: string) => start(shell, script, operation).ended;

  test('an answer is the last line, is kept, and is all that a second run says', async () => {
    const script = 'doing "write"; echo x >>"$ROOT/written"; answer \'{"n":1}\'\n';

    expect(await run(script)).toMatchObject({ code: 0, stdout: 'progress: write\n{"n":1}\n' });
    expect(kept()).toBe('{"n":1}\n');
    expect(await run(script)).toMatchObject({ code: 0, stdout: '{"n":1}\n' });
    expect(readFileSync(join(root, 'written'), 'utf8')).toBe('x\n');
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
  });

  test('a failure is final too; what it says is JSON whatever the words', async () => {
    const script = `fail 'it "was" \\ not
there: ü'\n`;
    const { code, last } = await run(script);

    expect(code).toBe(1);
    expect(JSON.parse(last)).toEqual({ failed: 'it "was" \\ not\nthere: ü' });
    expect(await run('answer "{}"\n')).toMatchObject({ code: 1, stdout: `${last}\n` });
    expect(await run('answer "{}"\n', 'ef'.repeat(32))).toMatchObject({ code: 0 });
  });

  test('an unexpected error says at what, and with which words', async () => {
    const { code, last } = await run('doing "count the rows"; ls /nonexistent/place\nanswer "{}"\n');

    expect(code).toBe(1);
    expect(JSON.parse(last).failed).toMatch(/^a\.step: cannot count the rows: .*\/nonexistent\/place/);
  });

  test('an undefined variable and a script that just ends are errors', async () => {
    expect(JSON.parse((await run('answer "$UNDEFINED"\n')).last).failed).toMatch(/UNDEFINED/);
    expect(JSON.parse((await run('doing "nothing"\n', 'ef'.repeat(32))).last).failed).toMatch(
      /^a\.step: cannot nothing/,
    );
  });

  test('an error inside a substitution is one error', async () => {
    const { last, stdout } = await run('value() { fail "once"; }\nx=$(value)\nanswer "{}"\n');

    expect(JSON.parse(last)).toEqual({ failed: 'once' });
    expect(stdout.split('\n').filter((line) => line.startsWith('{'))).toHaveLength(1);
  });

  test('errors are cut, and hold neither rows nor hashes', async () => {
    const noise = `{ for n in 1 2 3 4 5 6 7 8 9; do echo "ERROR: $n $(printf '%090d' 0)"; done
      echo 'DETAIL: Key (mail)=(someone) error: exists'; echo 'error: PASSWORD SCRAM-SHA-256$4096:abc md5'"$(printf '%032d' 7)"; } >&2\nfalse\n`;
    const { failed } = JSON.parse((await run(noise)).last);

    expect(failed.length).toBeLessThan(700);
    expect(failed).not.toMatch(/someone|abc|0007/);
    expect(failed).toContain('ERROR: 9');
  });

  test('what is to be put back is put back before a failure', async () => {
    const { last } = await run('undo() { echo back >>"$ROOT/undone"; }\nfalse\n');

    expect(JSON.parse(last).failed).toMatch(/^a\.step: cannot begin/);
    expect(readFileSync(join(root, 'undone'), 'utf8')).toBe('back\n');
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGKILL'] as const)(
    'after %s there is no answer, and the same operation begins again',
    async (signal) => {
      const { child, ended } = start(shell, `sh -c ': >"$1"; exec sleep 600' sh "$ROOT/begun"\nanswer "{}"\n`);
      while (!existsSync(join(root, 'begun'))) await delay(10);
      process.kill(-(child.pid ?? 0), signal);
      const { code, last } = await ended;

      expect(code).not.toBe(0);
      expect(last).not.toMatch(/^\{/);
      expect(kept()).toBeUndefined();
      expect(await run('answer "{}"\n')).toMatchObject({ code: 0, stdout: '{}\n' });
    },
  );

  test('a program that was killed is no failure of the step', async () => {
    const { code, last } = await run("sh -c 'kill -9 $$'\nanswer '{}'\n");

    expect(code).toBe(137);
    expect(last).toBe('');
    expect(kept()).toBeUndefined();
  });

  test('an error while the machine goes down is no failure of the step', async () => {
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    command('systemctl', 'echo stopping; exit 1');

    expect(await run('false\n')).toMatchObject({ code: 1, last: '' });
    expect(kept()).toBeUndefined();
    command('systemctl', 'echo running');
    expect(JSON.parse((await run('false\n')).last)).toHaveProperty('failed');
  });

  test('two runs at once are one', async () => {
    const script = 'echo x >>"$ROOT/written"; sleep 0.3; answer \'{"n":1}\'\n';
    const both = await Promise.all([run(script), run(script), run(script)]);

    expect(both.map(({ last }) => last)).toEqual(['{"n":1}', '{"n":1}', '{"n":1}']);
    expect(readFileSync(join(root, 'written'), 'utf8')).toBe('x\n');
  });

  test('a run waits for what a killed one left running', async () => {
    const { child, ended } = start(
      shell,
      '(echo left >>"$ROOT/order"; sleep 1; echo done >>"$ROOT/order") & wait; answer "{}"\n',
    );
    while (!existsSync(join(root, 'order'))) await delay(10);
    child.kill('SIGKILL');
    expect(await run('echo again >>"$ROOT/order"; answer "{}"\n')).toMatchObject({ code: 0 });
    await ended;

    expect(readFileSync(join(root, 'order'), 'utf8')).toBe('left\ndone\nagain\n');
  });

  test('a secret is read, whatever its characters, and is in no argument', async () => {
    const password = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
    const secret = JSON.stringify({ username: 'master', password: `${password}ü`, engine: 'postgres' });
    writeFileSync(join(root, 'secret.json'), JSON.stringify({ SecretString: secret }));
    command('aws', 'echo "$*" >>"$SCALINGTIER_ROOT/aws.log"; cat "$SCALINGTIER_ROOT/secret.json"');
    command(
      'python3',
      `tr '\\0' '\\n' </proc/$$/cmdline >>"$SCALINGTIER_ROOT/arguments"; exec ${await pathOf('python3')} "$@"`,
    );
    const { last } = await run(
      'secret arn:x\nanswer "{\\"user\\":$(json "$SECRET_USER"),\\"password\\":$(json "$SECRET_PASSWORD"),\\"exported\\":$(env | grep -c SECRET_ || :)}"\n',
    );

    expect(JSON.parse(last)).toEqual({ user: 'master', password: `${password}ü`, exported: 0 });
    expect(readFileSync(join(root, 'aws.log'), 'utf8')).toBe(
      'secretsmanager get-secret-value --secret-id arn:x --output json\n',
    );
    expect(readFileSync(join(root, 'arguments'), 'utf8')).not.toContain(password.slice(40, 50));
  });

  test('a secret that lacks something is said so', async () => {
    command('aws', `echo '{"SecretString": "{\\"username\\": \\"x\\"}"}'`);

    expect(JSON.parse((await run('secret arn:x\n')).last).failed).toBe(
      'the secret arn:x lacks a user name or a password',
    );
  });
});

async function pathOf(program: string): Promise<string> {
  const child = spawn('sh', ['-c', `command -v ${program}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  return (await text(child.stdout)).trim();
}
