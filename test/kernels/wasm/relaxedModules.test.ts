import * as tf from '@tensorflow/tfjs-core';
import {afterEach, expect, it} from 'vitest';

import {productsOn} from '../../../src/kernels/wasm/instance';
import {RELAXED_MODULES} from '../../../src/kernels/wasm/relaxedModules';
import {useRelaxed} from '../../../src/kernels/wasm/relaxedSimd';
import {backendOn, describeRelaxed, memoryOf, onWasm} from '../support';

afterEach(() => useRelaxed(undefined));

// 1 + 2^-12 squared is 1 + 2^-11 + 2^-24, of which a float32 keeps 1 + 2^-11.
const FACTOR = 1 + 2 ** -12;

/** -(1 + 2^-11) + FACTOR * FACTOR, as a product of matrices. */
function lastDigits(): number | undefined {
  const memory = memoryOf(false);
  const instance = productsOn(backendOn(memory).backend);
  const values = new Float32Array(memory.buffer);
  values.set([-(1 + 2 ** -11), FACTOR], 64);
  values.set([1, FACTOR], 68);
  instance?.run.multiplyBatch(1, 1, 1, 2, 256, 0, 2, 1, 272, 0, 1, 1, 512, 1024);
  return values[128];
}

it('is not used unless it is chosen', () => {
  expect(Object.keys(RELAXED_MODULES)).toContain('products');
  expect(Math.abs(lastDigits() ?? NaN)).toBe(0);
});

describeRelaxed('RELAXED_MODULES', () => {
  it('rounds once, where the processor can', () => {
    useRelaxed(RELAXED_MODULES);
    expect([0, 2 ** -24]).toContain(lastDigits());
    useRelaxed(undefined);
    expect(Math.abs(lastDigits() ?? NaN)).toBe(0);
  });
});

onWasm('modules of both sets', () => {
  it('share a backend, each with its own instance', () => {
    const plain = productsOn(tf.backend());
    useRelaxed(RELAXED_MODULES);
    const relaxed = productsOn(tf.backend());
    expect(relaxed).not.toBe(plain);
    useRelaxed(undefined);
    expect(productsOn(tf.backend())?.run).toBeDefined();
  });
});
