import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ATTACKS} from '../../src/cli/attackByName';
import {adversarialOf} from '../../src/core/attackResult';
import {createRng} from '../../src/core/rng';
import {brightness} from '../support/onePixel';
import {expectNoLeak, int} from '../support/tensors';

describe('ATTACKS', () => {
  it.each(Object.keys(ATTACKS))('%s stays within epsilon and breaks what is near', async (name) => {
    await expectNoLeak(async () => {
      const x = tf.tensor4d([0.48, 0.9, 0.55], [3, 1, 1, 1]);
      const labels = int([0, 1, 1]);
      const attack = ATTACKS[name]!.make({norm: 'linf', epsilon: 0.1, steps: 5});
      const result = await attack(brightness, x, labels, {
        ...{rng: createRng(1), exampleIds: [0, 1, 2]},
      });
      const found = adversarialOf(result);
      const values = [...found.dataSync()];
      expect(values[0]).toBeGreaterThanOrEqual(0.5 - 1e-6);
      expect(values[2]).toBeLessThanOrEqual(0.5 + 1e-6);
      values.forEach((value, i) =>
        expect(Math.abs(value - [0.48, 0.9, 0.55][i]!)).toBeLessThanOrEqual(0.1 + 1e-6),
      );
      tf.dispose([x, labels, found]);
    });
  });

  it.each([
    ['pgd', 20],
    ['pgd-restarts', 5 * 50],
  ])('%s takes the steps that it is given, else its own', async (name, own) => {
    // Nothing breaks it: its score is that of a bright pixel whatever the image is.
    let passes = 0;
    const sure = (x: tf.Tensor4D): tf.Tensor2D => {
      passes++;
      return tf.add<tf.Tensor2D>(tf.mul(brightness(x), 0.1), [0, 1]);
    };
    const x = tf.tensor4d([0.9], [1, 1, 1, 1]);
    const labels = int([1]);
    const counts: number[] = [];
    for (const steps of [undefined, 3, 7]) {
      passes = 0;
      const attack = ATTACKS[name]!.make({norm: 'linf', epsilon: 0.1, steps});
      const result = await attack(sure, x, labels, {rng: createRng(1), exampleIds: [0]});
      counts.push(passes);
      tf.dispose(adversarialOf(result));
    }
    const starts = own === 20 ? 1 : 5;
    const [byDefault = 0, three = 0, seven = 0] = counts;
    expect(seven - three).toBe(starts * 4);
    expect(byDefault - three).toBe(own - starts * 3);
    tf.dispose([x, labels]);
  });

  it.each(Object.keys(ATTACKS))('%s takes the norm', async (name) => {
    // All 36 pixels decide: under L∞ each may change by epsilon, six times as much in all.
    const x = tf.fill<tf.Rank.R4>([1, 6, 6, 1], 0.7);
    const mean = (z: tf.Tensor4D): tf.Tensor2D => {
      const level = tf.mean(z, [1, 2]);
      return tf.concat([tf.sub(0.5, level), tf.sub(level, 0.5)], 1) as tf.Tensor2D;
    };
    const labels = int([1]);
    const lengthOf = async (norm: 'linf' | 'l2') => {
      const attack = ATTACKS[name]!.make({norm, epsilon: 0.25, steps: 30});
      const model = (z: tf.Tensor4D) => tf.tidy(() => mean(z));
      const found = adversarialOf(
        await attack(model, x, labels, {rng: createRng(1), exampleIds: [0]}),
      );
      const change = [...found.dataSync()].map((value) => value - Math.fround(0.7));
      found.dispose();
      return Math.hypot(...change);
    };
    expect(await lengthOf('l2')).toBeLessThanOrEqual(0.25 + 1e-6);
    const length = await lengthOf('linf');
    expect(length).toBeGreaterThan(0.26);
    expect(length).toBeLessThanOrEqual(1.5 + 1e-6);
    tf.dispose([x, labels]);
  });

  it('are those of the help, in an order from the usual one to the slowest', () => {
    expect(Object.keys(ATTACKS)).toEqual([
      ...['pgd', 'fgsm', 'pgd-restarts', 'square', 'autoattack-fast', 'autoattack'],
    ]);
    for (const {what} of Object.values(ATTACKS)) expect(what).toMatch(/\w{3}/);
  });
});
