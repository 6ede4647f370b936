import * as tf from '@tensorflow/tfjs-core';

import {isTensor} from '../core/checks/checkTensors';
import {swap} from '../core/swap';
import {batchNormOfBatch} from './composed/batchNormOfBatch';
import {batchNorm, movingAverage} from './wasm/batchNorm';

interface Weight {
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/** What is used of a batch norm of tf.layers. */
interface BatchNorm {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: Weight | null;
  readonly beta?: Weight | null;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

type CallLayer = (this: BatchNorm, inputs: unknown, kwargs: {training?: unknown}) => unknown;

interface BatchNormClass {
  call: CallLayer;
}

/** The class of batch norms, where tf.layers is loaded. */
function batchNormClass(): BatchNormClass | undefined {
  const {classNameMap} = tf.serialization.SerializationMap.getMap();
  return (classNameMap['BatchNormalization']?.[0] as {prototype: BatchNormClass} | undefined)
    ?.prototype;
}

/** A training pass of a batch norm of tf.layers; `undefined` where it is left to tf.layers. */
function trainingPass(layer: BatchNorm, inputs: unknown): tf.Tensor | undefined {
  const x: unknown = Array.isArray(inputs) && inputs.length === 1 ? inputs[0] : inputs;
  const {gamma, beta, movingMean, movingVariance, momentum, epsilon} = layer;
  if (!isTensor(x) || !gamma || !beta) return undefined;
  const isLast = layer.axis === -1 || layer.axis === x.rank - 1;
  if (!isLast || x.rank < 2 || x.rank > 4 || x.size === 0 || x.dtype !== 'float32')
    return undefined;
  return tf.tidy(() => {
    const given = [x, gamma.read(), beta.read(), epsilon] as const;
    const {y, mean, variance} = batchNorm(...given) ?? batchNormOfBatch(...given);
    move(movingMean, mean, momentum);
    move(movingVariance, variance, momentum);
    return y;
  });
}

function move(weight: Weight, batch: tf.Tensor, momentum: number): void {
  const before = weight.read();
  const share = 1 - momentum;
  const after =
    movingAverage(before, batch, share) ?? tf.sub(before, tf.mul(tf.sub(before, batch), share)); // as tf.layers has it
  weight.write(after);
}

// How often batch norms are hooked for each backend.
const hooks = new Map<string, number>();
let restore: (() => void) | undefined;

/**
 * Lets batch norms of tf.layers run as one operation in training mode on a backend, where the statistics are along the
 * last axis of a float32 tensor: {@link batchNorm} on wasm, {@link batchNormOfBatch} elsewhere. All else is left to
 * tf.layers.
 *
 * @returns Ends that; the last one puts the class of the layers back as it was.
 */
export function hookBatchNorm(backend: string): () => void {
  hooks.set(backend, (hooks.get(backend) ?? 0) + 1);
  restore ??= hookClass();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    const left = (hooks.get(backend) ?? 0) - 1;
    if (left > 0) hooks.set(backend, left);
    else hooks.delete(backend);
    if (hooks.size > 0) return;
    restore?.();
    restore = undefined;
  };
}

function hookClass(): (() => void) | undefined {
  const layers = batchNormClass();
  if (!layers) return undefined;
  const {call} = layers;
  const own: CallLayer = function (inputs, kwargs) {
    // Where somebody else has hooked the class since, this is called after its end, too.
    const isOurs = kwargs.training && hooks.has(tf.getBackend());
    const pass = isOurs ? trainingPass(this, inputs) : undefined;
    return pass ?? call.call(this, inputs, kwargs);
  };
  const unhook = swap(layers, {call: own});
  return () => {
    if (layers.call === own) unhook(); // else somebody else's by now
  };
}
