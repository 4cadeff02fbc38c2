/**
 * What a reflector knows of a collection: one compact entry for each object, and the events that lead from one state to
 * the next. Two objects of the same name with different uids are two objects: the first one was deleted.
 */

/** The least that must be known of an object. */
export interface Stored {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One step of one object. `old` is what was known before. */
export type StoreEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'modified'; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: 'deleted'; readonly key: string; readonly old: T };

/** The entries by key. */
export interface Store<T extends Stored> {
  get(key: string): T | undefined;
  keys(): IterableIterator<string>;
  readonly size: number;
  /** Takes in an object as it is now. */
  put(key: string, object: T): readonly StoreEvent<T>[];
  /** Takes in that an object is gone. */
  remove(key: string): readonly StoreEvent<T>[];
  /** Takes in a complete list: whatever it does not hold is gone. */
  replace(objects: ReadonlyMap<string, T>): readonly StoreEvent<T>[];
}

/** An empty store. */
export function createStore<T extends Stored>(): Store<T> {
  const entries = new Map<string, T>();
  const put = (key: string, object: T): readonly StoreEvent<T>[] => {
    const old = entries.get(key);
    if (old?.resourceVersion === object.resourceVersion && old.uid === object.uid) return [];
    entries.set(key, object);
    if (old === undefined) return [{ type: 'added', key, object }];
    if (old.uid === object.uid) return [{ type: 'modified', key, object, old }];
    return [
      { type: 'deleted', key, old },
      { type: 'added', key, object },
    ];
  };
  const remove = (key: string): readonly StoreEvent<T>[] => {
    const old = entries.get(key);
    entries.delete(key);
    return old === undefined ? [] : [{ type: 'deleted', key, old }];
  };
  return {
    get: (key) => entries.get(key),
    keys: () => entries.keys(),
    get size() {
      return entries.size;
    },
    put,
    remove,
    replace: (objects) => {
      const gone = [...entries.keys()].filter((key) => !objects.has(key)).flatMap(remove);
      return [...gone, ...[...objects].flatMap(([key, object]) => put(key, object))];
    },
  };
}
