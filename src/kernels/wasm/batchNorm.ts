import * as tf from '@tensorflow/tfjs-core';

import {type BatchNormed, gradientsOfBatchNorm} from '../composed/batchNormOfBatch';
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
): BatchNormed | undefined {
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
      if (isTaping()) return gradientsOfBatchNorm(dy, ofX, ofGamma, epsilon);
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

/** before + (batch − before) share, on the memory of the wasm backend; `undefined` where it cannot run. */
export function movingAverage(
  before: tf.Tensor,
  batch: tf.Tensor,
  share: number,
): tf.Tensor | undefined {
  const instance = batchNormOn(tf.backend());
  if (!instance) return undefined;
  const {heap, run} = instance;
  const after = tf.engine().makeTensorFromTensorInfo(heap.output(before.shape));
  const [from, by, to] = [before, batch, after].map((tensor) => heap.address(tensor));
  run.average(from as number, by as number, share, to as number, before.size);
  return after;
}
