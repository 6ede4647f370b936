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
});
