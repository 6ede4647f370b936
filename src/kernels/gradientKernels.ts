import * as tf from '@tensorflow/tfjs-core';

import {avgPool3dGradient, avgPoolGradient} from './composed/avgPoolGradient';
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
import {cumsumGradient} from './composed/cumsumGradient';
import {depthwiseBackpropFilter, depthwiseBackpropInput} from './composed/depthwiseBackprop';
import {evenMatMul} from './composed/evenMatMul';
import {FUSED_GRADIENTS, type FusedGradient} from './composed/fusedGradients';
import type {Gradient, Kernel} from './composed/kernel';
import {maxPoolGrad} from './composed/maxPoolGrad';
import {refuse} from './composed/refuse';
import {sameDepthwisePadding, samePadding} from './composed/samePadding';
import {cast, identity} from './composed/sharing';
import {unsortedSegmentSum} from './composed/unsortedSegmentSum';

/** Kernels by name and backend. */
const KERNELS: Readonly<Record<string, Readonly<Record<string, Kernel>>>> = {
  cpu: {
    [tf.Conv2DBackpropFilter]: convFilterByTaps,
  },
  wasm: {
    [tf.BatchMatMul]: batchMatMul,
    [tf.Cast]: cast,
    [tf.Conv2D]: samePadding,
    [tf.Conv2DBackpropFilter]: convFilterByConv,
    [tf.Conv2DBackpropInput]: conv2dBackpropInput,
    [tf.DepthwiseConv2dNative]: sameDepthwisePadding,
    [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
    [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
    [tf.FusedConv2D]: samePadding,
    [tf.FusedDepthwiseConv2D]: sameDepthwisePadding,
    [tf.Identity]: identity,
    [tf.MaxPoolGrad]: maxPoolGrad,
    [tf.UnsortedSegmentSum]: unsortedSegmentSum,
    [tf.Conv3DBackpropInputV2]: refuse,
    [tf.Dilation2DBackpropFilter]: refuse,
    [tf.Dilation2DBackpropInput]: refuse,
    [tf.MaxPool3DGrad]: refuse,
  },
  webgl: {
    [tf.BatchMatMul]: evenMatMul,
    [tf._FusedMatMul]: evenMatMul,
  },
};

/** Gradients by the kernel they belong to, where tfjs's are wrong: for every backend. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.AvgPool]: avgPoolGradient,
  [tf.AvgPool3D]: avgPool3dGradient,
  [tf.Cumsum]: cumsumGradient,
  [tf.MirrorPad]: mirrorPadGradient,
  [tf.ResizeBilinear]: resizeBilinearGradient,
  [tf.ResizeNearestNeighbor]: resizeNearestGradient,
};

const FASTER_GRADIENTS: Readonly<Record<string, Readonly<Record<string, Gradient>>>> = {
  wasm: {[tf.FusedBatchNorm]: batchNormGradient},
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
  const shipped = removeKernel(kernelName, backendName);
  const kernelFunc: tf.KernelFunc = (call) => kernel(call as never, shipped?.kernelFunc);
  Object.assign(kernelFunc, {[OURS]: true});
  tf.registerKernel({...shipped, kernelName, backendName, kernelFunc});
  return () => {
    removeKernel(kernelName, backendName);
    if (shipped) tf.registerKernel(shipped);
  };
}

const isOurs = (kernelName: string, backendName: string): boolean => {
  const shipped = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  return shipped !== undefined && OURS in shipped.kernelFunc;
};

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
 * @param fasterGradients - Likewise gradients; they hold for every backend.
 * @returns Puts back exactly what was there.
 */
export function installGradientKernels(
  backend: string,
  faster: Readonly<Record<string, Kernel>> = {},
  fasterGradients: Readonly<Record<string, Gradient>> = {},
): () => void {
  const kernels = KERNELS[backend] ?? {};
  const gradients = {...GRADIENTS, ...FASTER_GRADIENTS[backend], ...fasterGradients};
  const undo = [
    // Of two of one name, the first stays.
    ...[...Object.entries(faster), ...Object.entries(kernels)].map(([name, kernel]) =>
      isOurs(name, backend) ? () => undefined : replaceKernel(name, backend, kernel),
    ),
    ...Object.entries(gradients).map(([name, gradient]) => replaceGradient(name, gradient)),
  ];
  return () => undo.forEach((restore) => restore());
}

/** Puts in the gradient of a fused operation; where there is one, another copy of us did. */
function addFusedGradient(backend: string, {kernelName, kernel, gradient}: FusedGradient) {
  const isMissing = (tf.getKernel(kernelName, backend) as unknown) === undefined;
  if (isMissing || (tf.getGradient(gradient.kernelName) as unknown)) return () => undefined;
  const restore = replaceKernel(kernelName, backend, kernel);
  tf.registerGradient(gradient);
  return () => {
    tf.unregisterGradient(gradient.kernelName);
    restore();
  };
}

/**
 * Puts in gradients of fused operations that compute only what is asked for. They hold for one
 * backend, while gradients are registered for all: so for a scope only, never for good.
 *
 * @returns Puts back exactly what was there.
 */
export function installFusedGradients(backend: string): () => void {
  const undo = FUSED_GRADIENTS.map((fused) => addFusedGradient(backend, fused));
  return () => undo.forEach((restore) => restore());
}
