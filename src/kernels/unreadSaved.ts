import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {isToInputOnly} from '../core/layers/modelPass';
import {gradientOf} from './registries';
import type {TapeNode} from './savedTensors';

/** A call of an operation, in which every tensor has one value, to see what its gradient reads. */
interface Trial {
  readonly attrs: tf.NamedAttrMap;
  readonly rank: number;
  /** How many of the last tensors that it saves are weights, and stay. */
  readonly weights?: number;
}

const CONVOLUTION: Trial = {
  attrs: {strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1},
  rank: 4,
  weights: 1,
};

/** Operations whose gradients, in tfjs, read of what they have saved, or of their image, the shape alone. */
const TRIALS: Readonly<Record<string, Trial>> = {
  [tf.Add]: {attrs: {}, rank: 1},
  [tf.Sub]: {attrs: {}, rank: 1},
  [tf.Reshape]: {attrs: {shape: [1]}, rank: 1},
  [tf.ExpandDims]: {attrs: {dim: 0}, rank: 1},
  [tf.Sum]: {attrs: {axis: [0], keepDims: false}, rank: 1},
  [tf.Concat]: {attrs: {axis: 0}, rank: 1},
  [tf.Slice]: {attrs: {begin: [0], size: [1]}, rank: 1},
  [tf.PadV2]: {attrs: {paddings: [[0, 0]], constantValue: 0}, rank: 1},
  [tf.Conv2D]: CONVOLUTION,
  [tf.DepthwiseConv2dNative]: CONVOLUTION,
};

const known = new WeakMap<tf.GradConfig, boolean>();

/** Whether a gradient computes without those values. A program may have registered its own. */
function readsShapesOnly(config: tf.GradConfig, {attrs, rank, weights = 0}: Trial): boolean {
  const found = known.get(config);
  if (found !== undefined) return found;
  const {state} = tf.engine();
  state.kernelDepth++; // off the tape
  let result = true;
  try {
    tf.tidy(() => {
      const one = () => tf.ones(new Array<number>(rank).fill(1));
      const count = config.saveAllInputs === true ? 1 : (config.inputsToSave?.length ?? 0);
      const saved = Array.from({length: count}, one);
      tf.dispose(saved.slice(0, count - weights));
      const gradients = config.gradFunc(one(), saved, attrs);
      const asked = weights > 0 ? [gradients['x']] : Object.values(gradients);
      for (const compute of asked) compute?.();
    });
  } catch {
    result = false; // it is disposed, says tfjs
  } finally {
    state.kernelDepth--;
  }
  known.set(config, result);
  return result;
}

/** Where an operation has its image: among its inputs, and among what it saves. */
interface Image {
  readonly input: string;
  readonly saved: number;
  /** Where a fused operation has saved its output, of which its gradient reads the shape. */
  readonly output?: number;
}

// Of their image, the gradients of these to it read the shape alone.
const IMAGES: Readonly<Record<string, Image>> = {
  [tf.Conv2D]: {input: 'x', saved: 0},
  [tf.DepthwiseConv2dNative]: {input: 'x', saved: 0},
  [tf.FusedBatchNorm]: {input: 'x', saved: 0},
  fusedConv2d__op: {input: '0', saved: 1, output: 2},
  fusedDepthwiseConv2d__op: {input: '0', saved: 1, output: 2},
};

/** Whether no gradient to the input goes through a tensor: a variable, or one that is kept and not made on the tape. */
function isWeight(tensor: tf.Tensor, tape: readonly TapeNode[]): boolean {
  if (tensor instanceof tf.Variable) return true;
  if (!('kept' in tensor && tensor.kept)) return false;
  return !tape.some(({outputs}) => outputs.some(({id}) => id === tensor.id));
}

/**
 * Disposes what an operation has saved and its gradient will not read. tfjs saves whole tensors where gradients
 * need a shape; and where a gradient to the input alone is computed, and all else that a convolution or a batch
 * norm takes is a weight, its image would be read for the gradients of weights only.
 *
 * @param tape - What was put on it so far.
 * @param node - The operation.
 * @param isLazy - Whether its gradient is one of this library that computes each derivative when asked for.
 */
export function dropUnread(
  tape: readonly TapeNode[],
  {kernelName, inputs, saved = []}: TapeNode,
  isLazy: boolean,
): void {
  const trial = TRIALS[kernelName];
  const config = trial && gradientOf(kernelName);
  if (trial && !(config && readsShapesOnly(config, trial))) return;
  const image = IMAGES[kernelName];
  if (image === undefined) {
    if (trial) tf.dispose([...saved]);
    return;
  }
  if (!isLazy) return;
  if (image.output !== undefined) at(saved, image.output).dispose();
  // A gradient that the model itself computes may be one to weights.
  if (!isToInputOnly() || tf.engine().state.gradientDepth !== 1) return;
  const others = Object.entries(inputs).filter(([name]) => name !== image.input);
  if (others.every(([, tensor]) => isWeight(tensor, tape))) at(saved, image.saved).dispose();
}
