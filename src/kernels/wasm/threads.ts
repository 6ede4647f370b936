/** How the work of a kernel is split; see `kernelParts.ts`. */
export type SplitName =
  | 'addRow'
  | 'elementwise'
  | 'largest2'
  | 'maxPool'
  | 'multiplyBatch'
  | 'normalise'
  | 'range'
  | 'sgdStep'
  | 'convolve2'
  | 'convolve4'
  | 'direct'
  | 'strided'
  | 'gradient2'
  | 'gradient4'
  | 'convFilter'
  | 'convInput'
  | 'fewInputs'
  | 'dense';

/** Threads of a backend's memory that kernels may run on. */
export interface Threads {
  /** How many, the calling one among them. */
  readonly count: number;
  /**
   * Runs a kernel on all of them, with the digits that it has on one.
   *
   * @param module - Code of the kernel, and `name`, its function.
   * @param args - Arguments of the function.
   * @returns Whether it was run; otherwise it is to be run on the calling thread, since there is too
   *   little to do or the other threads do not have the code yet.
   */
  readonly run: (
    code: {readonly module: WebAssembly.Module; readonly name: string; readonly split: SplitName},
    args: readonly number[],
  ) => boolean;
  /** Ends the other threads. */
  readonly stop: () => void;
}

/** Threads by backend. What starts them is loaded only where there are any: `kernelThreads.ts`. */
export const threadsOn = new WeakMap<object, Threads>();

/**
 * Functions of a module, of which those that can be split run on a backend's threads.
 *
 * @param splits - By the name of a function how it is split.
 */
export function threaded<F extends object>(
  backend: object,
  module: WebAssembly.Module,
  functions: F,
  splits: Readonly<Partial<Record<keyof F & string, SplitName>>>,
): F {
  const all = Object.fromEntries<unknown>(Object.entries(functions));
  for (const [name, split] of Object.entries<SplitName | undefined>(splits)) {
    const whole = all[name];
    if (split === undefined || typeof whole !== 'function') continue;
    const code = {module, name, split};
    all[name] = (...args: number[]): void => {
      if (threadsOn.get(backend)?.run(code, args) !== true) Reflect.apply(whole, undefined, args);
    };
  }
  return all as F;
}
