/** Whether enough targets serve: by their states, never by what the load balancer answers. */
import { addressesOf, gateHealth, type Place, type Target } from '../../../src/resources/elb/target-health.ts';

const healthy = (id: string): Target => ({ id, state: 'healthy' });
const TIMEOUT: Target = { id: 'i-c', state: 'unhealthy', reason: 'Target.Timeout', description: 'Request timed out' };
const ZONES: ReadonlyMap<string, Place> = new Map([
  ['i-a', { zone: 'us-east-1a', address: '10.0.1.1' }],
  ['i-b', { zone: 'us-east-1b', address: '10.0.2.1' }],
  ['i-d', { zone: 'us-east-1a', address: '10.0.1.2' }],
]);

test('enough healthy targets in two zones are ready', () => {
  expect(gateHealth(2, [healthy('i-a'), healthy('i-b')], ZONES)).toEqual({ state: 'healthy', phase: 'ready' });
});

test('all unhealthy means all served, and is not ready all the same', () => {
  expect(gateHealth(1, [TIMEOUT], new Map())).toEqual({
    state: 'unhealthy',
    phase: 'warming',
    reason: '0 of at least 1 targets are healthy; i-c is unhealthy (Target.Timeout: Request timed out)',
  });
});

test('healthy targets in one zone only are too few zones when two targets are needed', () => {
  expect(gateHealth(2, [healthy('i-a'), healthy('i-d')], ZONES)).toMatchObject({
    phase: 'warming',
    reason: 'healthy targets are in us-east-1a only; 2 zones are needed',
  });
  expect(gateHealth(1, [healthy('i-a')], ZONES).phase).toBe('ready');
});

test('targets without a zone are only counted', () => {
  expect(gateHealth(2, [healthy('10.0.0.1'), healthy('10.0.0.2')], new Map()).phase).toBe('ready');
});

test('a target that drains is shown until its delay ends and is no reason', () => {
  const leaving: Target = { id: 'i-e', state: 'draining', reason: 'Target.DeregistrationInProgress' };
  const health = gateHealth(1, [leaving, { id: 'i-f', state: 'initial' }], new Map());
  expect(health).toEqual({
    state: 'initial',
    phase: 'warming',
    reason: '0 of at least 1 targets are healthy; i-f is initial',
  });
});

test('three targets are named and the others are counted', () => {
  const failing = ['i-1', 'i-2', 'i-3', 'i-4', 'i-5'].map((id): Target => ({ id, state: 'unused' }));
  expect(gateHealth(1, failing, new Map()).reason).toBe(
    '0 of at least 1 targets are healthy; i-1 is unused; i-2 is unused; i-3 is unused; 2 more are not healthy either',
  );
});

test('the addresses of those that serve are told, of each zone one before any zone has two', () => {
  const at = (id: string): Target => ({ ...healthy(id), port: 8080 });
  expect(addressesOf([at('i-a'), at('i-d'), at('i-b'), { ...TIMEOUT, port: 8080 }], ZONES)).toBe(
    '10.0.1.1:8080 10.0.2.1:8080 10.0.1.2:8080',
  );
  expect(addressesOf([at('i-gone')], ZONES)).toBe('');
});

test('of many targets a few addresses are told', () => {
  const ids = Array.from({ length: 9 }, (_, index) => `i-${index}`);
  const places = new Map(ids.map((id, index) => [id, { zone: 'us-east-1a', address: `10.0.1.${index}` }]));
  const told = addressesOf(
    ids.map((id) => ({ ...healthy(id), port: 80 })),
    places,
  );
  expect(told.split(' ')).toEqual(['10.0.1.0:80', '10.0.1.1:80', '10.0.1.2:80', '10.0.1.3:80']);
});
