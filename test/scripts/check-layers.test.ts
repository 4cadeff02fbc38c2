/** The table of layers: every rule is broken once in a copy of the sources, and the check must say where and which. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { layerProblems } from '../../scripts/check-layers.ts';
import { PROJECT, problemsOf } from './copy.ts';

test('the sources keep to the table', () => {
  expect(layerProblems(PROJECT)).toEqual([]);
});

/** A file of `src`, what it says, and how the check refuses it; no refusal where the table allows it. */
interface Case {
  /** A folder for a file of its own, or one of the files beside the folders. */
  readonly folder?: string;
  readonly file?: string;
  readonly text: string;
  readonly refusal?: string;
}

const CASES: readonly Case[] = [
  {
    folder: 'core',
    text: "import { z } from '../aws/errors.ts';",
    refusal: 'imports ../aws/errors.ts: core may not use aws',
  },
  {
    folder: 'core',
    text: "import { y } from '../api/schema.ts';",
    refusal: 'imports ../api/schema.ts: core may use types of api only (import type)',
  },
  {
    folder: 'core',
    text: "import { type Y } from '../api/types.ts';",
    refusal: 'imports ../api/types.ts: core may use types of api only (import type)',
  },
  {
    folder: 'core',
    text: "import { readFileSync } from 'node:fs';",
    refusal: 'imports node:fs: core may not use node:fs',
  },
  { folder: 'core', text: "import { z } from 'zod';", refusal: 'imports zod: core may not use the package zod' },
  { folder: 'api', text: "export * from '../core/ref.ts';", refusal: 'imports ../core/ref.ts: api may not use core' },
  {
    folder: 'api',
    text: "import { hash } from 'node:crypto';",
    refusal: 'imports node:crypto: api may not use node:crypto',
  },
  {
    folder: 'stages',
    text: "import { y } from '../engine/apply.ts';",
    refusal: 'imports ../engine/apply.ts: stages may not use engine',
  },
  {
    folder: 'stages/parts',
    text: "import { y } from 'node:path';",
    refusal: 'imports node:path: stages may not use node:path',
  },
  {
    folder: 'moves',
    text: "import { y } from '../kube/queue.ts';",
    refusal: 'imports ../kube/queue.ts: moves may not use kube',
  },
  {
    folder: 'resources/ec2',
    text: "import { y } from '../../ops/log.ts';",
    refusal: 'imports ../../ops/log.ts: resources may not use ops',
  },
  {
    folder: 'operations',
    text: "import { y } from '../stages/index.ts';",
    refusal: 'imports ../stages/index.ts: operations may not use stages',
  },
  {
    folder: 'engine',
    text: "import { y } from '../kube/queue.ts';",
    refusal: 'imports ../kube/queue.ts: engine may not use kube',
  },
  {
    folder: 'engine',
    text: "import { Vpc } from '../resources/ec2/vpc.ts';",
    refusal: 'imports ../resources/ec2/vpc.ts: engine may not name a kind; it may use the lists only',
  },
  {
    folder: 'engine',
    text: "import { EC2Client } from '@aws-sdk/client-ec2';",
    refusal: 'imports @aws-sdk/client-ec2: @aws-sdk/client-ec2 is for aws, resources, operations only',
  },
  {
    folder: 'aws',
    text: "import { y } from '../resources/index.ts';",
    refusal: 'imports ../resources/index.ts: aws may not use resources',
  },
  {
    folder: 'aws',
    text: "import type { KubeConfig } from '@kubernetes/client-node';",
    refusal: 'imports @kubernetes/client-node: @kubernetes/client-node is for kube only',
  },
  {
    folder: 'kube',
    text: "import type { Aws } from '../aws/driver.ts';",
    refusal: 'imports ../aws/driver.ts: kube may not use aws',
  },
  {
    folder: 'kube',
    text: "import { refsOf } from '../core/ref.ts';",
    refusal: 'imports ../core/ref.ts: kube may use types of core only (import type)',
  },
  {
    folder: 'kube',
    text: "import type { X } from '@smithy/node-http-handler';",
    refusal: 'imports @smithy/node-http-handler: @smithy/node-http-handler is for aws, resources, operations only',
  },
  {
    folder: 'ops',
    text: "import { y } from '../core/ref.ts';",
    refusal: 'imports ../core/ref.ts: ops may not use core',
  },
  { folder: 'ops', text: "import { load } from 'js-yaml';", refusal: 'imports js-yaml: js-yaml is for kube only' },
  {
    folder: 'ops',
    text: "import { y } from 'left-pad';",
    refusal: 'imports left-pad: left-pad is not among the dependencies in package.json',
  },
  { folder: 'ops', text: "import { y } from 'fs';", refusal: 'imports fs: write node:fs' },
  {
    folder: 'ops',
    text: "const y = await import('../kube/queue.ts');",
    refusal: 'imports ../kube/queue.ts: ops may not use kube',
  },
  {
    folder: 'ops',
    text: "type Y = import('../core/ref.ts').NodeId;",
    refusal: 'imports ../core/ref.ts: ops may not use core',
  },
  {
    folder: 'ops',
    text: "import { y } from '../../test/world.ts';",
    refusal: 'imports ../../test/world.ts: it is outside of src',
  },
  {
    file: 'config.ts',
    text: "import { y } from './core/ref.ts';",
    refusal: 'imports ./core/ref.ts: config may not use core',
  },
  {
    folder: 'core',
    text: "import type { TierSpec } from '../api/types.ts';\nimport { createHash } from 'node:crypto';",
  },
  {
    folder: 'stages',
    text: "import { Vpc } from '../resources/ec2/vpc.ts';\nimport type { NodeId } from '../core/ref.ts';",
  },
  { folder: 'engine', text: "import { y } from '../resources/index.ts';\nimport { join } from 'node:path';" },
  { folder: 'kube', text: "import type { Tier } from '../core/tier.ts';\nimport { load } from 'js-yaml';" },
  {
    file: 'main.ts',
    text: "import './kube/queue.ts';\nimport './aws/session.ts';\nimport { EC2Client } from '@aws-sdk/client-ec2';",
  },
];

// All are planted at once: the check reads every source, which takes its time.
const PLANTED = CASES.map(({ folder, file, ...rest }, index) => ({
  path: `src/${file ?? `${folder}/planted-${index}.ts`}`,
  ...rest,
}));
let problems: readonly string[];
beforeAll(() => {
  problems = problemsOf(
    layerProblems,
    Object.fromEntries(PLANTED.map(({ path, text }) => [path, `/** Planted. */\n${text}\n`])),
  );
});

test.each(PLANTED)('$path with $text: $refusal', ({ path, refusal }) => {
  const expected = refusal === undefined ? [] : [`${path}: ${refusal}`];
  expect(problems.filter((problem) => problem.startsWith(`${path}: `))).toEqual(expected);
});

test('a new folder needs a row of its own', () => {
  expect(problemsOf(layerProblems, { 'src/shared/x.ts': '/** Planted. */' })).toEqual([
    'src/shared/x.ts: "shared" is no layer; give it a row in scripts/check-layers.ts',
  ]);
});

test('the command ends with a failure that names the file', () => {
  const command = join(PROJECT, 'scripts/check-layers.ts');
  const say = (root: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, root], { encoding: 'utf8' });
    return [`${status} ${stdout}${stderr}`];
  };

  expect(problemsOf(say, { 'src/core/x.ts': "import '../kube/queue.ts';\n" })).toEqual([
    expect.stringMatching(/^1 .*layers: src\/core\/x\.ts: imports \.\.\/kube\/queue\.ts: core may not use kube\n/s),
  ]);
});
