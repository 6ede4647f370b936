import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {describeValue} from '../../src/core/describeValue';

it.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [[1], 'an array'],
  [{}, 'an object'],
  [new Float32Array(1), 'an object'],
  [Promise.resolve(1), 'a promise'],
  ['x', 'a string'],
  [1, 'a number'],
  [() => 1, 'a function'],
])('describes %o', (value, words) => {
  expect(describeValue(value)).toBe(words);
});

it('describes a tensor by dtype and shape', () => {
  tf.tidy(() => {
    expect(describeValue(tf.zeros([2, 3]))).toBe('float32 [2, 3]');
    expect(describeValue(tf.scalar(1, 'int32'))).toBe('int32 []');
  });
});
