import * as tf from '@tensorflow/tfjs-core';

import type {Classifier, TrainableClassifier} from '../../src/core/classifier';
import type {Batch} from '../../src/core/dataset';
import type {Own} from '../../src/core/memory';
import {passOf, passTensors} from '../../src/core/pass';
import type {Objective, Student, TrainingMethod, TrainingStep} from '../../src/core/trainingMethod';

/** An objective of one step, without a trainer. */
export interface PreparedStep<I extends tf.Tensor> {
  readonly objective: Objective<I>;
  /** The loss; each call is an evaluation with passes of its own, by `training` if given. */
  readonly loss: (training?: TrainableClassifier<I>['training']) => number;
  /** Disposes what the objective owns. */
  readonly dispose: () => void;
}

/** A function as both modes of a model. */
export const asBothModes = <I extends tf.Tensor>(
  classify: Classifier<I>,
): TrainableClassifier<I> => ({
  inference: classify,
  training: classify,
  variables: [],
  statistics: [],
});

/** A student that makes one pass per input. */
export function studentOf<I extends tf.Tensor>(
  training: TrainableClassifier<I>['training'],
): Student<I> {
  const passes = new Map<I, ReturnType<Student<I>>>();
  return (x) => {
    const pass = passes.get(x) ?? passOf(passTensors(training(x)), 'test');
    passes.set(x, pass);
    return pass;
  };
}

/** Asks a method for the objective of one step, by default the first of one. */
export async function preparedStep<I extends tf.Tensor>(
  method: TrainingMethod<I>,
  model: Classifier<I> | TrainableClassifier<I>,
  batch: Batch<I>,
  context: Partial<TrainingStep<I>> = {},
): Promise<PreparedStep<I>> {
  const parts = typeof model === 'function' ? asBothModes(model) : model;
  const owned: tf.TensorContainer[] = [];
  const own: Own = (tensors) => {
    owned.push(tensors);
    return tensors;
  };
  const where = {epoch: 1, epochs: 1, step: 1, memory: method.memory?.initial ?? null};
  const objective = await method.objective({...where, model: parts, batch, own, ...context});
  return {
    objective,
    loss: (training = parts.training) =>
      tf.tidy(() => objective.loss(studentOf(training)).dataSync<'float32'>()[0] as number),
    dispose: () => {
      tf.dispose(owned);
    },
  };
}
