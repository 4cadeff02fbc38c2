/** The schedule against the simplest thing that could be right: a sorted list. */
import fc from 'fast-check';
import { createSchedule } from '../../src/kube/heap.ts';

const key = fc.constantFrom(...'abcdefghijklmnop');
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, at: fc.nat(50) }),
  fc.record({ do: fc.constant('delete' as const), key }),
);

test('after any sequence of moves the earliest is first, down to the last', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const schedule = createSchedule();
      const model = new Map<string, number>();
      for (const action of steps) {
        if (action.do === 'set') {
          schedule.set(action.key, action.at);
          model.set(action.key, action.at);
        } else {
          schedule.delete(action.key);
          model.delete(action.key);
        }
        expect(schedule.size).toBe(model.size);
        expect(schedule.first()?.at).toBe([...model.values()].sort((a, b) => a - b)[0]);
      }
      const drained: number[] = [];
      for (let first = schedule.first(); first !== undefined; first = schedule.first()) {
        expect(model.get(first.key)).toBe(first.at);
        drained.push(first.at);
        schedule.delete(first.key);
      }
      expect(drained).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});
