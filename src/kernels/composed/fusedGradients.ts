import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

type GradFunc = tf.GradConfig['gradFunc'];

const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);

/** Of a fused convolution; its two gradient kernels have names that start with `backprop`. */
const convolution =
  (backprop: string) =>
  (attrs: tf.FusedConv2DAttrs): GradFunc =>
  (dys, saved) => {
    const [filter, x, y, bias] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor?];
    const {dataFormat, dilations} = attrs;
    if (dataFormat !== 'NHWC' || !tf.backend_util.tupleValuesAreOne(dilations)) {
      throw new Error(
        'Error in gradient of fused conv2d: only NHWC without dilation is supported, got ' +
          `${dataFormat} and dilations '${String(dilations)}'`,
      );
    }
    // Of a single image, the value lacks the batch that is saved.
    const dy = () => tf.reshape(dys as tf.Tensor, y.shape);
    return {
      0: () => run(`${backprop}Input`, {dy: dy(), filter}, {...attrs, inputShape: x.shape}),
      1: () => run(`${backprop}Filter`, {x, dy: dy()}, {...attrs, filterShape: filter.shape}),
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
        transposeA ? tf.matMul(b, dy(), transposeB, true) : tf.matMul(dy(), b, false, !transposeB),
      1: () =>
        transposeB ? tf.matMul(dy(), a, true, transposeA) : tf.matMul(a, dy(), !transposeA, false),
      2: () => tf.backend_util.getFusedBiasGradient(bias as tf.Tensor, dy()),
    };
  };

/** A gradient that computes only what is asked for, and the kernel that has to be run with it. */
export interface FusedGradient {
  /** The kernel; it takes down how it was called. */
  readonly kernelName: string;
  readonly kernel: Kernel;
  /** The gradient of the call taken down last, under the name that the op has on tfjs's tape. */
  readonly gradient: tf.GradConfig;
}

function lazy<A>(
  kernelName: string,
  op: string,
  gradientOf: (attrs: A) => GradFunc,
): FusedGradient {
  let last: GradFunc | undefined;
  return {
    kernelName,
    kernel: (call, shipped) => {
      last = gradientOf(call.attrs as A);
      return (shipped as tf.KernelFunc)(call as never) as tf.TensorInfo;
    },
    gradient: {
      kernelName: `${op}__op`,
      // tfjs reads this as soon as the kernel has run.
      get gradFunc() {
        return last as GradFunc;
      },
    },
  };
}

/**
 * Gradients of the fused operations, of which `tf.layers` is made. The ones that tfjs ships compute
 * the gradients of weights and biases also where only that of the input is asked for; these compute
 * each when it is asked for, and so are right also where a weight depends on the input.
 *
 * tfjs looks a gradient up by the name of its kernel or, for operations that bring their own, of the
 * operation; where a future one does not, it goes on with its own.
 */
export const FUSED_GRADIENTS: readonly FusedGradient[] = [
  lazy(tf.FusedConv2D, 'fusedConv2d', convolution('Conv2DBackprop')),
  lazy(
    tf.FusedDepthwiseConv2D,
    'fusedDepthwiseConv2d',
    convolution('DepthwiseConv2dNativeBackprop'),
  ),
  lazy(tf._FusedMatMul, 'fusedMatMul', product),
];
