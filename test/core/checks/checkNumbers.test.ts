import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkList, checkNumbers, isList} from '../../../src/core/checks/checkNumbers';

describe('isList', () => {
  it('is true of arrays and typed arrays', () => {
    expect([[], [1], new Float32Array(2), new BigInt64Array(1)].map(isList)).toEqual(
      new Array(4).fill(true),
    );
    const others = ['ab', {length: 2}, new DataView(new ArrayBuffer(2)), null, 3, new Set([1])];
    expect(others.map(isList)).toEqual(new Array(others.length).fill(false));
  });
});

it('checkList says how to get the values of a tensor', () => {
  const tensor = tf.zeros([2]);
  expect(() => {
    checkList('f', 'counts', tensor);
  }).toThrow(
    'f: "counts" must be an array of numbers, found float32 [2]. For the values of a tensor pass ' +
      'await tensor.data().',
  );
  tensor.dispose();
});

describe('checkNumbers', () => {
  const check = (value: unknown) => () => {
    checkNumbers('f', 'shares', value, {min: 0, max: 1}, 'Pass fractions.');
  };

  it('takes lists of numbers in range', () => {
    for (const value of [[], [0, 0.5, 1], Float32Array.of(0.25)])
      expect(check(value)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [[0.5, 2], '"shares[1]" must be a finite number >= 0 and <= 1, found 2. Pass fractions.'],
    [
      ['0.5'],
      '"shares[0]" must be a finite number >= 0 and <= 1, found \'0.5\'. Write 0.5, without',
    ],
    [new Array(2), '"shares[0]" must be a finite number >= 0 and <= 1, found undefined.'],
    [
      BigInt64Array.of(1n),
      '"shares[0]" must be a finite number >= 0 and <= 1, found the BigInt 1n.',
    ],
    ['ab', '"shares" must be an array of numbers, found \'ab\'. Pass an array.'],
  ])('refuses %o', (value, message) => {
    expect(check(value)).toThrow(`f: ${message}`);
  });
});
