/** Environments of children: the caller's surprises stay out, given values win. */
import { plainEnvironment } from './environment.ts';

test('what would change a child from machine to machine is left out', () => {
  const caller = {
    PATH: '/bin',
    HOME: '/home/someone',
    AWS_PROFILE: 'production',
    KUBECONFIG: '/home/someone/.kube/config',
    NODE_OPTIONS: '--experimental-vm-modules',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'example.com',
    SCALINGTIER_CLUSTER_ID: 'production',
    JEST_WORKER_ID: '1',
  };
  expect(plainEnvironment({}, caller)).toEqual({ PATH: '/bin', HOME: '/home/someone' });
});

test('given values win over the caller and over what is left out', () => {
  expect(plainEnvironment({ AWS_PROFILE: 'x', PATH: '/y' }, { PATH: '/bin' })).toEqual({
    AWS_PROFILE: 'x',
    PATH: '/y',
  });
});
