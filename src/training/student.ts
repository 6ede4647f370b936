import * as tf from '@tensorflow/tfjs-core';

import type {TrainableClassifier} from '../core/classifier';
import {passOf, passTensors, type Pass, type PassTensors} from '../core/pass';
import type {Student} from '../core/trainingMethod';

/** A {@link Student}, and what of its passes outlives the gradient tape. */
export interface OwnedStudent<I extends tf.Tensor> {
  /** One training pass per input tensor. */
  readonly student: Student<I>;
  /** Disposes what was kept. */
  dispose(): void;
}

/**
 * Makes the student of one evaluation of a loss.
 *
 * @param model - The model; the first call with an input makes a training pass.
 * @param where - Name for error messages.
 * @param keeps - Whether passes can be asked for after the loss was differentiated, when tfjs has
 *   disposed what was on the tape.
 */
export function createStudent<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  where: string,
  keeps: boolean,
): OwnedStudent<I> {
  const passes = new Map<I, Pass>();
  const kept: tf.Tensor[] = [];
  const keep = (tensor: tf.Tensor2D): tf.Tensor2D => {
    const copy = tf.keep(tf.clone(tensor)); // a clone shares the values
    kept.push(copy);
    return copy;
  };
  const keepAll = ({logits, features}: PassTensors): PassTensors => ({
    logits: keep(logits),
    features: features && keep(features),
  });
  return {
    student: (x) => {
      const known = passes.get(x);
      if (known !== undefined) return known;
      const tensors = passTensors(model.training(x));
      const pass = passOf(tensors, where);
      passes.set(x, keeps ? passOf(keepAll(tensors), where) : pass);
      return pass;
    },
    dispose: () => {
      tf.dispose(kept);
    },
  };
}
