import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {oneSidedStart, unclippedStart} from '../../src/methods/starts';
import {expectNoLeak, numbers} from '../support/tensors';

const x = () => tf.fill([40, 25], 0.99);
const noiseOf = (start: (x: tf.Tensor, rng: ReturnType<typeof createRng>) => tf.Tensor) =>
  tf.tidy(() => numbers(tf.sub(start(x(), createRng(3)), x())));
const meanOf = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

describe('starts of published attacks', () => {
  it('RoBal raises pixels only, beyond their range as well', () => {
    const noise = noiseOf(oneSidedStart(0.1));
    expect(Math.min(...noise)).toBeGreaterThan(-1e-6);
    expect(Math.max(...noise)).toBeLessThan(0.1);
    expect(Math.max(...noise)).toBeGreaterThan(0.09);
    // Three standard deviations of the mean of 1000.
    expect(Math.abs(meanOf(noise) - 0.05)).toBeLessThan(0.003);
  });

  it('REAT is uniform to both sides, and not clipped', () => {
    const noise = noiseOf(unclippedStart(0.1));
    expect(Math.max(...noise.map(Math.abs))).toBeLessThan(0.1001);
    expect(Math.max(...noise)).toBeGreaterThan(0.09);
    expect(Math.abs(meanOf(noise))).toBeLessThan(0.006);
  });

  it('are x without a generator, the same with the same one, and leak nothing', async () => {
    const start = oneSidedStart(0.1);
    const [input, rng] = [x(), createRng(5)];
    expect(numbers(start(input, undefined))).toEqual(numbers(input));
    expect(numbers(start(input, rng))).toEqual(numbers(start(input, rng)));
    await expectNoLeak(() => {
      start(input, rng).dispose();
    });
  });
});
