import * as tf from '@tensorflow/tfjs-core';

import {at, entryOf} from '../../core/at';
import {sumTo} from './broadcastGradients';
import {dilatedGradients} from './dilatedConvolution';
import {type Kernel, runShipped} from './kernel';
import {refused} from './refuse';

type GradFunc = tf.GradConfig['gradFunc'];

const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);

/**
 * Gradient of a fused convolution, whose two gradient kernels have names that start with
 * `backprop`.
 */
const convolution =
  (backprop: string) =>
  (attrs: tf.FusedConv2DAttrs): GradFunc =>
  (dys, saved) => {
    const [filter, x, y, bias] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor?];
    const {dataFormat, dilations} = attrs;
    if (dataFormat !== 'NHWC') {
      refused(
        'FusedConv2D',
        `there is none for images of the format ${dataFormat}`,
        "Use tf.conv2d, or images with channels last: dataFormat 'NHWC'.",
      );
    }
    // For a single image the value lacks the batch axis that the saved one has.
    const dy = () => tf.reshape(dys as tf.Tensor, y.shape);
    const isDepthwise = backprop.startsWith('Depthwise');
    const dilated = tf.backend_util.tupleValuesAreOne(dilations)
      ? undefined
      : dilatedGradients(x, filter, dy() as tf.Tensor4D, attrs, isDepthwise);
    return {
      0:
        dilated?.x ??
        (() => run(`${backprop}Input`, {dy: dy(), filter}, {...attrs, inputShape: x.shape})),
      1:
        dilated?.filter ??
        (() => run(`${backprop}Filter`, {x, dy: dy()}, {...attrs, filterShape: filter.shape})),
      2: () => tf.backend_util.getFusedBiasGradient(bias as tf.Tensor, dy()),
    };
  };

const product =
  ({transposeA, transposeB}: tf._FusedMatMulAttrs): GradFunc =>
  (dys, saved) => {
    const [a, b, y, bias] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const dy = () => tf.reshape(dys as tf.Tensor, y.shape);
    return {
      0: () =>
        sumTo(
          transposeA
            ? tf.matMul(b, dy(), transposeB, true)
            : tf.matMul(dy(), b, false, !transposeB),
          a.shape,
        ),
      1: () =>
        sumTo(
          transposeB
            ? tf.matMul(dy(), a, true, transposeA)
            : tf.matMul(a, dy(), !transposeA, false),
          b.shape,
        ),
      2: () => tf.backend_util.getFusedBiasGradient(bias as tf.Tensor, dy()),
    };
  };

/** The kernel of a fused operation, and its gradient. */
interface Fused {
  readonly kernelName: string;
  readonly gradientOf: (attrs: never) => GradFunc;
}

/**
 * Fused operations, of which `tf.layers` is made, by the name that they have on tfjs's tape. The
 * gradients that tfjs ships compute those of weights and biases even if only that of the input is
 * asked for, and have no dilation; these compute each when it is asked for.
 */
export const FUSED: Readonly<Record<string, Fused>> = {
  fusedConv2d__op: {
    kernelName: tf.FusedConv2D,
    gradientOf: convolution('Conv2DBackprop'),
  },
  fusedDepthwiseConv2d__op: {
    kernelName: tf.FusedDepthwiseConv2D,
    gradientOf: convolution('DepthwiseConv2dNativeBackprop'),
  },
  fusedMatMul__op: {kernelName: tf._FusedMatMul, gradientOf: product},
};

// The call of a fused kernel that the tape is about to be told of, as the kernel recorded it.
let last: {readonly op: string; readonly first: tf.Tensor; readonly gradFunc: GradFunc} | undefined;

/** The kernel of a fused operation, which records how it was called. */
export const recording =
  (op: string): Kernel<never, Readonly<Record<string, tf.Tensor>>> =>
  (call, shipped) => {
    const {gradientOf} = entryOf(FUSED, op);
    const first = at(Object.values(call.inputs), 0);
    last = {op, first, gradFunc: gradientOf(call.attrs)};
    return runShipped(shipped, call);
  };

/** The gradient of the call that was recorded last, if this is the one that the tape is told of. */
export function recordedGradient(op: string, inputs: tf.NamedTensorMap): GradFunc | undefined {
  if (last?.op !== op || last.first !== Object.values(inputs)[0]) return undefined;
  const {gradFunc} = last;
  last = undefined;
  return gradFunc;
}
