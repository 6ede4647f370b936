import * as tf from '@tensorflow/tfjs-core';

import type {TrainingMethod} from '../core/trainingMethod';

/**
 * Makes a training pass on the clean inputs before those of the method. It only moves the running
 * statistics: some published code computes a result there that it then computes anew.
 *
 * @param base - Any method.
 * @returns The method with the pass.
 * @internal
 */
export const withExtraPass = <I extends tf.Tensor>(base: TrainingMethod<I>): TrainingMethod<I> => ({
  ...base,
  async objective(step) {
    const inner = await base.objective(step);
    // A tensor of its own: the method may ask for x itself.
    const before = step.own(tf.clone(step.batch.x));
    return {
      ...inner,
      loss: (student) => {
        student(before);
        return inner.loss(student);
      },
    };
  },
});
