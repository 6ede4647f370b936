import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {logitDifference} from '../../../src/attacks/search/logitDifference';
import {int, numbers} from '../../support/tensors';

it('logitDifference is z_j - z_y, and 0 for j = y', () => {
  const logits = tf.tensor2d([
    [3, 2, 5],
    [1, -4, 0.5],
  ]);
  const [labels, others] = [int([0, 2]), int([2, 2])];
  const before = tf.memory().numTensors;
  const differences = logitDifference(logits, labels, others);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(numbers(differences)).toEqual([2, 0]);
  tf.dispose([logits, labels, others, differences]);
});
