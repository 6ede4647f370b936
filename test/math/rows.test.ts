import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {blendRows, liesInMemory, takeRows} from '../../src/math/rows';
import {kernelsOf} from '../support/kernelsOf';
import {expectNoLeak, int, numbers} from '../support/tensors';

describe('blendRows', () => {
  it.each([
    {isChosen: [true, false], expected: [1, 2, 7, 8]},
    {isChosen: [false, true], expected: [5, 6, 3, 4]},
    {isChosen: [true, true], expected: [1, 2, 3, 4]},
    {isChosen: [false, false], expected: [5, 6, 7, 8]},
  ])('takes $isChosen', ({isChosen, expected}) => {
    const chosen = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
    const other = tf.tensor4d([5, 6, 7, 8], [2, 1, 2, 1]);
    const before = tf.memory().numTensors;
    const blended = blendRows(chosen, other, isChosen);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(blended.shape).toEqual([2, 1, 2, 1]);
    // A tensor of its own, whichever it is of.
    tf.dispose([chosen, other]);
    expect(numbers(blended)).toEqual(expected);
    blended.dispose();
  });

  it('takes nothing of the other where all are of one, NaN included', () => {
    tf.tidy(() => {
      const finite = tf.tensor2d([[1], [2]]);
      const broken = tf.tensor2d([[NaN], [Infinity]]);
      expect(numbers(blendRows(finite, broken, [true, true]))).toEqual([1, 2]);
      expect(numbers(blendRows(broken, finite, [false, false]))).toEqual([1, 2]);
    });
  });

  it('is exact', () => {
    tf.tidy(() => {
      const chosen = tf.tensor2d([[0.1], [8 / 255]]);
      const other = tf.tensor2d([[1e-30], [1 / 3]]);
      expect(numbers(blendRows(chosen, other, [false, true]))).toEqual([
        Math.fround(1e-30),
        Math.fround(8 / 255),
      ]);
    });
  });
});

it('liesInMemory says whether reading is copying', () => {
  // The browser tests ask the same of webgl and webgpu.
  expect(liesInMemory()).toBe(tf.getBackend() !== 'tensorflow');
});

// The cpu backend under the name of one whose tensors JavaScript does not reach.
async function onAnotherBackend(body: () => void): Promise<void> {
  const backend = tf.backend() as unknown as {constructor: new () => tf.KernelBackend};
  tf.copyRegisteredKernels('cpu', 'far');
  tf.registerBackend('far', () => new backend.constructor());
  try {
    await tf.setBackend('far');
    body();
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend('far');
    for (const {kernelName} of tf.getKernelsForBackend('far')) {
      tf.unregisterKernel(kernelName, 'far');
    }
  }
}

it.runIf(tf.getBackend() === 'cpu')('takes rows by kernels where reading is costly', async () => {
  await onAnotherBackend(() => {
    expect(liesInMemory()).toBe(false);
    const images = tf.tensor4d([1, 2, 3, 4, 5, 6], [3, 1, 2, 1]);
    const before = tf.memory().numTensors;
    let taken: tf.Tensor4D | undefined;
    const kernels = kernelsOf(() => (taken = takeRows(images, Int32Array.of(2, 0, 2))));
    expect(kernels).toContain('GatherV2');
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([taken?.shape, taken && numbers(taken)]).toEqual([[3, 1, 2, 1], [5, 6, 1, 2, 5, 6]]); // prettier-ignore
    tf.dispose([images, taken]);
  });
});

describe('takeRows', () => {
  it('takes rows in any order, as often as asked, of either type', async () => {
    const images = tf.tensor4d([1, 2, 3, 4, 5, 6], [3, 1, 2, 1]);
    const classes = int([7, 8, 9]);
    await expectNoLeak(() => {
      const taken = takeRows(images, Int32Array.of(2, 0, 2, 2));
      expect(taken.shape).toEqual([4, 1, 2, 1]);
      expect(taken.dtype).toBe('float32');
      expect(numbers(taken)).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
      const labels = takeRows(classes, Int32Array.of(1));
      expect([labels.dtype, labels.shape, numbers(labels)]).toEqual(['int32', [1], [8]]);
      tf.dispose([taken, labels]);
    });
    // Copies: they outlive what they are of.
    const taken = takeRows(images, Int32Array.of(0, 1, 2));
    images.dispose();
    expect(numbers(taken)).toEqual([1, 2, 3, 4, 5, 6]);
    tf.dispose([taken, classes]);
  });
});
