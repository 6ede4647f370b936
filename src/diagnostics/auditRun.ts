import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Classifier} from '../core/classifier';
import type {Rng} from '../core/rng';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {crossEntropy} from '../losses/crossEntropy';
import {rootMeanSquare} from './directionalError';
import type {RecordedOp} from './recordedOps';

/** What the parts of an audit share. */
export interface AuditRun {
  readonly tolerance: number;
  readonly directions: number;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
  readonly x: tf.Tensor;
  readonly labels: tf.Tensor1D;
  /** The operations of the model, by kind. */
  readonly ops: Map<string, RecordedOp>;
  /** Variables that a pass in training mode moves. */
  readonly statistics: readonly tf.Variable[];
  passes: number;
}

/** A model in one of its modes. */
export type Forward = Classifier<tf.Tensor>;

/**
 * Fractions of the size of x by which inputs are moved: where a kink lies exactly at x (zeros
 * behind a ReLU), slopes and differences disagree although both are correct.
 */
export const NUDGES: readonly number[] = [0, 0.03, 0.06];

/**
 * Runs a synchronous function that may change variables, and restores their values before it
 * returns: whatever else uses the model while the audit waits finds it as it was.
 */
export function unchanged<T>(variables: readonly tf.Variable[], body: () => T): T {
  const before = variables.map((variable) => tf.keep(tf.clone(variable)));
  try {
    return body();
  } finally {
    variables.forEach((variable, i) => variable.assign(at(before, i)));
    tf.dispose(before);
  }
}

/** One forward pass: the loss of each example. The model is as before when this returns. */
export function lossesAt(run: AuditRun, forward: Forward, x: tf.Tensor): Promise<number[]> {
  run.passes++;
  const losses = unchanged(run.statistics, () =>
    tf.tidy(() => withGradientKernels(() => crossEntropy(forward(x), run.labels))),
  );
  return numbersOf(tf.keep(losses));
}

/** The values of a tensor, which is disposed. */
async function numbersOf(tensor: tf.Tensor): Promise<number[]> {
  try {
    return Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}

/** x with noise of a fraction of its size; x itself without noise. */
export function nudged(x: tf.Tensor, values: Float32Array, nudge: number, rng: Rng): tf.Tensor {
  if (nudge === 0) return x;
  const size = nudge * (rootMeanSquare(values) || 1);
  return tf.tensor(
    values.map((value) => value + size * (2 * rng.uniform() - 1)),
    x.shape,
  );
}
