import * as tf from '@tensorflow/tfjs-core';

import type {KernelSet} from '../core/computedOn';
import {avgPool3dGradient, avgPoolGradient} from './composed/avgPoolGradient';
import {batchMatMul} from './composed/batchMatMul';
import {anyAxisBatchNormGradient, batchNormGradient} from './composed/batchNormGradient';
import {batchNormInputs} from './composed/batchNormInputs';
import {BROADCAST_GRADIENTS} from './composed/broadcastGradients';
import {conv2dBackpropInput} from './composed/conv2dBackpropInput';
import {
  conv3dBackpropFilter,
  conv3dBackpropInput,
  conv3dGradient,
  conv3dTransposeGradient,
} from './composed/conv3d';
import {convFilterByConv} from './composed/convFilterByConv';
import {convFilterByTaps} from './composed/convFilterByTaps';
import {CONVOLUTION_GRADIENTS} from './composed/convolutionGradients';
import {COPYING_GRADIENTS} from './composed/copyingGradients';
import {cropAndResizeGradient, cropPicked} from './composed/cropAndResize';
import {cumsumGradient} from './composed/cumsumGradient';
import {depthwiseBackpropFilter, depthwiseBackpropInput} from './composed/depthwiseBackprop';
import {dilation2dBackpropFilter, dilation2dBackpropInput} from './composed/dilation2dGradients';
import {einsum, einsumGradient} from './composed/einsum';
import {emptyMatMul} from './composed/emptyMatMul';
import {evenMatMul} from './composed/evenMatMul';
import {FUSED, recording} from './composed/fusedGradients';
import {gather, gatherGradient} from './composed/gather';
import {type Gradient, type Kernel, runShipped} from './composed/kernel';
import {maxPool3d, maxPool3dGrad} from './composed/maxPool3d';
import {maxPoolGrad, maxPoolWithArgmaxGradient} from './composed/maxPoolGrad';
import {PICKING_GRADIENTS, updateCopy} from './composed/pickingGradients';
import {PRODUCT_GRADIENTS} from './composed/productGradients';
import {rightPool, sameDepthwisePadding, samePadding} from './composed/samePadding';
import {cast, identity} from './composed/sharing';
import {
  rotateGradient,
  transformByGather,
  transformGradient,
  transformOne,
} from './composed/transform';
import {unsortedSegmentSum} from './composed/unsortedSegmentSum';
import {ZERO_GRADIENTS} from './composed/zeroGradients';
import {
  gradientReplacement,
  hasKernel,
  kernelReplacement,
  nothing,
  stillRegistered,
  type Undo,
} from './registries';
import {hookTape} from './tape';

/** Kernels by name and backend. */
const KERNELS: Readonly<Record<string, Readonly<Record<string, Kernel>>>> = {
  cpu: {
    [tf.Conv2DBackpropFilter]: convFilterByTaps,
    [tf.TensorScatterUpdate]: updateCopy,
    [tf.Transform]: transformOne,
    // The kernel of tfjs goes through all values once for each segment.
    [tf.UnsortedSegmentSum]: unsortedSegmentSum,
  },
  wasm: {
    [tf.AvgPool]: rightPool,
    [tf.BatchMatMul]: emptyMatMul(batchMatMul),
    [tf.Cast]: cast,
    [tf.Conv2D]: samePadding,
    [tf.Conv2DBackpropFilter]: convFilterByConv,
    [tf.Conv2DBackpropInput]: conv2dBackpropInput,
    [tf.DepthwiseConv2dNative]: sameDepthwisePadding,
    [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
    [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
    [tf.Einsum]: einsum,
    [tf.FusedConv2D]: samePadding,
    [tf.FusedDepthwiseConv2D]: sameDepthwisePadding,
    [tf.GatherV2]: gather,
    [tf.Identity]: identity,
    [tf.MaxPool]: rightPool,
    [tf.MaxPoolGrad]: maxPoolGrad,
    [tf.Transform]: transformByGather,
    [tf.UnsortedSegmentSum]: unsortedSegmentSum,
    [tf.Conv3DBackpropFilterV2]: conv3dBackpropFilter,
    [tf.Conv3DBackpropInputV2]: conv3dBackpropInput,
    [tf.Dilation2DBackpropFilter]: dilation2dBackpropFilter,
    [tf.Dilation2DBackpropInput]: dilation2dBackpropInput,
    [tf._FusedMatMul]: emptyMatMul((call, shipped) => runShipped(shipped, call)),
    [tf.MaxPool3D]: maxPool3d,
    [tf.MaxPool3DGrad]: maxPool3dGrad,
  },
  webgl: {
    [tf.BatchMatMul]: evenMatMul,
    [tf.CropAndResize]: cropPicked,
    [tf.Dilation2DBackpropFilter]: dilation2dBackpropFilter,
    [tf.Dilation2DBackpropInput]: dilation2dBackpropInput,
    [tf._FusedMatMul]: evenMatMul,
  },
};

/** Kernels for every backend that has one of this name. */
const EVERYWHERE: Readonly<Record<string, Kernel>> = {
  [tf.Einsum]: einsum,
  [tf.FusedBatchNorm]: batchNormInputs,
};

/** Gradients by the kernel they belong to, where tfjs has none or a wrong one: for every backend. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  ...BROADCAST_GRADIENTS,
  ...CONVOLUTION_GRADIENTS,
  ...COPYING_GRADIENTS,
  ...PICKING_GRADIENTS,
  ...PRODUCT_GRADIENTS,
  ...ZERO_GRADIENTS,
  [tf.AvgPool]: avgPoolGradient,
  [tf.AvgPool3D]: avgPool3dGradient,
  [tf.Conv3D]: conv3dGradient,
  [tf.Conv3DBackpropInputV2]: conv3dTransposeGradient,
  [tf.CropAndResize]: cropAndResizeGradient,
  [tf.Cumsum]: cumsumGradient,
  [tf.Einsum]: einsumGradient,
  [tf.FusedBatchNorm]: anyAxisBatchNormGradient,
  [tf.GatherV2]: gatherGradient,
  [tf.RotateWithOffset]: rotateGradient,
  [tf.Transform]: transformGradient,
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmaxGradient,
};

const FASTER_GRADIENTS: Readonly<Record<string, Readonly<Record<string, Gradient>>>> = {
  wasm: {[tf.FusedBatchNorm]: batchNormGradient},
};

// A fused kernel goes around the one that computes, which may be this library's, too.
const RECORDS = Symbol.for('lt-robust.recordsFused');

/**
 * Prepares to put this library's kernels and gradients for a backend into tfjs's registries.
 *
 * @param faster - Kernels that go before the composed ones, or beside them.
 * @param fasterGradients - Likewise gradients; they hold for every backend.
 * @param set - What the faster ones are.
 * @returns Puts them in; only one who undoes each time before the next may do it more than once.
 */
export function prepareGradientKernels(
  backend: string,
  faster: Readonly<Record<string, Kernel>> = {},
  fasterGradients: Readonly<Record<string, Gradient>> = {},
  set: KernelSet = 'plain SIMD',
): () => Undo {
  const kernels = {...KERNELS[backend], ...faster};
  const gradients = {...GRADIENTS, ...FASTER_GRADIENTS[backend], ...fasterGradients};
  const where = (name: string, replace: () => Undo) => () =>
    hasKernel(name, backend) ? replace() : undefined;
  const replacements = [
    ...Object.entries(kernels).map(([name, kernel]) =>
      kernelReplacement(name, backend, kernel, undefined, name in faster ? set : 'composed'),
    ),
    ...Object.entries(EVERYWHERE).map(([name, kernel]) =>
      where(name, kernelReplacement(name, backend, kernel)),
    ),
    ...Object.entries(FUSED).map(([op, {kernelName}]) =>
      where(kernelName, kernelReplacement(kernelName, backend, recording(op), RECORDS)),
    ),
    ...Object.entries(gradients).map(([name, gradient]) => gradientReplacement(name, gradient)),
  ];
  const fused = Object.values(FUSED).map(({kernelName}) => kernelName);
  const names = [...Object.keys(kernels), ...Object.keys(EVERYWHERE), ...fused];
  // Set while all of them are registered for good, which is looked at for each step of an attack.
  let isSettled: (() => boolean) | undefined;
  return () => {
    if (isSettled?.() === true) return hookTape();
    const undo = replacements.map((replace) => replace());
    const isNothing = undo.every((each) => each === undefined || each === nothing);
    isSettled = isNothing ? stillRegistered(backend, names, Object.keys(gradients)) : undefined;
    undo.push(hookTape());
    return () => undo.reverse().forEach((restore) => restore?.());
  };
}

/** Puts them in, see {@link prepareGradientKernels}. */
export const installGradientKernels = (...given: Parameters<typeof prepareGradientKernels>): Undo =>
  prepareGradientKernels(...given)();
