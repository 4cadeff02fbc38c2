/** Fields that AWS does not change right now, for its own reasons: a change of them waits, says so, and nothing else does. */
import { built, conditionOf, graph, passes, toyOf } from './trio.ts';

describe('a resource that takes no changes of a field now', () => {
  it('is left alone, ready, and the change is said to be restricted; when AWS takes it, it is made', async () => {
    const w = await built();
    toyOf(w, 'toy.host/main').closed = ['color', 'nested'];
    w.want(graph({ host: { color: 'green' } }));
    const writes = w.cloud.writes.length;
    const verdict = await w.pass();
    await passes(w, 4, 60);
    expect(w.cloud.writes.length).toBe(writes);
    expect(verdict?.requeueAfter).toBe(3);
    expect(conditionOf(w, 'UpToDate')).toMatchObject({
      status: 'False',
      reason: 'UpdateRestricted',
      message: 'AWS takes no change now (optimizing): toy.host/main color',
    });
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True' });
    delete toyOf(w, 'toy.host/main').closed;
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('green');
  });

  it('takes changes of other fields', async () => {
    const w = await built();
    toyOf(w, 'toy.host/main').closed = ['color'];
    w.want(graph({ host: { nested: { deep: 'y', maybe: null } } }));
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.nested.deep).toBe('y');
  });

  it('takes them also when a change of that field is asked for with them, which is made later', async () => {
    const w = await built();
    toyOf(w, 'toy.host/main').closed = ['color'];
    w.want(graph({ host: { color: 'green', nested: { deep: 'y', maybe: null } } }));
    await passes(w, 6, 60);
    expect(toyOf(w, 'toy.host/main').spec).toMatchObject({ color: 'red', nested: { deep: 'y' } });
    expect(conditionOf(w, 'UpToDate')?.message).toBe('AWS takes no change now (optimizing): toy.host/main color');
    delete toyOf(w, 'toy.host/main').closed;
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('green');
  });

  it('has drift of that field corrected later', async () => {
    const w = await built();
    const host = toyOf(w, 'toy.host/main');
    host.closed = ['color'];
    host.spec = { ...host.spec, color: 'black' };
    await passes(w, 4, 60);
    expect(host.spec.color).toBe('black');
    expect(conditionOf(w, 'UpToDate')).toMatchObject({ status: 'False', reason: 'DriftDetected' });
    delete host.closed;
    await w.settle();
    expect(host.spec.color).toBe('red');
  });
});
