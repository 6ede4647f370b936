/**
 * What resumable work saves: plain data, typed arrays at any depth. A `structuredClone` keeps it
 * whole, and so must a store.
 */
export type CheckpointValue =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | Int32Array
  | readonly CheckpointValue[]
  | {readonly [key: string]: CheckpointValue};

/** Where resumable work keeps its state. */
export interface CheckpointStore {
  /** The value last saved under `key`, or `undefined`. */
  load(key: string): Promise<CheckpointValue | undefined>;
  /** Saves `value` under `key`, all of it or, on failure, none of it. */
  save(key: string, value: CheckpointValue): Promise<void>;
}

/**
 * A store in memory: for tests, and for stopping and resuming within one program.
 *
 * @returns An empty store; what it holds is a copy of what was saved.
 * @example
 * ```ts
 * import {memoryCheckpoints} from 'lt-robust';
 *
 * const store = memoryCheckpoints();
 * await store.save('run', {epoch: 3});
 * await store.load('run'); // => {epoch: 3}
 * ```
 */
export function memoryCheckpoints(): CheckpointStore {
  const saved = new Map<string, CheckpointValue>();
  return {
    load: (key) => Promise.resolve(structuredClone(saved.get(key))),
    // This runs in a promise's executor, so that a value that cannot be cloned rejects instead of
    // throwing.
    save: (key, value) =>
      new Promise((resolve) => {
        saved.set(key, structuredClone(value));
        resolve();
      }),
  };
}
