import * as tf from '@tensorflow/tfjs-core';

import {avgPoolGradient} from './composed/avgPoolGradient';
import {batchMatMul} from './composed/batchMatMul';
import {batchNormGradient} from './composed/batchNormGradient';
import {conv2dBackpropInput} from './composed/conv2dBackpropInput';
import {convFilterByConv} from './composed/convFilterByConv';
import {convFilterByTaps} from './composed/convFilterByTaps';
import {
  mirrorPadGradient,
  resizeBilinearGradient,
  resizeNearestGradient,
} from './composed/copyingGradients';
import {depthwiseBackpropFilter, depthwiseBackpropInput} from './composed/depthwiseBackprop';
import type {Gradient, Kernel} from './composed/kernel';
import {maxPoolGrad} from './composed/maxPoolGrad';
import {refuse} from './composed/refuse';
import {unsortedSegmentSum} from './composed/unsortedSegmentSum';

/** Kernels by name and backend. */
const KERNELS: Readonly<Record<string, Readonly<Record<string, Kernel>>>> = {
  cpu: {
    [tf.Conv2DBackpropFilter]: convFilterByTaps,
  },
  wasm: {
    [tf.BatchMatMul]: batchMatMul,
    [tf.Conv2DBackpropFilter]: convFilterByConv,
    [tf.Conv2DBackpropInput]: conv2dBackpropInput,
    [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
    [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
    [tf.MaxPoolGrad]: maxPoolGrad,
    [tf.UnsortedSegmentSum]: unsortedSegmentSum,
    [tf.Conv3DBackpropInputV2]: refuse,
    [tf.Dilation2DBackpropFilter]: refuse,
    [tf.Dilation2DBackpropInput]: refuse,
    [tf.MaxPool3DGrad]: refuse,
  },
};

/** Gradients by the kernel they belong to, where tfjs's are wrong: for every backend. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.AvgPool]: avgPoolGradient,
  [tf.MirrorPad]: mirrorPadGradient,
  [tf.ResizeBilinear]: resizeBilinearGradient,
  [tf.ResizeNearestNeighbor]: resizeNearestGradient,
};

const FASTER_GRADIENTS: Readonly<Record<string, Readonly<Record<string, Gradient>>>> = {
  wasm: {[tf.FusedBatchNorm]: batchNormGradient},
};

// Right for a weight gradient that nobody asked for; where one is asked for, tfjs finds the wrong
// shape and throws, instead of training on zeros.
const notComputed: Kernel = () => tf.scalar(0);

const WITHOUT_WEIGHTS = {
  [tf.Conv2DBackpropFilter]: notComputed,
  [tf.DepthwiseConv2dNativeBackpropFilter]: notComputed,
};

function removeKernel(kernelName: string, backendName: string): tf.KernelConfig | undefined {
  const previous = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (previous) tf.unregisterKernel(kernelName, backendName);
  return previous;
}

// Registered by this library, perhaps by another copy of it, for good: a scope leaves it.
const OURS = Symbol.for('lt-robust.gradientKernels');

/** Replaces a kernel; what is registered goes first, since tfjs warns when it is overwritten. */
function replaceKernel(kernelName: string, backendName: string, kernel: Kernel): () => void {
  const shipped = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (shipped && OURS in shipped.kernelFunc && kernel !== notComputed) return () => undefined;
  removeKernel(kernelName, backendName);
  const kernelFunc: tf.KernelFunc = (call) => kernel(call as never, shipped?.kernelFunc);
  const marked = kernel === notComputed ? kernelFunc : Object.assign(kernelFunc, {[OURS]: true});
  tf.registerKernel({...shipped, kernelName, backendName, kernelFunc: marked});
  return () => {
    removeKernel(kernelName, backendName);
    if (shipped) tf.registerKernel(shipped);
  };
}

/** Replaces a gradient; where tfjs's gradients are not loaded, none is put in. */
function replaceGradient(kernelName: string, gradient: Gradient): () => void {
  const shipped = tf.getGradient(kernelName) as tf.GradConfig | undefined;
  if (!shipped || OURS in shipped.gradFunc) return () => undefined;
  tf.unregisterGradient(kernelName);
  const config = gradient(shipped);
  Object.assign(config.gradFunc, {[OURS]: true});
  tf.registerGradient(config);
  return () => {
    tf.unregisterGradient(kernelName);
    tf.registerGradient(shipped);
  };
}

/**
 * Puts this library's kernels and gradients for a backend into tfjs's registries.
 *
 * @param faster - Kernels that go before the composed ones, or beside them.
 * @returns Puts back exactly what was there.
 */
export function installGradientKernels(
  backend: string,
  inputOnly: boolean,
  faster: Readonly<Record<string, Kernel>> = {},
): () => void {
  const kernels = {...KERNELS[backend], ...(inputOnly ? WITHOUT_WEIGHTS : {})};
  const gradients = {...GRADIENTS, ...FASTER_GRADIENTS[backend]};
  const undo = [
    // Of two of one name, the first stays.
    ...[...Object.entries(faster), ...Object.entries(kernels)].map(([name, kernel]) =>
      replaceKernel(name, backend, kernel),
    ),
    ...Object.entries(gradients).map(([name, gradient]) => replaceGradient(name, gradient)),
  ];
  return () => undo.forEach((restore) => restore());
}
