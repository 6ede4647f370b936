import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {
  checkFinite,
  checkLabelValues,
  checkLabelValuesAsync,
  checkModelOutput,
  checkModelOutputAsync,
  checkPixels,
  checkPixelsAsync,
  isFiniteAsync,
} from '../../../src/core/checks/checkValues';
import {InvalidArgumentError} from '../../../src/core/errors';
import {int} from '../../support/tensors';

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(before);
});

const bad = <T>(value: unknown) => value as T;

describe('checkFinite', () => {
  it('accepts finite values and none', () => {
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([1e38, -1, 0]));
      checkFinite('f', 'x', tf.zeros([0, 2]));
    }).not.toThrow();
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([1, value]));
    }).toThrow(/f: "x" must be finite, found/);
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([value]), 'have finite values');
    }).toThrow(/"x" must have finite values, found/);
  });
});

describe.each([
  ['checkPixels', checkPixels],
  ['checkPixelsAsync', checkPixelsAsync],
])('%s', (_, pixels) => {
  const check = async (values: number[], clip: readonly [number, number] | null) =>
    pixels('f', tf.tensor2d([values]), clip);

  it('accepts the range, its ends, rounding past them, and an empty batch', async () => {
    await expect(check([0, 1, 0.5], [0, 1])).resolves.toBeUndefined();
    await expect(check([-9e-6, 1 + 9e-6], [0, 1])).resolves.toBeUndefined();
    await expect(check([-300, 300], null)).resolves.toBeUndefined();
    await expect((async () => pixels('f', tf.zeros([0, 4]), [0, 1]))()).resolves.toBeUndefined();
  });

  it('refuses values outside, on both sides', async () => {
    await expect(check([-1.2e-5, 0.5], [0, 1])).rejects.toThrow(InvalidArgumentError);
    await expect(check([0.5, 1 + 1.2e-5], [0, 1])).rejects.toThrow(InvalidArgumentError);
    await expect(check([-0.5, 0.5], [0, 1])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "x" must be finite and inside clip [0, 1], found values from -0.5 to 0.5. If its range is -1 to 1, declare it: clip: [-1, 1].]`,
    );
    await expect(check([0, 2], [0, 1])).rejects.toThrow(/Declare the range/);
    await expect(check([0, 254], [0, 1])).rejects.toThrow(
      /Divide pixels by 255, or declare their range: clip: \[0, 255\]\./,
    );
    await expect(check([0, 254], [0, 2])).rejects.toThrow(/Declare the range/);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s, also without a range', async (value) => {
    await expect(check([0.5, value, 0.25], null)).rejects.toThrow(
      /must be finite, found NaN or infinite values\. Look for a division by zero/,
    );
    await expect(check([0.5, value, 0.25], [0, 1])).rejects.toThrow(
      /must be finite and inside clip \[0, 1\], found NaN or infinite values/,
    );
  });
});

describe.each([
  ['checkLabelValues', checkLabelValues],
  ['checkLabelValuesAsync', checkLabelValuesAsync],
])('%s', (_, labels) => {
  const check = async (classes: number[], argument?: string) =>
    labels('f', int(classes), 3, argument);

  it('accepts classes and refuses what is none', async () => {
    await expect(check([0, 2, 1])).resolves.toBeUndefined();
    await expect(check([])).resolves.toBeUndefined();
    await expect(check([0, 3])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must lie in [0, 3), as there are 3 classes, found 3. Number the classes from 0.]`,
    );
    await expect(check([-1], 'targets')).rejects.toThrow(/"targets" must .* found -1/);
  });
});

describe.each([
  ['checkModelOutput', checkModelOutput],
  ['checkModelOutputAsync', checkModelOutputAsync],
])('%s', (_, model) => {
  const check = async (output: unknown, batchSize = 2) => model('f', bad(output), batchSize);

  it('accepts logits', async () => {
    await expect(
      check(
        tf.tensor2d([
          [1, -2],
          [0, 0],
        ]),
      ),
    ).resolves.toBeUndefined();
    await expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [0.5, 0.6],
        ]),
      ),
    ).resolves.toBeUndefined();
    await expect(check(tf.zeros([0, 2]), 0)).resolves.toBeUndefined();
  });

  it('refuses another shape', async () => {
    await expect(check(tf.zeros([2, 1]))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "model" must give logits [2, classes] with at least 2 classes, found float32 [2, 1]. For a single score s return two logits, [0, s].]`,
    );
    await expect(check(tf.zeros([3, 2]))).rejects.toThrow(/found float32 \[3, 2\]/);
    await expect(check(tf.zeros([2]))).rejects.toThrow(/found float32 \[2\]/);
    await expect(check(tf.zeros([2, 2, 2]))).rejects.toThrow(/found float32 \[2, 2, 2\]/);
    await expect(check([[1, 2]])).rejects.toThrow(/found an array/);
  });

  it.each([NaN, Infinity])('refuses %s', async (value) => {
    await expect(
      check(
        tf.tensor2d([
          [1, 2],
          [value, 0],
        ]),
      ),
    ).rejects.toThrow(
      'f: "model" must give finite logits, found NaN or infinite values. ' +
        'Check the weights and the scale of x.',
    );
  });

  it('refuses probabilities, and only where every row is one', async () => {
    await expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1, 0],
        ]),
      ),
    ).rejects.toThrow(
      'f: "model" must give logits, found probabilities: every row lies in [0, 1] and sums to 1. ' +
        'Their gradients vanish and fake robustness. Return the scores before the softmax; where you ' +
        'only have probabilities, attack and evaluate fromProbabilities(model).',
    );
    await expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1, 0.1],
        ]),
      ),
    ).resolves.toBeUndefined();
    await expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1.5, -0.5],
        ]),
      ),
    ).resolves.toBeUndefined();
    await expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [-0.5, 1.5],
        ]),
      ),
    ).resolves.toBeUndefined();
    // Sums of 1, of values of which one is negative, or beyond 1 alone.
    for (const row of [
      [-0.5, 0.5, 1],
      [-0.25, -0.25, 1.5],
    ]) {
      await expect(check(tf.tensor2d([row]), 1)).resolves.toBeUndefined();
    }
    // What rounding leaves, it takes for probabilities still; not what is further off.
    await expect(check(tf.tensor2d([[1 + 4e-6, -4e-6]]), 1)).rejects.toThrow(/found prob/);
    await expect(check(tf.tensor2d([[0.25, 0.75 + 4e-5]]), 1)).resolves.toBeUndefined();
    await expect(
      check(
        tf.softmax(
          tf.tensor2d([
            [50, -50],
            [0, 1],
          ]),
        ),
      ),
    ).rejects.toThrow(/found probabilities/);
  });
});

describe('isFiniteAsync', () => {
  it.each([
    [[1e38, -1, 0], true],
    [[], true],
    [[1, NaN], false],
    [[Infinity, 1], false],
    [[0, -Infinity], false],
  ])('of %j is %j', async (values, expected) => {
    const tensor = tf.tensor1d(values);
    const {numTensors} = tf.memory();
    expect(await isFiniteAsync(tensor)).toBe(expected);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
