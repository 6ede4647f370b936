import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {identityOf} from '../../src/core/identity';
import {adjustedClassifier} from '../../src/models/adjustedClassifier';
import {HEADS} from '../../src/registry/heads';
import {counts, recipe} from '../support/registered';
import {numbers} from '../support/tensors';

it('the head "adjusted" is adjustedClassifier with the counts of the data', async () => {
  const model = (x: tf.Tensor4D): tf.Tensor2D => tf.reshape(x, [-1, 3]);
  const x = tf.tensor4d([1, -2, 0.5], [1, 1, 1, 3]);
  const {head} = recipe({head: {name: 'adjusted', scale: 10, tau: 0.1}});
  const meant = adjustedClassifier(model, counts, {scale: 10, tau: 0.1});
  expect(numbers(head?.(model)(x) as tf.Tensor)).toEqual(numbers(meant(x)));
  expect(await identityOf(head)).toEqual({
    ...{name: 'adjusted', classCounts: counts, scale: 10, tau: 0.1},
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(HEADS)) expect(what).toMatch(/^\S.{8}/);
});
