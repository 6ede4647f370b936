import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {isInvalidArgumentError} from '../../src/core/errors';
import {passOf, passTensors} from '../../src/core/pass';

const thrownBy = (body: () => unknown): unknown => {
  try {
    return body();
  } catch (error) {
    return error;
  }
};

it('takes logits alone, or with features', () => {
  tf.tidy(() => {
    const logits = tf.zeros<tf.Rank.R2>([1, 2]);
    const features = tf.zeros<tf.Rank.R2>([1, 5]);
    expect(passTensors(logits)).toEqual({logits, features: undefined});
    expect(passTensors({logits})).toEqual({logits, features: undefined});
    expect(passOf(passTensors({logits, features}), 'here')).toEqual({logits, features});
  });
});

it('refuses by name to read features that are not there, and gives the logits', () => {
  tf.tidy(() => {
    const logits = tf.zeros<tf.Rank.R2>([1, 2]);
    const pass = passOf(passTensors(logits), 'reatTraining');
    expect(pass.logits).toBe(logits);
    const error = thrownBy(() => pass.features);
    expect(isInvalidArgumentError(error)).toBe(true);
    expect(String(error)).toMatch(
      /reatTraining: "model" must give features from its training pass.*found logits only/,
    );
  });
});

it('can be returned from a tidy without features', () => {
  const pass = tf.tidy(
    () => passOf({logits: tf.zeros([1, 2]), features: undefined}, 'here') as never,
  );
  const {logits} = pass as {logits: tf.Tensor2D};
  expect(logits.isDisposed).toBe(false);
  logits.dispose();
});
