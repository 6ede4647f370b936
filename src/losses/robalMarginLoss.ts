import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {classBias} from './classBias';
import {crossEntropy} from './crossEntropy';
import {marginsTaken} from './marginsTaken';
import {checkTargets, overTargets, type Targets} from './targets';

/** Options of {@link robalMarginLoss}. The defaults are those of RoBal's robust setting for CIFAR-10. */
export interface RobalMarginLossOptions {
  /** Margin m₀ ≥ 0 of every class, in units of the cosines. @defaultValue 0.1 */
  readonly margin?: number | undefined;
  /** Factor s > 0 of the cosines. @defaultValue 10 */
  readonly scale?: number | undefined;
  /** Strength τ_b ≥ 0 of the class prior that is added after scaling. @defaultValue 1.5 */
  readonly priorTau?: number | undefined;
  /** Strength τ_m ≥ 0 of the margin that grows with the count of a class. @defaultValue 0.3 */
  readonly marginTau?: number | undefined;
}

/** @internal Also those of {@link robalLoss}. */
export const ROBAL_MARGINS: Defaults<RobalMarginLossOptions> = {
  margin: 0.1,
  scale: 10,
  priorTau: 1.5,
  marginTau: 0.3,
};

/**
 * RoBal's loss on the adversarial cosines o: cross-entropy of s (o - M_y e_y) + τ_b log π with
 * margins M_c = m₀ + τ_m log(n_c / n_min) / s, which are larger for frequent classes, and the
 * fractions π of the classes.
 *
 * @param logits - `[batch, classes]` float32 cosines, as of {@link cosineLogits} with scale 1.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   losses of the classes are weighted.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link RobalMarginLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or an option is out of range.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, Sec. 4.2, and its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {robalMarginLoss} from 'lt-robust';
 *
 * const cosines = tf.tensor2d([[0.6, 0.2]]);
 * robalMarginLoss(cosines, tf.tensor1d([1], 'int32'), [90, 10]).dataSync(); // => [8.296086]
 * ```
 */
export function robalMarginLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: RobalMarginLossOptions = {},
): tf.Tensor1D {
  const where = 'robalMarginLoss';
  const {margin, scale, priorTau, marginTau} = withDefaults(where, ROBAL_MARGINS, options);
  checkTargets(where, logits, labels);
  checkClassCounts(where, classCounts, logits.shape[1]);
  checkNumber(where, 'margin', margin, {min: 0});
  checkNumber(where, 'scale', scale, {above: 0, float32: true});
  checkNumber(where, 'priorTau', priorTau, {min: 0});
  checkNumber(where, 'marginTau', marginTau, {min: 0});
  const rarest = Array.from(classCounts).reduce((least, n) => Math.min(least, n), Infinity);
  const margins = Array.from(
    classCounts,
    (n) => margin + (marginTau * Math.log(n / rarest)) / scale,
  );
  return tf.tidy(() =>
    overTargets(logits, labels, (z, classes) => {
      const scaled = tf.mul(marginsTaken(z, classes, margins), scale);
      return crossEntropy(tf.add(scaled, classBias(where, classCounts, priorTau)), classes);
    }),
  );
}
