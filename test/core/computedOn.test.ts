import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {alsoComputedOn, computedOn, kernelsInUse} from '../../src/core/computedOn';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';

const isWasm = tf.getBackend() === 'wasm';

describe('kernelsInUse', () => {
  it('is what is registered', async () => {
    expect(kernelsInUse()).toBe('composed');
    const undo = await registerGradientKernels({simd: 'plain'});
    expect(kernelsInUse()).toBe(isWasm ? 'plain SIMD' : 'composed');
    undo();
    expect(kernelsInUse()).toBe('composed');
  });
});

describe('computedOn', () => {
  it('names the backend, and on wasm the kernels', async () => {
    expect(computedOn()).toBe(isWasm ? 'wasm, composed kernels' : 'cpu');
    const undo = await registerGradientKernels({simd: 'plain'});
    expect(computedOn()).toBe(isWasm ? 'wasm, plain SIMD kernels' : 'cpu');
    undo();
  });
});

describe('alsoComputedOn', () => {
  it('lists each once', () => {
    expect(alsoComputedOn(undefined)).toEqual([computedOn()]);
    expect(alsoComputedOn(['webgpu', computedOn()])).toEqual(['webgpu', computedOn()]);
  });
});
