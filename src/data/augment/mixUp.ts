import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../../core/checks/checkNumber';
import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
import {betaNumber} from './betaNumber';
import {mixNeighbours, type Mixing} from './mixedBatch';

/** Options of {@link mixUp}. */
export interface MixUpOptions {
  /** Number of classes, ≥ 2. */
  readonly numClasses: number;
  /** Both parameters of the weight's Beta distribution, > 0. @defaultValue 1 */
  readonly alpha?: number | undefined;
}

const DEFAULTS: Defaults<MixUpOptions, 'numClasses'> = {numClasses: undefined, alpha: 1};

/**
 * MixUp: every example becomes w · itself + (1 − w) · its neighbour, and so do the labels; w is
 * drawn once for the batch, from Beta(alpha, alpha). Computed on the device, as torchvision's v2
 * transform (largest difference on the fixture: 6e-8).
 *
 * @param options - See {@link MixUpOptions}.
 * @returns A function of a batch, float32 of any shape `[batch, ...]`, and a generator. Train on
 *   its soft labels, or on {@link mixedLoss}.
 * @throws {@link InvalidArgumentError} if an option is out of range, the batch is not one, there is
 *   no generator, or, on cpu, wasm and tfjs-node, a label is out of range.
 * @see Zhang et al. 2018, mixup: Beyond Empirical Risk Minimization, Eq. 1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {mixUp} from 'lt-robust/data';
 *
 * const batch = {x: tf.tensor2d([[0], [1]]), labels: tf.tensor1d([0, 1], 'int32')};
 * const {x, labels, weight} = mixUp<tf.Tensor2D>({numClasses: 2})(batch, createRng(1));
 * x.dataSync()[1] - weight; // => 0
 * tf.sum(labels, 1).dataSync(); // => [1, 1]
 * ```
 */
export function mixUp<I extends tf.Tensor = tf.Tensor4D>(options: MixUpOptions): Mixing<I> {
  const where = 'mixUp';
  const {numClasses, alpha} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'numClasses', numClasses, {min: 2, integer: true});
  checkNumber(where, 'alpha', alpha, {above: 0});
  return (batch, rng) => {
    checkRng(where, rng, 'every batch draws from it');
    const weight = betaNumber(alpha, rng);
    return mixNeighbours(where, batch, numClasses, weight, (x, other) =>
      tf.add<I>(tf.mul(other, 1 - weight), tf.mul(x, weight)),
    );
  };
}
