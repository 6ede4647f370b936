import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import {checkMethod} from '../core/checks/checkParts';
import {withIdentity} from '../core/identity';
import type {TrainingMethod} from '../core/trainingMethod';
import type {UpdateRule} from '../core/updateRule';
import {gradientStep} from './gradientStep';

/**
 * Changes how the loss of a method becomes a step: clipped gradients, perturbed weights.
 *
 * @param base - Any method.
 * @param wrap - Makes the rule from the method's own one, which it calls or replaces.
 * @returns The method with that rule.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {naturalTraining, withUpdateRule} from 'lt-robust';
 *
 * // Half of every gradient.
 * const halved = withUpdateRule(naturalTraining<tf.Tensor2D>(), (inner) => (update) =>
 *   inner({
 *     ...update,
 *     apply: (gradients) => {
 *       const half = Object.entries(gradients).map(([name, g]) => [name, tf.mul(g, 0.5)] as const);
 *       update.apply(Object.fromEntries(half));
 *     },
 *   }),
 * );
 * ```
 */
export const withUpdateRule = <I extends tf.Tensor>(
  base: TrainingMethod<I>,
  wrap: (inner: UpdateRule) => UpdateRule,
): TrainingMethod<I> => {
  checkMethod('withUpdateRule', 'base', base);
  checkFunction(
    'withUpdateRule',
    'wrap',
    wrap,
    'Pass (inner) => (update) => ..., an update rule around another.',
  );
  const method: TrainingMethod<I> = {
    ...base,
    async objective(step) {
      const inner = await base.objective(step);
      return {...inner, update: wrap(inner.update ?? gradientStep)};
    },
  };
  return withIdentity(method, {name: 'withUpdateRule', base, wrap});
};
