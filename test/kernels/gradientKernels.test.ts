import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {installGradientKernels} from '../../src/kernels/gradientKernels';
import {expectSameRegistries, registries} from './support';

/** Names of what an installation puts in. */
function installed(backend: string, inputOnly: boolean): string[] {
  const before = registries();
  const restore = installGradientKernels(backend, inputOnly);
  const changed = [...registries()].filter(([key, config]) => before.get(key) !== config);
  restore();
  expectSameRegistries(before);
  return changed.map(([key]) => key).filter((key) => key.includes(' '));
}

describe('installGradientKernels', () => {
  it('has a set for cpu', () => {
    expect(installed('cpu', false)).toEqual(['cpu Conv2DBackpropFilter']);
    expect(installed('cpu', true)).toEqual([
      'cpu Conv2DBackpropFilter',
      'cpu DepthwiseConv2dNativeBackpropFilter',
    ]);
  });

  it.each([false, true])('has a set for wasm (inputOnly %s)', (inputOnly) => {
    expect(installed('wasm', inputOnly)).toEqual([
      'wasm BatchMatMul',
      'wasm Conv2DBackpropFilter',
      'wasm Conv2DBackpropInput',
      'wasm Conv3DBackpropInputV2',
      'wasm DepthwiseConv2dNativeBackpropFilter',
      'wasm DepthwiseConv2dNativeBackpropInput',
      'wasm Dilation2DBackpropFilter',
      'wasm Dilation2DBackpropInput',
      'wasm MaxPool3DGrad',
      'wasm MaxPoolGrad',
      'wasm UnsortedSegmentSum',
    ]);
  });

  it('replaces gradients that are wrong on every backend', () => {
    const names = [tf.AvgPool, tf.MirrorPad, tf.ResizeBilinear, tf.ResizeNearestNeighbor];
    const shipped = names.map((name) => tf.getGradient(name));
    const restore = installGradientKernels('webgl', false);
    names.forEach((name, i) => expect(tf.getGradient(name)).not.toBe(shipped[i]));
    restore();
    names.forEach((name, i) => expect(tf.getGradient(name)).toBe(shipped[i]));
  });

  it('puts no gradient in where tfjs has none registered', () => {
    const shipped = tf.getGradient(tf.AvgPool);
    tf.unregisterGradient(tf.AvgPool);
    const restore = installGradientKernels('cpu', false);
    expect(tf.getGradient(tf.AvgPool)).toBeUndefined();
    restore();
    expect(tf.getGradient(tf.AvgPool)).toBeUndefined();
    tf.registerGradient(shipped);
  });

  it('replaces the gradient of batch norm for wasm only', () => {
    const shipped = tf.getGradient(tf.FusedBatchNorm);
    const [cpu, wasm] = ['cpu', 'wasm'].map((backend) => {
      const restore = installGradientKernels(backend, false);
      const inside = tf.getGradient(tf.FusedBatchNorm);
      restore();
      return inside;
    });
    expect(cpu).toBe(shipped);
    expect(wasm).not.toBe(shipped);
    expect(tf.getGradient(tf.FusedBatchNorm)).toBe(shipped);
  });

  it('leaves weight gradients out on any backend when told to', () => {
    expect(installed('webgl', false)).toEqual([]);
    expect(installed('webgl', true)).toEqual([
      'webgl Conv2DBackpropFilter',
      'webgl DepthwiseConv2dNativeBackpropFilter',
    ]);
  });

  it('keeps what else a shipped kernel is registered with', () => {
    const setupFunc = () => undefined;
    const config = {kernelName: tf.Conv2DBackpropFilter, backendName: 'webgl', setupFunc};
    tf.registerKernel({...config, kernelFunc: () => tf.scalar(1)});
    const restore = installGradientKernels('webgl', true);
    expect(tf.getKernel(tf.Conv2DBackpropFilter, 'webgl').setupFunc).toBe(setupFunc);
    restore();
    tf.unregisterKernel(tf.Conv2DBackpropFilter, 'webgl');
  });
});
