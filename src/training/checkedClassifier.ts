import type * as tf from '@tensorflow/tfjs-core';

import {checkModelShape} from '../core/checks/checkTensors';
import {checkModelOutput} from '../core/checks/checkValues';
import type {TrainableClassifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {passTensors} from '../core/pass';

/**
 * A model whose logits are checked: their shape at every pass, their values at the first one, since
 * probabilities in place of logits would train badly without a word. A class without an output
 * would have loss 0 and never be learned.
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
  const checker = () => {
    let isFirst = true;
    return (logits: tf.Tensor2D, batchSize: number) => {
      (isFirst ? checkModelOutput : checkModelShape)(where, logits, batchSize);
      isFirst = false;
      if (logits.shape[1] >= numClasses) return;
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: `give a score for each of the ${numClasses} classes of the dataset`,
        found: `${logits.shape[1]} classes`,
        remedy: 'Pass the model and the dataset of one task.',
      });
    };
  };
  const checkInference = checker();
  const checkTraining = checker();
  const checked = (parts: TrainableClassifier<I>): TrainableClassifier<I> => ({
    ...parts,
    inference: (x) => {
      const logits = parts.inference(x);
      checkInference(logits, x.shape[0] as number);
      return logits;
    },
    training: (x) => {
      const output = parts.training(x);
      checkTraining(passTensors(output).logits, x.shape[0] as number);
      return output;
    },
    forExamples: parts.forExamples && ((ids) => checked(parts.forExamples?.(ids) ?? parts)),
  });
  return checked(model);
}
