import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {swap} from '../swap';
import {batchNormScope, type BatchNormVariance} from './batchNorm';
import {withEarlyInputs} from './earlyInputs';
import {logitsOf, scoresOf, symbolicOutputs, type Layer, type LayersModelLike} from './layersModel';

// The layer that computes the scores: the one before a softmax or another activation of its own.
function headOf(model: LayersModelLike): Layer {
  let scores = scoresOf(at(symbolicOutputs(model), 0));
  while (['Softmax', 'Activation'].includes(scores.sourceLayer.getClassName())) {
    const before = scores.inputs[0];
    if (before === undefined) break;
    scores = scoresOf(before);
  }
  return scores.sourceLayer;
}

// Runs `body`; returns its result and what `layer` was last called with. The layer is put back at once.
function withInputOf<T>(layer: Layer, body: () => T): {result: T; input: tf.Tensor | undefined} {
  const {call} = layer;
  let seen: tf.Tensor | undefined;
  const watched: Layer['call'] = (inputs, kwargs) => {
    const input = Array.isArray(inputs) ? inputs[0] : inputs;
    seen?.dispose();
    // tf.layers runs a model in a tidy of its own, which would dispose it.
    seen = input && tf.keep(tf.clone(input));
    return call.call(layer, inputs, kwargs);
  };
  const restore = swap(layer, {call: watched});
  try {
    return {result: body(), input: seen};
  } catch (error) {
    seen?.dispose();
    throw error;
  } finally {
    restore();
  }
}

/**
 * A layers model in training mode: its logits, and what its last layer sees as the features
 * (flattened to one row per example).
 *
 * @param model - The model; a final softmax is bypassed.
 * @param where - Name for error messages.
 * @param variance - Which variance of the batch enters batch norm's running one.
 * @returns A function of one training pass, which moves the model's running statistics. Both
 *   tensors carry gradients; they are in the current `tf.tidy`, or the caller disposes them.
 * @throws {@link InvalidArgumentError} if the model has no logits or several inputs or outputs.
 */
export function trainingPassOf<I extends tf.Tensor>(
  model: LayersModelLike,
  where: string,
  variance: BatchNormVariance = 'biased',
): (x: I) => {logits: tf.Tensor2D; features?: tf.Tensor2D} {
  return passWithFeatures(model, logitsOf<I>(model, true, where), variance);
}

/**
 * Adds the features to a training pass of a layers model.
 *
 * @param model - The model that `logitsOf` runs once.
 * @param classify - One training pass of it, to logits.
 * @param variance - Which variance of the batch enters batch norm's running one.
 */
export function passWithFeatures<I extends tf.Tensor>(
  model: LayersModelLike,
  classify: (x: I) => tf.Tensor2D,
  variance: BatchNormVariance = 'biased',
): (x: I) => {logits: tf.Tensor2D; features?: tf.Tensor2D} {
  const head = headOf(model);
  const asTrained = batchNormScope(model, variance);
  return (x) => {
    const {result: logits, input} = withEarlyInputs(model, () =>
      withInputOf(head, () => asTrained(() => classify(x))),
    );
    if (input === undefined) return {logits};
    // Hands the kept tensor over to the caller's scope.
    const batch = at(input.shape, 0);
    const features = tf.reshape<tf.Rank.R2>(input, [batch, input.size / batch]);
    input.dispose();
    return {logits, features};
  };
}
