import type * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {channelShape, leavesChannels} from '../composed/sum';
import {channelsOn} from './instance';

/** Sum over all axes but the last in SIMD, `otherwise` where that cannot run. */
export const simdSum =
  (otherwise: Kernel<tf.SumAttrs, {x: tf.Tensor}>): Kernel<tf.SumAttrs, {x: tf.Tensor}> =>
  (call, shipped) => {
    const x = call.inputs.x;
    const instance = channelsOn(call.backend);
    if (!instance || !leavesChannels(x, call.attrs)) return otherwise(call, shipped);
    const {heap, run} = instance;
    const channels = x.shape.at(-1) as number;
    const total = heap.output(channelShape(x, call.attrs));
    run.sumRows(heap.address(x), heap.address(total), x.size / channels, channels);
    return total;
  };
