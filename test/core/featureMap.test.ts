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

describe('what featureMap refuses', () => {
  const remedy = 'Pass a tensor or nested arrays with one value for each feature, [2, 3] say.';
  it.each<[unknown, string]>([
    [new DataView(new ArrayBuffer(4)), `found an instance of DataView. ${remedy}`],
    [[], `found 0 values. ${remedy}`],
    [new Float32Array(23), `found 23 values. ${remedy}`],
    [[[1, 2, 3], 4], `found nested arrays of unequal lengths. ${remedy}`],
    [[[1, null, 3]], `found null. ${remedy}`],
    [[[1, 2]], `found arrays of shape [1, 2]. ${remedy}`],
    [undefined, `found undefined. ${remedy}`],
  ])('%o', (value, message) => {
    expect(() => map(value)).toThrow(message);
  });

  it('a tensor of more axes than x has', () => {
    const own = tf.ones([1, 1, 1, 1]);
    expect(() => map(own)).toThrow(`found float32 [1, 1, 1, 1]. ${remedy}`);
    own.dispose();
  });
});

describe('the values of a map', () => {
  it('that serves every example are expanded once', () => {
    const shared = map([1, 2, 3]);
    expect(valuesOfRow(shared, 0, [2, 3])).toBe(valuesOfRow(shared, 3, [2, 3]));
    expect(mapOfRows(shared, [1, 2])).toBe(shared);
    const own = map([[[1]], [[2]], [[3]], [[4]]]);
    const rows = mapOfRows(own, [3, 1]);
    expect(rows).toEqual({shape: [2, 1, 1], values: Float32Array.of(4, 2)});
    expect(readMap(own).values).toBe(own.values);
  });

  it('are those of a tensor, which is not read before', () => {
    const own = tf.tensor3d([1, 2, 3, 4], [4, 1, 1], 'int32');
    const given = map(own);
    expect(mapOfRows(given, [2])).toEqual({shape: [1, 1, 1], values: Float32Array.of(3)});
    expect(valuesOfRow(given, 1, [2, 3])).toEqual(new Float32Array(6).fill(2));
    const tensor = tensorOfMap(given);
    expect([tensor.dtype, tensor.shape]).toEqual(['float32', [4, 1, 1]]);
    const flat = tensorOfMap(map([1, 2, 3, 4, 5, 6]));
    expect(flat.shape).toEqual([1, 2, 3]);
    tf.dispose([own, tensor, flat]);
  });

  it('that are empty are a flat list', () => {
    expect([
      isFlatList([]),
      isFlatList('12'),
      isFlatList(new DataView(new ArrayBuffer(1))),
    ]).toEqual([true, false, false]);
    expect(byExample([1, 2], 1)).toEqual([1, 2]);
  });
});
