/** EC2 as the proxy knows it: the order of its steps. */
import { type Service, writesByName } from '../service.ts';
import { tokens } from '../tokens.ts';
import { describe } from './describe.ts';
import { createdIds } from './ids.ts';
import { lag } from './lag.ts';
import { launch, spellOut } from './launch.ts';
import { instanceTransitions } from './lifecycles/instance.ts';
import { natTransitions } from './lifecycles/nat.ts';
import { plainTransitions } from './lifecycles/plain.ts';
import { storageTransitions } from './lifecycles/storage.ts';
import { LIMITS } from './limits.ts';
import { monitoring } from './monitoring.ts';
import {
  encodedUserData,
  gatewayEndpoints,
  mergedMetadataOptions,
  namedInstance,
  plainSubnets,
  replacedProfile,
} from './quirks.ts';
import { refusals } from './refusals.ts';
import { templateTags } from './template-tags.ts';
import { templateVersions } from './template-versions.ts';
import { termination } from './termination.ts';
import { TOKENS } from './tokens.ts';
import { transitions } from './transition.ts';

/** EC2. */
export const Ec2: Service = {
  name: 'ec2',
  signingName: 'ec2',
  protocol: 'ec2',
  api: '2016-11-15',
  writes: writesByName,
  limits: LIMITS,
  created: createdIds,
  steps: (world) => [
    tokens(world, TOKENS),
    lag(world),
    describe(world),
    launch(world),
    refusals(world),
    termination(world),
    transitions(world, [...plainTransitions, ...natTransitions, ...instanceTransitions, ...storageTransitions]),
    monitoring(world),
    templateVersions(world),
    templateTags(world),
    plainSubnets(world),
    mergedMetadataOptions(world),
    encodedUserData,
    gatewayEndpoints,
    namedInstance(world),
    replacedProfile(world),
    spellOut,
  ],
};
