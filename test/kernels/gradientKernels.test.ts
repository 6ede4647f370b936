import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {installGradientKernels} from '../../src/kernels/gradientKernels';
import {expectSameRegistries, registries} from './support';

/** Names of what an installation puts in. */
function installed(backend: string): string[] {
  const before = registries();
  const restore = installGradientKernels(backend);
  const changed = [...registries()].filter(([key, config]) => before.get(key) !== config);
  restore();
  expectSameRegistries(before);
  return changed.map(([key]) => key).filter((key) => key.includes(' '));
}

describe('installGradientKernels', () => {
  it('has a set for cpu', () => {
    expect(installed('cpu')).toEqual([
      'cpu Conv2DBackpropFilter',
      'cpu Einsum',
      'cpu FusedBatchNorm',
      'cpu FusedConv2D',
      'cpu FusedDepthwiseConv2D',
      'cpu TensorScatterUpdate',
      'cpu Transform',
      'cpu UnsortedSegmentSum',
      'cpu _FusedMatMul',
    ]);
  });

  it('has a set for wasm', () => {
    expect(installed('wasm')).toEqual([
      'wasm AvgPool',
      'wasm BatchMatMul',
      'wasm Cast',
      'wasm Conv2D',
      'wasm Conv2DBackpropFilter',
      'wasm Conv2DBackpropInput',
      'wasm Conv3DBackpropFilterV2',
      'wasm Conv3DBackpropInputV2',
      'wasm DepthwiseConv2dNative',
      'wasm DepthwiseConv2dNativeBackpropFilter',
      'wasm DepthwiseConv2dNativeBackpropInput',
      'wasm Dilation2DBackpropFilter',
      'wasm Dilation2DBackpropInput',
      'wasm Einsum',
      // Only where the backend is loaded.
      ...(tf.findBackend('wasm') ? ['wasm FusedBatchNorm'] : []),
      'wasm FusedConv2D',
      'wasm FusedDepthwiseConv2D',
      'wasm GatherV2',
      'wasm Identity',
      'wasm MaxPool',
      'wasm MaxPool3D',
      'wasm MaxPool3DGrad',
      'wasm MaxPoolGrad',
      'wasm Transform',
      'wasm UnsortedSegmentSum',
      'wasm _FusedMatMul',
    ]);
  });

  it('has a set for webgl', () => {
    expect(installed('webgl')).toEqual([
      'webgl BatchMatMul',
      'webgl CropAndResize',
      'webgl Dilation2DBackpropFilter',
      'webgl Dilation2DBackpropInput',
      'webgl _FusedMatMul',
    ]);
  });

  it('replaces gradients that are wrong on every backend', () => {
    const names = [
      tf.AvgPool,
      tf.AvgPool3D,
      tf.Cumsum,
      tf.MirrorPad,
      tf.ResizeBilinear,
      tf.ResizeNearestNeighbor,
    ];
    const shipped = names.map((name) => tf.getGradient(name));
    const restore = installGradientKernels('webgl');
    names.forEach((name, i) => expect(tf.getGradient(name)).not.toBe(shipped[i]));
    restore();
    names.forEach((name, i) => expect(tf.getGradient(name)).toBe(shipped[i]));
  });

  it('puts no gradient in where tfjs has none registered', () => {
    const shipped = tf.getGradient(tf.AvgPool);
    tf.unregisterGradient(tf.AvgPool);
    const restore = installGradientKernels('cpu');
    expect(tf.getGradient(tf.AvgPool)).toBeUndefined();
    restore();
    expect(tf.getGradient(tf.AvgPool)).toBeUndefined();
    tf.registerGradient(shipped);
  });

  it('has gradients of operations that tfjs has none of', () => {
    const names = [tf.Greater, tf.Einsum, tf.TopK, tf.StridedSlice, tf.Cumprod, tf.CropAndResize];
    const restore = installGradientKernels('webgl');
    names.forEach((name) => expect(tf.getGradient(name).kernelName).toBe(name));
    restore();
    names.forEach((name) => expect(tf.getGradient(name)).toBeUndefined());
  });

  it('replaces the gradient of batch norm on every backend, and puts it back', () => {
    const shipped = tf.getGradient(tf.FusedBatchNorm);
    const [cpu, wasm] = ['cpu', 'wasm'].map((backend) => {
      const restore = installGradientKernels(backend);
      const inside = tf.getGradient(tf.FusedBatchNorm);
      restore();
      return inside;
    });
    expect(cpu).not.toBe(shipped);
    expect(wasm).not.toBe(shipped);
    expect(tf.getGradient(tf.FusedBatchNorm)).toBe(shipped);
  });

  it('keeps what else a shipped kernel is registered with', () => {
    const setupFunc = () => undefined;
    const kernelFunc = () => tf.scalar(1);
    const config = {kernelName: tf.FusedConv2D, backendName: 'webgl', setupFunc, kernelFunc};
    tf.registerKernel(config);
    const restore = installGradientKernels('webgl');
    expect(tf.getKernel(tf.FusedConv2D, 'webgl').kernelFunc).not.toBe(kernelFunc);
    expect(tf.getKernel(tf.FusedConv2D, 'webgl').setupFunc).toBe(setupFunc);
    restore();
    expect(tf.getKernel(tf.FusedConv2D, 'webgl')).toBe(config);
    tf.unregisterKernel(tf.FusedConv2D, 'webgl');
  });
});
