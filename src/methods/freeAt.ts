import * as tf from '@tensorflow/tfjs-core';

import {checkClip} from '../core/threatModel';
import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import type {Loss} from '../core/loss';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import type {Update} from '../core/updateRule';
import {crossEntropy} from '../losses/crossEntropy';
import {sign} from '../math/sign';

/** Options of {@link freeAt}. */
export interface FreeAtOptions {
  /** How often each batch is replayed, m ≥ 1: that many steps of the optimizer. @defaultValue 8 */
  readonly replays?: number | undefined;
  /** Size ε > 0 of the L∞ perturbation, and length of its steps. @defaultValue 0.03137254901960784 */
  readonly epsilon?: number | undefined;
  /** Range of pixels, or `null` for none. @defaultValue [0, 1] */
  readonly clip?: readonly [min: number, max: number] | null | undefined;
  /** What to ascend and to descend, one value per example. @defaultValue crossEntropy */
  readonly loss?: Loss | undefined;
}

const DEFAULTS: Defaults<FreeAtOptions> = {
  replays: 8,
  epsilon: 0.03137254901960784,
  clip: [0, 1],
  loss: crossEntropy,
};

const WHERE = 'freeAt';

/**
 * Free adversarial training: each batch is replayed m times, and one backward pass serves both: its
 * gradient to the weights is descended, its gradient to the input moves the perturbation by ε times
 * its sign. The perturbation is carried over from batch to batch, whatever the examples; a smaller
 * batch uses the first of its rows. It is the memory of the method, as large as a batch.
 *
 * | | as published |
 * | --- | --- |
 * | inner and outer loss | cross-entropy, at clip(x + δ) |
 * | perturbation | L∞ 8/255, δ moved by 8/255 of the sign after each replay, 0 at first |
 * | training passes | m, one for each replay |
 * | optimizer | SGD 0.04 at most, momentum 0.9, weight decay 1e-4; m steps for each batch |
 *
 * Train for 1/m of the epochs; schedules that count steps count batches here. Cost of a step: m
 * forward and m backward passes, and δ is read from the device.
 *
 * @param options - See {@link FreeAtOptions}.
 * @returns The method, for `trainStep` (with `memory`) and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Shafahi et al. 2019, Adversarial Training for Free!, Algorithm 1, and its code.
 * @example
 * ```ts
 * import {freeAt} from 'lt-robust';
 *
 * const method = freeAt({replays: 4});
 * ```
 */
export function freeAt<I extends tf.Tensor = tf.Tensor4D>(
  options: FreeAtOptions = {},
): TrainingMethod<I, Float32Array> {
  const {replays, epsilon, clip, loss} = withDefaults(WHERE, DEFAULTS, options);
  checkClip(WHERE, 'clip', clip);
  checkNumber(WHERE, 'replays', replays, {min: 1, integer: true});
  checkNumber(WHERE, 'epsilon', epsilon, {above: 0});
  const clipped = (x: I): I => (clip === null ? x : tf.clipByValue<I>(x, clip[0], clip[1]));
  const method: TrainingMethod<I, Float32Array> = {
    objective(step) {
      const {x, labels} = step.batch;
      const delta = step.own(tf.tidy(() => tf.variable(rowsOf(step.memory, x))));
      const moved = (): I => clipped(tf.add<I>(x, delta));
      const adversarial = step.own(tf.tidy(moved));
      const input = step.own(tf.tidy(() => tf.variable(adversarial)));
      // One backward pass for both: weights descend, the perturbation ascends.
      const replay = ({loss: total, variables, apply}: Update): tf.Scalar =>
        tf.tidy(() => {
          const {value, grads} = tf.variableGrads(total, [...variables, input]);
          const {[input.name]: toInput, ...toWeights} = grads;
          const ascent = tf.mul(epsilon, sign(toInput as tf.Tensor));
          const free = clip === null ? ascent : ofUnclipped(ascent, tf.add(x, delta), input);
          delta.assign(tf.clipByValue(tf.add(delta, free), -epsilon, epsilon));
          input.assign(moved());
          apply(toWeights);
          return value;
        });
      return {
        adversarial,
        update: (rule) =>
          at(
            Array.from({length: replays}, () => replay(rule)),
            0,
          ),
        loss: (student) =>
          tf.mean<tf.Scalar>(loss(student(input as tf.Tensor as I).logits, labels)),
        look: () => tf.clone(delta),
      };
    },
    memory: {
      initial: new Float32Array(0),
      next(memory, seen) {
        if (seen.length >= memory.length) return Float32Array.from(seen);
        const moved = Float32Array.from(memory);
        moved.set(seen);
        return moved;
      },
      // A perturbation; rounding may take it a little beyond its ball.
      accepts: (memory) =>
        memory instanceof Float32Array && memory.every((d) => Math.abs(d) <= 1.001 * epsilon),
    },
  };
  return withIdentity(method, {name: WHERE, replays, epsilon, clip, loss});
}

// The perturbation of as many rows as the batch has; 0 where none was before.
function rowsOf<I extends tf.Tensor>(memory: Float32Array, x: I): I {
  const values = new Float32Array(x.size);
  values.set(memory.subarray(0, x.size));
  return tf.tensor(values, x.shape) as I;
}

// Where a pixel was clipped, its gradient to the perturbation is 0. Asked of the pixels, which costs a
// third of what the gradient of `tf.clipByValue` does on wasm.
const ofUnclipped = (ascent: tf.Tensor, moved: tf.Tensor, input: tf.Tensor): tf.Tensor =>
  tf.where(tf.equal(moved, input), ascent, tf.zerosLike(ascent));
