/** Where a long-running call stands. */
export interface Progress {
  /** What is going on: `train`, `evaluate`, the name of an attack. */
  readonly phase: string;
  /** Units finished. */
  readonly done: number;
  /** Units in all. */
  readonly total: number;
  /** What is counted. */
  readonly unit: 'step' | 'epoch' | 'batch' | 'example' | 'part';
  /** Figures so far: losses in nats, accuracies as fractions. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Called at each unit of work; may be asynchronous and is awaited. What it throws propagates. */
export type ProgressCallback = (progress: Progress) => void | Promise<void>;

/** How a long-running call is watched and stopped. */
export interface RunControl {
  /** Aborting it rejects the call with its `reason`, at the next unit of work. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each unit of work. */
  readonly onProgress?: ProgressCallback | undefined;
}

/**
 * Yields to the event loop by a macrotask and honours `signal`. On cpu and wasm a program that only
 * awaits tensor data never lets a click or an abort through; `tf.nextFrame` never resolves in a
 * hidden tab.
 *
 * @param signal - If aborted, the returned promise rejects with its `reason`.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await macrotask();
  signal?.throwIfAborted();
}

// setTimeout is clamped to 4 ms in browsers once nested; a message is not, and Node has setImmediate.
const macrotask: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const {port1, port2} = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });

/**
 * {@link breathe} for tight loops: yields at most every `everyMs`, and looks at `signal` each time.
 *
 * @param signal - If aborted, the promise rejects with its `reason`.
 * @param everyMs - Least time between two yields, in milliseconds. Default: 20.
 * @returns To be awaited once per iteration.
 */
export function breather(signal?: AbortSignal, everyMs = 20): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < everyMs) return;
    await breathe(signal);
    last = performance.now();
  };
}
