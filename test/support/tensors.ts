import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'vitest';

/** int32 labels. */
export const int = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

/** All values of a tensor, as plain numbers. */
export const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

/** Expects each value within `tolerance` of the expected one, relative to max(1, |expected|). */
export function expectClose(
  actual: tf.Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  const values = actual instanceof tf.Tensor ? numbers(actual) : Array.from(actual);
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => {
    const wanted = expected[i] as number;
    const error = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    if (!(error <= tolerance)) {
      expect.fail(`value ${i}: ${value} is not within ${tolerance} of ${wanted}`);
    }
  });
}

/**
 * Runs `body` and expects that no tensor outlives it, also when it throws. Tensors made inside a
 * synchronous `body` by the test itself count too: dispose them, or make them outside.
 */
export async function expectNoLeak(body: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  try {
    await body();
  } finally {
    expect(tf.memory().numTensors - before, 'tensors leaked').toBe(0);
  }
}
