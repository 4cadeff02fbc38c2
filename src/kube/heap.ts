/**
 * Keys ordered by a moment, each at most once, so that the earliest is found and any is moved in logarithmic time. It
 * knows no clock.
 */

/** The earliest key first; equal moments in no order. */
export interface Schedule {
  readonly size: number;
  /** Puts a key at a moment, moving it if it is already there. */
  set(key: string, at: number): void;
  delete(key: string): void;
  first(): { readonly key: string; readonly at: number } | undefined;
}

interface Slot {
  readonly key: string;
  at: number;
  index: number;
}

/** An empty schedule. */
export function createSchedule(): Schedule {
  const heap: Slot[] = [];
  const slots = new Map<string, Slot>();
  return {
    get size() {
      return heap.length;
    },
    first: () => heap[0],
    set: (key, at) => {
      const known = slots.get(key);
      const slot = known ?? { key, at, index: heap.length };
      slot.at = at;
      if (known === undefined) {
        slots.set(key, slot);
        heap.push(slot);
      }
      settle(heap, slot);
    },
    delete: (key) => {
      const slot = slots.get(key);
      if (slot === undefined) return;
      slots.delete(key);
      const last = heap.pop();
      if (last === undefined || last === slot) return;
      place(heap, last, slot.index);
      settle(heap, last);
    },
  };
}

function place(heap: Slot[], slot: Slot, index: number): void {
  heap[index] = slot;
  slot.index = index;
}

/** Moves a slot up or down to where it belongs. */
function settle(heap: Slot[], slot: Slot): void {
  const start = slot.index;
  rise(heap, slot);
  if (slot.index === start) sink(heap, slot);
}

function rise(heap: Slot[], slot: Slot): void {
  while (slot.index > 0) {
    const parent = heap[(slot.index - 1) >> 1];
    if (parent === undefined || parent.at <= slot.at) return;
    const { index } = parent;
    place(heap, parent, slot.index);
    place(heap, slot, index);
  }
}

function sink(heap: Slot[], slot: Slot): void {
  for (;;) {
    const left = heap[2 * slot.index + 1];
    const right = heap[2 * slot.index + 2];
    const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
    if (child === undefined || child.at >= slot.at) return;
    const { index } = child;
    place(heap, child, slot.index);
    place(heap, slot, index);
  }
}
