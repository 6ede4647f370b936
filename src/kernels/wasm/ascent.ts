import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {ThreatModel} from '../../core/threatModel';
import * as ascentModule from './generated/ascentModule';
import {moduleOn} from './moduleOn';

type Call = (...args: number[]) => void;

const instanceOn = moduleOn<{readonly advanceLinf: Call; readonly advanceL2: Call}>(ascentModule);

/** Where an ascent stands: float32 tensors of one shape, `[rows, ...]`. */
export interface AscentTensors<I extends tf.Tensor> {
  /** Clean inputs. */
  readonly x: I;
  readonly current: I;
  /** The iterate before. */
  readonly previous: I;
  /** Gradient of the loss at `current`. */
  readonly gradient: I;
}

/** Step sizes and momentum of a step. */
export interface AscentStep {
  /** `[rows]`, η. */
  readonly stepSizes: Float32Array;
  /** Fraction a of steepest ascent in the step; the rest repeats the last move. */
  readonly momentum: number;
}

/**
 * The next point of projected ascent with momentum, in one sweep over the memory of the wasm
 * backend: `y = P(x + η s)`, then `P(x + a (y − x) + (1 − a) (x − x'))`, with s the sign of the
 * gradient, or for L2 the gradient over its length, and P the ball first, the range second.
 *
 * @param tensors - The points of the ascent.
 * @param threat - Ball and range.
 * @param step - See {@link AscentStep}.
 * @returns A tensor of the caller's; `undefined` on another backend, or where this cannot run.
 */
export function sweptAscent<I extends tf.Tensor>(
  {x, current, previous, gradient}: AscentTensors<I>,
  {norm, epsilon, clip}: ThreatModel,
  {stepSizes, momentum}: AscentStep,
): I | undefined {
  const instance = instanceOn(tf.backend());
  if (!instance) return undefined;
  const {heap, run} = instance;
  const radii = stepSizes.map((_, row) =>
    typeof epsilon === 'number' ? epsilon : at(epsilon, row),
  );
  return tf.tidy(() => {
    const inputs = [current, previous, gradient, x, tf.tensor1d(radii), tf.tensor1d(stepSizes)];
    const next = heap.output(x.shape);
    const [min, max] = clip ?? [-Infinity, Infinity];
    const addresses = [...inputs, next].map((tensor) => heap.address(tensor));
    const rows = stepSizes.length;
    const call = norm === 'linf' ? run.advanceLinf : run.advanceL2;
    call(...addresses, rows, x.size / rows, momentum, min, max);
    return tf.engine().makeTensorFromTensorInfo(next) as I;
  });
}
