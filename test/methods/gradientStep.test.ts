import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {gradientStep} from '../../src/methods/gradientStep';
import {expectClose, numbers} from '../support/tensors';

it('applies one gradient, by name, and returns the loss before', () => {
  const [a, b] = [tf.variable(tf.scalar(3)), tf.variable(tf.scalar(2))];
  const applied: Record<string, number>[] = [];
  tf.tidy(() => {
    const value = gradientStep({
      ...{epoch: 1, epochs: 1, step: 1, variables: [a, b], statistics: []},
      loss: () => tf.mul(a, tf.square(b)),
      apply: (gradients) => {
        const named = Object.entries(gradients);
        applied.push(Object.fromEntries(named.map(([name, g]) => [name, numbers(g)[0] as number])));
      },
    });
    expectClose(value, [12]);
  });
  expect(applied).toEqual([{[a.name]: 4, [b.name]: 12}]);
  tf.dispose([a, b]);
});
