import * as tf from '@tensorflow/tfjs-core';

import {swap} from '../swap';
import {isLayersModel, type Layer, type LayersModelLike} from './layersModel';

/** Which variance of a batch enters the running one: over m values, or over m − 1 as in PyTorch. */
export type BatchNormVariance = 'biased' | 'unbiased';

interface Weight {
  read(): tf.Tensor;
  readonly trainable: boolean;
}

interface WeightedLayer extends Layer {
  readonly trainable?: boolean;
  readonly _trainableWeights?: readonly Weight[];
  readonly losses?: readonly (() => tf.Scalar)[];
}

interface BatchNorm extends WeightedLayer {
  readonly axis: number;
  readonly momentum: number;
  readonly movingVariance: {read(): tf.Tensor; write(value: tf.Tensor): unknown};
  readonly movingMean: {read(): tf.Tensor};
}

const isBatchNorm = (layer: WeightedLayer): layer is BatchNorm =>
  layer.getClassName() === 'BatchNormalization' && 'movingVariance' in layer;

/** A layer of a model, and whether the user froze it or a model that it is in. */
export interface Leaf {
  readonly layer: WeightedLayer;
  readonly isFrozen: boolean;
}

/** The layers of a model, those of inner models and of wrappers among them, each once. */
export function leavesOf(model: LayersModelLike): readonly Leaf[] {
  const leaves = new Map<WeightedLayer, Leaf>();
  const visit = (value: unknown, isInFrozen: boolean): void => {
    if (typeof value !== 'object' || value === null) return;
    const isFrozen = isInFrozen || ('trainable' in value && value.trainable === false);
    if (isLayersModel(value)) {
      for (const layer of value.layers) visit(layer, isFrozen);
      return;
    }
    const layer = value as WeightedLayer;
    // Freezing a model marks the weights of its layers, too.
    const weights = layer._trainableWeights ?? [];
    const areFrozen = weights.length > 0 && weights.every(({trainable}) => !trainable);
    leaves.set(layer, {layer, isFrozen: isFrozen || areFrozen});
    visit(layer.layer, isFrozen);
  };
  visit(model, false);
  return [...leaves.values()];
}

/**
 * What a training pass must not move: kernels that the user froze, and the statistics of batch norms
 * that are frozen.
 */
export function frozenTensors(model: LayersModelLike): ReadonlySet<tf.Tensor> {
  const frozen = leavesOf(model).flatMap(({layer, isFrozen}) => {
    const weights = (layer._trainableWeights ?? []).filter(({trainable}) => isFrozen || !trainable);
    const statistics =
      isFrozen && isBatchNorm(layer) ? [layer.movingMean, layer.movingVariance] : [];
    return [...weights, ...statistics];
  });
  return new Set(frozen.map((weight) => weight.read()));
}

/**
 * Makes training passes of a model as Keras and, if asked for, PyTorch make them: a frozen batch norm
 * normalises by its running statistics and leaves them, and the running variance takes in the
 * unbiased variance of the batch.
 *
 * @param model - The model.
 * @param variance - Which variance enters the running one.
 * @returns Runs a function during which the layers behave so; they are restored when it ends.
 */
export function batchNormScope(
  model: LayersModelLike,
  variance: BatchNormVariance,
): <T>(body: () => T) => T {
  return (body) => {
    // Looked at for every pass: the user may freeze and thaw between two of them.
    const undo = leavesOf(model).flatMap(({layer, isFrozen}) =>
      isBatchNorm(layer) && (isFrozen || variance === 'unbiased')
        ? [replaceCall(layer, isFrozen)]
        : [],
    );
    try {
      return body();
    } finally {
      for (const each of undo.reverse()) each();
    }
  };
}

function replaceCall(layer: BatchNorm, isFrozen: boolean): () => void {
  const {call} = layer;
  const asTrained: Layer['call'] = (inputs, kwargs) => {
    if (isFrozen) return call.call(layer, inputs, {...kwargs, training: false});
    const before = tf.clone(layer.movingVariance.read()); // a clone shares the values
    try {
      const output = call.call(layer, inputs, kwargs);
      const isTraining = 'training' in kwargs && kwargs.training === true;
      if (isTraining) unbias(layer, before, inputs);
      return output;
    } finally {
      before.dispose();
    }
  };
  return swap<Layer>(layer, {call: asTrained});
}

// tf.layers moved v to μv + (1 − μ)b with the biased variance b; m/(m − 1) b adds the share below.
function unbias(layer: BatchNorm, before: tf.Tensor, inputs: tf.Tensor | tf.Tensor[]): void {
  const input = Array.isArray(inputs) ? inputs[0] : inputs;
  if (input === undefined) return;
  const {axis, momentum, movingVariance} = layer;
  const channels = input.shape.at(axis) ?? 1;
  const count = input.size / channels;
  if (count < 2) return;
  tf.tidy(() => {
    const after = movingVariance.read();
    const entered = tf.sub(after, tf.mul(momentum, before));
    movingVariance.write(tf.add(after, tf.div(entered, count - 1)));
  });
}
