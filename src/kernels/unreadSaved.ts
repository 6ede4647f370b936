import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {isInKnownModel, isToInputOnly} from '../core/layers/modelPass';
import {gradientOf} from './registries';
import type {TapeNode} from './savedTensors';

/** A small call of an operation, to see what its gradient reads. */
interface Trial {
  readonly attrs: tf.NamedAttrMap;
  /** Shape of what it saves. */
  readonly shape: readonly number[];
  /** Shape of its output. */
  readonly output: readonly number[];
  /** Shape of the last tensor that it saves, which is a weight and stays. */
  readonly weight?: readonly number[];
}

const CONVOLUTION: Trial = {
  attrs: {strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1},
  ...{shape: [1, 2, 2, 1], output: [1, 2, 2, 1], weight: [1, 1, 1, 1]},
};
const elementwise: Trial = {attrs: {}, shape: [2], output: [2]};

/** Operations whose gradients, in tfjs, read of what they have saved, or of their image, the shape alone. */
const TRIALS: Readonly<Record<string, Trial>> = {
  [tf.Add]: elementwise,
  [tf.Sub]: elementwise,
  [tf.Reshape]: {...elementwise, attrs: {shape: [2]}},
  [tf.ExpandDims]: {attrs: {dim: 0}, shape: [2], output: [1, 2]},
  [tf.Sum]: {attrs: {axis: [0], keepDims: false}, shape: [2], output: []},
  [tf.Concat]: {...elementwise, attrs: {axis: 0}},
  [tf.Slice]: {...elementwise, attrs: {begin: [0], size: [2]}},
  [tf.PadV2]: {...elementwise, attrs: {paddings: [[0, 0]], constantValue: 0}},
  [tf.Conv2D]: CONVOLUTION,
  [tf.DepthwiseConv2dNative]: CONVOLUTION,
};

const known = new WeakMap<tf.GradFunc, boolean>();

/**
 * Whether a gradient does without those values. A program may have registered its own, which is called once more
 * for it.
 */
function readsShapesOnly(config: tf.GradConfig, trial: Trial): boolean {
  const {gradFunc} = config;
  const found = known.get(gradFunc);
  if (found !== undefined) return found;
  const {state} = tf.engine();
  state.kernelDepth++; // off the tape
  let result = true;
  try {
    tf.tidy(() => {
      const {attrs, weight} = trial;
      const count = config.saveAllInputs === true ? 1 : (config.inputsToSave?.length ?? 0);
      const gone = Array.from({length: weight ? count - 1 : count}, () =>
        tf.ones([...trial.shape]),
      );
      tf.dispose(gone);
      const saved = weight ? [...gone, tf.ones([...weight])] : gone;
      const gradients = gradFunc(tf.ones([...trial.output]), saved, attrs);
      for (const compute of weight ? [gradients['x']] : Object.values(gradients)) {
        if (compute?.().isDisposed) result = false;
      }
    });
  } catch {
    result = false; // operations throw where the data of a tensor are gone
  } finally {
    state.kernelDepth--;
  }
  known.set(gradFunc, result);
  return result;
}

/** Where an operation has its image, among what it saves. */
interface Image {
  readonly saved: number;
  /** Where a fused operation has saved its output, of which its gradient reads the shape. */
  readonly output?: number;
}

// Of their image, the gradients of these to it read the shape alone.
const IMAGES: Readonly<Record<string, Image>> = {
  [tf.Conv2D]: {saved: 0},
  [tf.DepthwiseConv2dNative]: {saved: 0},
  [tf.FusedBatchNorm]: {saved: 0},
  fusedConv2d__op: {saved: 1, output: 2},
  fusedDepthwiseConv2d__op: {saved: 1, output: 2},
};

/** Where gradients to the image read its shape alone, whatever a program has registered. */
const hasTrialPassed = (kernelName: string): boolean => {
  const trial = TRIALS[kernelName];
  if (trial === undefined) return true;
  const config = gradientOf(kernelName);
  return config !== undefined && readsShapesOnly(config, trial);
};

/** Disposes all that an operation has saved, where its gradient reads the shapes alone: tfjs saves whole tensors. */
export function dropShapesOnly({kernelName, saved = []}: TapeNode): void {
  const isCandidate = kernelName in TRIALS && !(kernelName in IMAGES);
  if (isCandidate && hasTrialPassed(kernelName)) tf.dispose([...saved]);
}

/**
 * Disposes the image that an operation has saved, in a pass of known layers whose gradient to the input alone is
 * computed: it would be read for the gradients of weights. A fused operation does not need its output either.
 *
 * @param node - Has a gradient of this library, which computes each derivative when asked for.
 */
export function dropImage({kernelName, saved = []}: TapeNode): void {
  const image = IMAGES[kernelName];
  if (image === undefined || !hasTrialPassed(kernelName)) return;
  if (image.output !== undefined) at(saved, image.output).dispose();
  const isToInput = isToInputOnly() && tf.engine().state.gradientDepth === 1;
  if (isToInput && isInKnownModel()) at(saved, image.saved).dispose();
}
