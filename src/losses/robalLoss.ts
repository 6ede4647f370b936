import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {crossEntropy} from './crossEntropy';
import {klDivergence} from './klDivergence';
import {ROBAL_MARGINS, robalMarginLoss, type RobalMarginLossOptions} from './robalMarginLoss';
import {checkTargets, type Targets} from './targets';

/** Options of {@link robalLoss}: those of {@link robalMarginLoss}, and the weights of its terms. */
export interface RobalLossOptions extends RobalMarginLossOptions {
  /** Weight β_adv ≥ 0 of {@link robalMarginLoss} on the adversarial cosines. @defaultValue 1 */
  readonly adversarialWeight?: number | undefined;
  /** Weight β_nat ≥ 0 of cross-entropy on the clean cosines. @defaultValue 0 */
  readonly naturalWeight?: number | undefined;
  /** Weight β_reg ≥ 0 of the divergence of TRADES, on the unscaled cosines. @defaultValue 6 */
  readonly regularization?: number | undefined;
}

/** @internal */
export const ROBAL_DEFAULTS: Defaults<RobalLossOptions> = {
  ...ROBAL_MARGINS,
  adversarialWeight: 1,
  naturalWeight: 0,
  regularization: 6,
};

/**
 * What RoBal descends, β_adv L(o', y) + β_nat CE(o, y) + β_reg KL(softmax o ‖ softmax o'): the margins
 * of {@link robalMarginLoss} on the adversarial cosines o', and the same answer to clean and
 * adversarial input. Gradients flow to both.
 *
 * @param cleanLogits - `[batch, classes]` float32 cosines o at the clean input.
 * @param adversarialLogits - `[batch, classes]` float32 cosines o' at the adversarial input.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link RobalLossOptions}. The robust setting for CIFAR-100 is margin 0.3,
 *   priorTau 0, marginTau 0; that for clean accuracy on CIFAR-10 priorTau 1.2, marginTau 0, on
 *   CIFAR-100 margin 0.2, priorTau 0, marginTau 0, regularization 3.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or an option is out of range.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, Sec. 4.3, and its code,
 *   whose divergence adds 1e-12 to probabilities that are never below e⁻²/C.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {robalLoss} from 'lt-robust';
 *
 * const clean = tf.tensor2d([[0.5, 0.3]]);
 * const adversarial = tf.tensor2d([[0.6, 0.2]]);
 * const labels = tf.tensor1d([1], 'int32');
 * robalLoss(clean, adversarial, labels, [90, 10]).dataSync(); // => [8.324895]
 * ```
 */
export function robalLoss(
  cleanLogits: tf.Tensor2D,
  adversarialLogits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: RobalLossOptions = {},
): tf.Tensor1D {
  const where = 'robalLoss';
  const settings = withDefaults(where, ROBAL_DEFAULTS, options);
  const {adversarialWeight, naturalWeight, regularization, ...margins} = settings;
  checkTargets(where, cleanLogits, labels, 'cleanLogits');
  checkSameShape(where, 'adversarialLogits', adversarialLogits, cleanLogits);
  checkRobalOptions(where, settings);
  return tf.tidy(() => {
    const terms: readonly (readonly [number, () => tf.Tensor1D])[] = [
      [adversarialWeight, () => robalMarginLoss(adversarialLogits, labels, classCounts, margins)],
      [regularization, () => klDivergence(cleanLogits, adversarialLogits)],
      [naturalWeight, () => crossEntropy(cleanLogits, labels)],
    ];
    // A term with weight 0 is not computed.
    const weighted = terms.flatMap(([weight, term]) =>
      weight === 0 ? [] : [tf.mul<tf.Tensor1D>(weight, term())],
    );
    return weighted.length === 0 ? tf.zeros([cleanLogits.shape[0]]) : tf.addN(weighted);
  });
}

/**
 * Throws unless every option of the loss is in range.
 *
 * @internal
 */
export function checkRobalOptions(where: string, options: typeof ROBAL_DEFAULTS): void {
  for (const [name, value] of Object.entries(options)) {
    checkNumber(where, name, value, name === 'scale' ? {above: 0, float32: true} : {min: 0});
  }
}
