/** The class of faults on the Kubernetes side: stories, each a trial of one point, and sorts in whole lives. */
import { classOf } from '../sorts/class.ts';
import { KUBERNETES_SORTS } from '../sorts/kubernetes.ts';
import type { FaultClass, Ground, Trial } from '../trial.ts';
import { peopleStories } from './people.ts';
import { readStories } from './reads.ts';
import { pointInOwnSandbox, serverStories } from './server.ts';
import { pointOf, type Story } from './site.ts';
import { webhookStories } from './webhooks.ts';
import { writeStories } from './writes.ts';

const shared: Readonly<Record<string, Story>> = {
  ...writeStories,
  ...readStories,
  ...peopleStories,
  ...webhookStories,
};

const inEveryRun = [
  'status write 3: conflict',
  'finalizer removal: lost answer',
  'watch: intermediate states missed',
  'deleted during creation',
];

const sorts = classOf('kubernetes', KUBERNETES_SORTS);

/** Faults of the API server, of the way to it and of etcd, and people who handle objects roughly. */
export const kubernetesFaults: FaultClass = {
  name: 'kubernetes',
  inEveryRun,
  trials: async (place): Promise<readonly Trial[]> => [
    ...(await sorts.trials(place)),
    ...Object.entries(shared).map(([name, story]) => ({
      name,
      run: async (ground: Ground) => [await pointOf(ground, name, story)],
    })),
    ...Object.entries(serverStories).map(([name, story]) => ({
      name,
      run: async (ground: Ground) => [await pointInOwnSandbox(name, ground, story)],
    })),
  ],
};
