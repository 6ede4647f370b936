import type * as tf from '@tensorflow/tfjs-core';

/** A pass through a `tf.LayersModel` in inference mode. */
export interface ModelPass {
  /** The model. */
  readonly model: object;
  /** What it gives: the output, or the logits before the ending that is passed by. */
  readonly kind: string;
  /** The pass as tf.layers makes it. */
  readonly run: (x: tf.Tensor) => tf.Tensor2D;
}

/** Makes a pass in place of tf.layers. */
export type PassRunner = (pass: ModelPass, x: tf.Tensor) => tf.Tensor2D;

/** What surrounds each pass of a model with frozen weights. */
export interface FrozenContext {
  /** Batch norms that are folded into the layers before them, if the model is known. */
  readonly folded:
    | {
        readonly model: object;
        readonly count: number;
        readonly tensors: readonly tf.Tensor[];
        readonly isCurrent: () => boolean;
      }
    | undefined;
  /** Lets kernels find what they have made of the weights. */
  readonly use: () => void;
  /** Runs `body` with these batch norms folded. */
  readonly within: <T>(body: () => T) => T;
}

// Passes and gradients are synchronous, so one variable each is enough.
let runner: PassRunner | undefined;
let makeRunner: ((context: FrozenContext) => PassRunner) | undefined;
let waiting: Map<object, () => void> | undefined;

/** Sets what makes the passes of models with frozen weights from now on; `undefined`: tf.layers. */
export function setFrozenPasses(make: typeof makeRunner): void {
  makeRunner = make;
}

/** Whether something else than tf.layers makes them. */
export const hasFrozenPasses = (): boolean => makeRunner !== undefined;

/** What makes the passes of a model with frozen weights, if not tf.layers. */
export const frozenPasses = (context: FrozenContext): PassRunner | undefined =>
  makeRunner?.(context);

/** Runs `body`, and every pass in it by `by`. */
export function withPassRunner<T>(by: PassRunner, body: () => T): T {
  const outer = runner;
  runner = by;
  try {
    return body();
  } finally {
    runner = outer;
  }
}

const passes = new WeakSet<object>();

/** Whether a function does nothing but make a pass. */
export const isPass = (classifier: object): boolean => passes.has(classifier);

/** The function that makes a pass, once `check` has looked at its input. */
export function passFunction<I extends tf.Tensor>(
  pass: ModelPass,
  check: (x: I) => void,
): (x: I) => tf.Tensor2D {
  const classifier = (x: I): tf.Tensor2D => {
    check(x);
    return runner === undefined ? pass.run(x) : runner(pass, x);
  };
  passes.add(classifier);
  return classifier;
}

/**
 * Runs the computation of a gradient to nothing but the input, then what waits for its end.
 *
 * @see waitForGradient
 */
export function toInputOnly<T>(body: () => T): T {
  const outer = waiting;
  const own = new Map<object, () => void>();
  waiting = own;
  try {
    const result = body();
    for (const run of own.values()) run();
    return result;
  } finally {
    waiting = outer;
  }
}

/** Whether the gradient that is being computed is one to the input only. */
export const isToInputOnly = (): boolean => waiting !== undefined;

/** Runs `body` when that gradient is over, once for each key. */
export function waitForGradient(key: object, body: () => void): void {
  waiting?.set(key, body);
}

let isKnown = false;

/** Runs a pass of a model that consists of known layers. */
export function inKnownModel<T>(body: () => T): T {
  const outer = isKnown;
  isKnown = true;
  try {
    return body();
  } finally {
    isKnown = outer;
  }
}

/** Whether such a pass runs: no weight depends on the input, and nothing computes a gradient of its own. */
export const isInKnownModel = (): boolean => isKnown;
