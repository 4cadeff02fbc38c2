/** The generator as a process: `node bench/generator/main.ts --recording FILE --port P`. It ends at SIGTERM or SIGINT. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Recording } from './recording.ts';
import { startGenerator } from './server.ts';

const { values } = parseArgs({ options: { recording: { type: 'string' }, port: { type: 'string', default: '0' } } });
if (!values.recording) throw new Error('read --recording: the file of a recording is missing');
const generator = await startGenerator(
  JSON.parse(readFileSync(values.recording, 'utf8')) as Recording,
  Number(values.port),
);
process.stdout.write(`AWS generator at ${generator.endpoint}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    generator.close().then(() => process.exit(0));
  });
}
