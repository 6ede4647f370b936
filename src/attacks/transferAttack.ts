import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import type {Attack, EvaluationAttack} from '../core/attack';
import {adversarialOf} from '../core/attackResult';
import {asClassifier, type Model} from '../core/classifier';
import {withIdentity} from '../core/identity';

/**
 * An attack that never sees its target model: it is crafted on another one. A model that falls to
 * it and withstands attacks of its own hides its gradients rather than being robust; how often it
 * falls is a baseline for any attack that knows the model.
 *
 * Attacks without a verdict serve best ({@link miFgsmAttack}, {@link pgdAttack}): those with one
 * stop at the boundary of the source, and give back the clean input where they fail there. It costs
 * no pass of the target model.
 *
 * @param source - What the attack is crafted on; runs in inference mode, and nothing in it changes.
 * @param attack - How; a verdict about the source is dropped.
 * @returns The attack, asynchronous where `attack` is.
 * @throws {@link InvalidArgumentError} if `source` is no model or `attack` no function.
 * @see Papernot et al. 2016, Transferability in Machine Learning; Athalye et al. 2018, Obfuscated
 *   Gradients Give a False Sense of Security, Sec. 3.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {miFgsmAttack, transferAttack} from 'lt-robust';
 *
 * const surrogate = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, 0], [0, 1]]));
 * const attack = transferAttack<tf.Tensor2D>(surrogate, miFgsmAttack);
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, 0);
 * const x = tf.tensor2d([[0.5, 0.4]]);
 * const adversarial = (await attack(model, x, tf.tensor1d([0], 'int32'))) as tf.Tensor;
 * adversarial.dataSync(); // => [0.4686, 0.4314]
 * ```
 */
export function transferAttack<I extends tf.Tensor = tf.Tensor4D>(
  source: Model<I>,
  attack: EvaluationAttack<I>,
): Attack<I> {
  const surrogate = asClassifier(source, 'transferAttack');
  checkFunction(
    'transferAttack',
    'attack',
    attack,
    'Pass the attack itself, or a closure with its options.',
  );
  const transferred: Attack<I> = (_model, x, labels, context) => {
    const crafted = attack(surrogate, x, labels, context);
    return crafted instanceof Promise ? crafted.then(adversarialOf) : adversarialOf(crafted);
  };
  return withIdentity(transferred, {name: 'transferAttack', source: surrogate, attack});
}
