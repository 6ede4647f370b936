import type * as tf from '@tensorflow/tfjs-core';

import {batchNormInputs, type BatchNormInputs} from '../composed/batchNormInputs';
import {type Kernel, runShipped} from '../composed/kernel';
import {batchNormOn} from './batchNorm';
import {relaxedInUse} from './relaxedSimd';

type BatchNormKernel = Kernel<Partial<tf.FusedBatchNormAttrs>, BatchNormInputs>;

/**
 * Batch norm by given statistics of the last axis, in SIMD. In the plain set with the digits of tfjs's
 * kernel, which goes from value to value; in the relaxed set by one product for each value.
 */
const fused: BatchNormKernel = (call, shipped) => {
  const {x, mean, variance, scale, offset} = call.inputs;
  const instance = batchNormOn(call.backend);
  const channels = x.shape.at(-1) ?? 0;
  const ofChannels = [mean, variance, scale, offset].flatMap((each) => each ?? []);
  const isPlain =
    ofChannels.length === 4 &&
    ofChannels.every(({shape}) => shape.length === 1 && shape[0] === channels) &&
    [x, ...ofChannels].every(({dtype}) => dtype === 'float32') &&
    x.size > 0;
  if (!instance || !isPlain) return runShipped(shipped, call);
  const {heap, run} = instance;
  const {varianceEpsilon = 1e-3} = call.attrs;
  const y = heap.output(x.shape);
  const normalise = relaxedInUse() ? run.normalise : run.normaliseAlike;
  const weights = [mean, variance, scale, offset].map((each) => (each ? heap.address(each) : 0));
  const sizes = [x.size / channels, channels];
  normalise(heap.address(x), ...weights, varianceEpsilon, heap.address(y), ...sizes);
  return y;
};

/** FusedBatchNorm in SIMD, tfjs's own where that cannot run; inputs that are missing are filled in. */
export const simdBatchNorm: BatchNormKernel = (call, shipped) =>
  batchNormInputs(call, () => fused(call, shipped));
