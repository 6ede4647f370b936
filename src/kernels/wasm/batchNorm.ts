import * as tf from '@tensorflow/tfjs-core';

import {isTensor} from '../../core/checks/checkTensors';
import {swap} from '../../core/swap';
import {isTaping} from '../tape';
import * as forwardModule from './generated/batchNormModule';
import * as gradientModule from './generated/batchNormGradientModule';
import * as statisticsModule from './generated/batchNormStatisticsModule';
import {type Instance, moduleOn} from './moduleOn';

type Call = (...args: number[]) => void;

/** Those of `assembly/batchNorm.ts`, where the parameters are described. */
interface Forward {
  readonly normalise: Call;
  readonly normaliseAlike: Call;
  readonly average: Call;
}

/** Those of `assembly/batchNormStatistics.ts`. */
interface Statistics {
  readonly blocks: (rows: number, channels: number) => number;
  readonly blockStatistics: Call;
  readonly statistics: Call;
}

/** Those of `assembly/batchNormGradient.ts`. */
interface Backward {
  readonly blockSums: Call;
  readonly weightGradients: Call;
  readonly inputGradient: Call;
}

/** Batch norm on a backend's memory; `undefined` where it cannot run. */
export const batchNormOn: (backend: object) => Instance<Forward> | undefined = moduleOn<Forward>(
  forwardModule,
  undefined,
  {normalise: 'normalise', normaliseAlike: 'normalise'},
);
const statisticsOn = moduleOn<Statistics>(statisticsModule, undefined, {blockStatistics: 'range'});
const gradientOn = moduleOn<Backward>(gradientModule, undefined, {
  ...{blockSums: 'range', inputGradient: 'range'},
});

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

const allButLast = ({rank}: tf.Tensor): number[] => [...Array(rank - 1).keys()];

/** Gradients to x, γ and β of tfjs's operations, that can be differentiated in turn. */
function composedGradients(dy: tf.Tensor, x: tf.Tensor, gamma: tf.Tensor, epsilon: number) {
  const axes = allButLast(x);
  const centred = tf.sub(x, tf.mean(x, axes));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes), epsilon));
  const normed = tf.mul(centred, inverse);
  const [dGamma, dBeta] = [tf.sum(tf.mul(dy, normed), axes), tf.sum(dy, axes)];
  const rows = x.size / gamma.size;
  const throughStatistics = tf.div(tf.add(tf.mul(normed, dGamma), dBeta), rows);
  return [tf.mul(tf.mul(gamma, inverse), tf.sub(dy, throughStatistics)), dGamma, dBeta];
}

/**
 * Batch norm over all axes but the last, by the mean and the variance of the batch: three sweeps over
 * the memory of the wasm backend forward and two backward, where tfjs makes some twenty operations.
 *
 * @param x - `[..., channels]` float32, with at least one row.
 * @param gamma - `[channels]`.
 * @param beta - `[channels]`.
 * @returns The normalised x, the mean and the (biased) variance; `undefined` where it cannot run.
 */
export function batchNorm(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): {y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor} | undefined {
  const backend = tf.backend();
  const [forward, ofBatch] = [batchNormOn(backend), statisticsOn(backend)];
  const backward = gradientOn(backend);
  if (!forward || !ofBatch || !backward) return undefined;
  const {heap, run} = forward;
  const make = (shape: number[]) => tf.engine().makeTensorFromTensorInfo(heap.output(shape));
  const addresses = (...tensors: tf.Tensor[]) => tensors.map((tensor) => heap.address(tensor));
  const channels = gamma.size;
  const rows = x.size / channels;
  const sizes = [rows, channels];
  const blocks = ofBatch.run.blocks(rows, channels);
  const [mean, variance] = [make(gamma.shape), make(gamma.shape)];
  heap.withScratch(2 * blocks * channels, (parts) => {
    ofBatch.run.blockStatistics(...addresses(x), parts, ...sizes, 0, blocks);
    ofBatch.run.statistics(parts, ...addresses(mean, variance), ...sizes);
  });
  const normalise = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    save([x, gamma, mean, variance]);
    const value = make(x.shape);
    run.normalise(
      ...addresses(x, mean, variance, gamma, beta),
      epsilon,
      ...addresses(value),
      ...sizes,
    );
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [ofX, ofGamma, ...statistics] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      if (isTaping()) return composedGradients(dy, ofX, ofGamma, epsilon);
      const gradients = [make(x.shape), make(gamma.shape), make(gamma.shape)] as const;
      const [, dGamma, dBeta] = gradients;
      const [ofMean, ofVariance] = statistics as [tf.Tensor, tf.Tensor];
      heap.withScratch(2 * blocks * channels, (parts) => {
        backward.run.blockSums(...addresses(dy, ofX, ofMean), parts, ...sizes, 0, blocks);
        const to = addresses(dGamma, dBeta);
        backward.run.weightGradients(
          parts,
          blocks,
          ...addresses(ofVariance),
          epsilon,
          ...to,
          channels,
        );
      });
      const inputs = addresses(dy, ofX, ofMean, ofVariance, ofGamma);
      backward.run.inputGradient(...inputs, epsilon, ...addresses(...gradients), ...sizes, 0, rows);
      return [...gradients];
    };
    return {value, gradFunc};
  });
  return {y: normalise(x, gamma, beta), mean, variance};
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
    const normed = batchNorm(x, gamma.read(), beta.read(), epsilon);
    if (!normed) return undefined;
    move(movingMean, normed.mean, momentum);
    move(movingVariance, normed.variance, momentum);
    return normed.y;
  });
}

function move(weight: Weight, batch: tf.Tensor, momentum: number): void {
  const instance = batchNormOn(tf.backend());
  if (!instance) return;
  const {heap, run} = instance;
  const before = weight.read();
  const after = tf.engine().makeTensorFromTensorInfo(heap.output(before.shape));
  const [from, by, to] = [before, batch, after].map((tensor) => heap.address(tensor));
  run.average(from as number, by as number, 1 - momentum, to as number, before.size);
  weight.write(after);
}

/**
 * Lets batch norms of tf.layers run {@link batchNorm} in training mode, where the statistics are along
 * the last axis of a float32 tensor on wasm; all else is left to tf.layers.
 *
 * @returns Puts the class of the layers back as it was.
 */
export function hookBatchNorm(): () => void {
  const layers = batchNormClass();
  if (!layers) return () => undefined;
  const {call} = layers;
  const own: CallLayer = function (inputs, kwargs) {
    const pass = kwargs.training ? trainingPass(this, inputs) : undefined;
    return pass ?? call.call(this, inputs, kwargs);
  };
  const restore = swap(layers, {call: own});
  return () => {
    if (layers.call === own) restore(); // else somebody else's by now
  };
}
