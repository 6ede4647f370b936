import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {checkModelShape} from '../core/checks/checkTensors';
import {checkModelOutput} from '../core/checks/checkValues';
import type {TrainableClassifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {passTensors} from '../core/pass';

/**
 * A model whose logits are checked: their shape at every pass, since a class without an output would
 * have loss 0 and never be learned; and the values of the first training pass, where the backend reads
 * at once. (On all backends `train` checks those of inference, before the first step.)
 *
 * @param model - The model.
 * @param numClasses - Classes of the data; the model may have more.
 * @param where - Name for error messages.
 */
export function checkedClassifier<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  numClasses: number,
  where: string,
): TrainableClassifier<I> {
  let isFirst = true;
  const checkClasses = (logits: tf.Tensor2D) => {
    if (logits.shape[1] >= numClasses) return;
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `give a score for each of the ${numClasses} classes of the dataset`,
      found: `${logits.shape[1]} classes`,
      remedy:
        'Pass the model and the dataset of one task. If the labels are numbered from 1, subtract 1; ' +
        'asDataset(source, {numClasses}) says how many classes there are.',
    });
  };
  const checked = (parts: TrainableClassifier<I>): TrainableClassifier<I> => ({
    ...parts,
    inference: (x) => {
      const logits = parts.inference(x);
      checkModelShape(where, logits, at(x.shape, 0));
      checkClasses(logits);
      return logits;
    },
    training: (x) => {
      const output = parts.training(x);
      const {logits} = passTensors(output);
      (isFirst ? checkModelOutput : checkModelShape)(where, logits, at(x.shape, 0));
      isFirst = false;
      checkClasses(logits);
      return output;
    },
    forExamples: parts.forExamples && ((ids) => checked(parts.forExamples?.(ids) ?? parts)),
  });
  return checked(model);
}
