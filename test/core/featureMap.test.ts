import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  byExample,
  featureMap,
  isFlatList,
  mapOfRows,
  mapWithChannelsLast,
  readMap,
  readMapAsync,
  tensorOfMap,
  valuesOf,
  valuesOfRow,
} from '../../src/core/featureMap';
import {expectNoLeak} from '../support/tensors';

const map = (value: unknown, shape = [4, 2, 3]) => featureMap('f', 'mask', value, shape);

describe('featureMap', () => {
  it.each<[string, unknown, number[]]>([
    ['a value per feature of the last axis', [1, 2, 3], [1, 1, 3]],
    [
      'every feature, nested',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [1, 2, 3],
    ],
    ['every feature, flat', [1, 2, 3, 4, 5, 6], [1, 2, 3]],
    ['the axis before the last', [[1], [2]], [1, 2, 1]],
    ['one per example', [[[1]], [[2]], [[3]], [[4]]], [4, 1, 1]],
    ['every value, flat', new Float32Array(24), [4, 2, 3]],
    ['a row of typed arrays', [Float32Array.of(1, 2, 3)], [1, 1, 3]],
    ['truth values', [true, false, true], [1, 1, 3]],
  ])('takes %s', (_name, value, shape) => {
    expect(map(value).shape).toEqual(shape);
  });

  it('takes tensors without reading them', () => {
    const own = tf.tensor2d([[1, 2, 3]], [1, 3], 'int32');
    const {shape, values} = map(own);
    expect(shape).toEqual([1, 1, 3]);
    expect(values).toBe(own);
    own.dispose();
  });

  it.each<[unknown, RegExp]>([
    [
      [1, 2],
      /"mask" must be a number, or values that broadcast to x of shape \[4, 2, 3\], found 2 values/,
    ],
    [[[1, 2, 3]].concat([[1, 2]]), /found nested arrays of unequal lengths/],
    [[['a', 'b', 'c']], /found '/],
    [[[[[1]]]], /found arrays of shape \[1, 1, 1, 1\]/],
    ['all', /found '/],
    [{}, /found an object/],
    [null, /found null/],
  ])('refuses %o', (value, message) => {
    expect(() => map(value)).toThrow(message);
  });

  it('refuses tensors that do not fit, or are gone', () => {
    const own = tf.tensor1d([1, 2]);
    expect(() => map(own)).toThrow(/found float32 \[2\]/);
    own.dispose();
    expect(() => map(own)).toThrow(/found a disposed tensor/);
    const text = tf.tensor1d(['a', 'b', 'c']);
    expect(() => map(text)).toThrow(/found string \[3\]/);
    text.dispose();
  });
});

describe('reading', () => {
  it('gives floats of tensors, at once or later, and leaves arrays', async () => {
    await expectNoLeak(async () => {
      const own = tf.tensor1d([true, false, true], 'bool');
      const given = map(own);
      for (const read of [readMap(given), await readMapAsync(given)]) {
        expect(read.values).toEqual(Float32Array.of(1, 0, 1));
      }
      expect(valuesOf(given)).toEqual(Float32Array.of(1, 0, 1));
      const tensor = tf.tidy(() => tensorOfMap(given).dataSync());
      expect(Array.from(tensor)).toEqual([1, 0, 1]);
      own.dispose();
    });
    const list = map([1, 2, 3]);
    expect((await readMapAsync(list)).values).toBe(list.values);
  });
});

describe('valuesOfRow', () => {
  // Against tfjs's own broadcasting.
  it.each<[unknown]>([
    [[1, 2, 3]],
    [[[1], [2]]],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [[[[1]], [[2]], [[3]], [[4]]]],
    [
      [
        [[1], [5]],
        [[2], [6]],
        [[3], [7]],
        [[4], [8]],
      ],
    ],
    [Float32Array.from({length: 24}, (_, i) => i)],
  ])('is a row of what %o broadcasts to', (value) => {
    const given = map(value);
    const all = tf.tidy(() => tf.add(tensorOfMap(given), tf.zeros([4, 2, 3])).dataSync());
    for (let row = 0; row < 4; row++) {
      expect(valuesOfRow(given, row, [2, 3])).toEqual(all.slice(6 * row, 6 * row + 6));
    }
    const rows = mapOfRows(given, [2, 0, 2]);
    expect(valuesOfRow(rows, 0, [2, 3])).toEqual(valuesOfRow(given, 2, [2, 3]));
    expect(valuesOfRow(rows, 1, [2, 3])).toEqual(valuesOfRow(given, 0, [2, 3]));
  });
});

it('mapWithChannelsLast transposes', () => {
  const given = map(
    Float32Array.from({length: 2 * 3 * 4 * 5}, (_, i) => i),
    [2, 3, 4, 5],
  );
  const {shape, values} = mapWithChannelsLast(given);
  const expected = tf.tidy(() => tf.transpose(tensorOfMap(given), [0, 2, 3, 1]).dataSync());
  expect(shape).toEqual([2, 4, 5, 3]);
  expect(values).toEqual(expected);
  expect(mapWithChannelsLast(map([[[1]], [[2]], [[3]]], [2, 3, 4, 5])).shape).toEqual([1, 1, 1, 3]);
});

it('byExample nests, so that no list of features can be meant', () => {
  expect(byExample([1, 2], 3)).toEqual([[[1]], [[2]]]);
  expect(map(byExample([1, 2, 3, 4], 3)).shape).toEqual([4, 1, 1]);
});

it('isFlatList', () => {
  expect(isFlatList([1, 2])).toBe(true);
  expect(isFlatList(new Float32Array(2))).toBe(true);
  expect(isFlatList([[1, 2]])).toBe(false);
  expect(isFlatList(3)).toBe(false);
});
