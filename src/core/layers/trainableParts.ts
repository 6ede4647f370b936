import * as tf from '@tensorflow/tfjs-core';

import {frozenTensors, leavesOf} from './batchNorm';
import type {LayersModelLike} from './layersModel';

interface Variables {
  readonly trainableWeights: readonly {read(): tf.Tensor}[];
  readonly nonTrainableWeights: readonly {read(): tf.Tensor}[];
}

/** What training changes in a layers model, and what its regularisers add to the loss. */
export interface TrainableParts {
  /** The trainable variables, in the model's order. */
  readonly variables: tf.Variable[];
  /** What a training pass moves without a gradient, in the model's order. */
  readonly statistics: tf.Variable[];
  /** The sum of the regularisers' losses at the current weights; absent without a regulariser. */
  readonly penalty?: () => tf.Scalar;
}

/** The trainable variables, the statistics and the regularisers of a layers model. */
export function trainableParts(model: LayersModelLike): TrainableParts {
  const {trainableWeights, nonTrainableWeights} = model as LayersModelLike & Variables;
  // LayerVariable.read() returns the variable itself, typed as a tensor.
  // A set, since a layer shared by two inner models is listed in both.
  const read = (weights: Variables['trainableWeights']) => [
    ...new Set(weights.map((weight) => weight.read() as tf.Variable)),
  ];
  const frozen = frozenTensors(model);
  const parts = {
    variables: read(trainableWeights),
    statistics: read(nonTrainableWeights).filter((weight) => !frozen.has(weight)),
  };
  const losses = leavesOf(model).flatMap(({layer}) => layer.losses ?? []);
  if (losses.length === 0) return parts;
  return {...parts, penalty: () => tf.tidy(() => tf.addN<tf.Scalar>(losses.map((loss) => loss())))};
}
