/**
 * The proxy as a process: `node test/sandbox/proxy/main.ts --port P --upstream http://127.0.0.1:Q [--upstream …]
 * --factor F [--seed S] [--folder RUN]`.
 * It says nothing but its address, and ends at SIGTERM or SIGINT.
 */
import { parseArgs } from 'node:util';
import { startProxy } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    upstream: { type: 'string', multiple: true, default: [] },
    factor: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    throttle: { type: 'string', default: 'on' },
    folder: { type: 'string' },
  },
});

function number(name: 'port' | 'factor'): number {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`read --${name}: not a number from 0 up: ${values[name]}`);
  return value;
}

if (values.upstream.length === 0) throw new Error('read --upstream: the address of the stand-in is missing');
const proxy = await startProxy({
  port: number('port'),
  upstreams: values.upstream,
  seed: values.seed,
  folder: values.folder,
  settings: { factor: number('factor'), throttle: values.throttle !== 'off' },
});
process.stdout.write(`AWS proxy at ${proxy.endpoint}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    proxy.close().then(() => process.exit(0));
  });
}
