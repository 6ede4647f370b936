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
    if (!(error <= tolerance || value === wanted)) {
      expect.fail(`value ${i}: ${value} is not within ${tolerance} of ${wanted}`);
    }
  });
}

/** Expects each value within `tolerance` of the expected one, relative to the largest of these. */
export function expectCloseOverall(
  actual: tf.Tensor,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  const scale = Array.from(expected).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  const scaled = (values: ArrayLike<number>) => Array.from(values, (v) => v / scale);
  expectClose(scaled(numbers(actual)), scaled(expected), tolerance);
}

/**
 * Runs `body` and expects that no tensor outlives it, also when it throws. Tensors made inside a
 * synchronous `body` by the test itself count too: dispose them, or make them outside.
 */
export async function expectNoLeak(body: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  const failures: unknown[] = [];
  try {
    await body();
  } catch (error) {
    failures.push(error);
  }
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) throw new Error(`${leaked} tensors leaked`, {cause: failures[0]});
  if (failures.length > 0) throw failures[0];
}

/** The result of an attack with a verdict, its values read and its tensor disposed. */
export function readOut<R extends {readonly adversarial: tf.Tensor}>({
  adversarial,
  ...rest
}: R): Omit<R, 'adversarial'> & {readonly values: number[]} {
  const values = numbers(adversarial);
  adversarial.dispose();
  return {...rest, values};
}
