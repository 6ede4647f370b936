import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {classCounts} from '../../src/samplers/classCounts';

describe('classCounts', () => {
  it('counts each class, also an empty one', () => {
    expect(classCounts([0, 2, 0, 0], 4)).toEqual([3, 0, 1, 0]);
    expect(classCounts(Int32Array.of(1, 1), 2)).toEqual([0, 2]);
    expect(classCounts([0], 1)).toEqual([1]);
  });

  it.each([
    [[], 2, /^classCounts: "labels" must have at least one entry, found none\./],
    [[0, 2], 2, /"labels" must be integers in \[0, 2\), found 2 at position 1\./],
    [[-1], 2, /found -1 at position 0/],
    [[0.5], 2, /found 0.5 at position 0/],
    [[0], 0, /"numClasses" must be an integer >= 1, found 0\./],
    [[0], 1.5, /"numClasses" must be an integer >= 1, found 1.5\./],
  ])('refuses %j of %d classes', (labels, numClasses, message) => {
    expect(() => classCounts(labels, numClasses)).toThrow(message);
  });

  it('refuses a tensor, whose labels it cannot read', () => {
    const labels = tf.tensor1d([0, 1], 'int32');
    expect(() => classCounts(labels as unknown as number[], 2)).toThrow(
      'classCounts: "labels" must be an array of numbers, found int32 [2]. For the values of a ' +
        'tensor pass await tensor.data().',
    );
    expect(() => classCounts(null as unknown as number[], 2)).toThrow(/found null/);
    labels.dispose();
  });
});
