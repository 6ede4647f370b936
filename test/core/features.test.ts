import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {featureMap} from '../../src/core/featureMap';
import {
  featuresOfRows,
  featuresWithChannelsLast,
  rangeOfRow,
  unitsOfRow,
  unitTensor,
} from '../../src/core/features';

const shape = [2, 1, 2, 3];
const map = (value: unknown) => featureMap('f', 'epsilon', value, shape);
const features = {
  units: [map([1, 2, 3]), map([[[[1]]], [[[10]]]])],
  range: [map([0, 0, 0]), map([5, 6, 7])] as const,
};

function expectUnits(values: ArrayLike<number>, factor: number): void {
  expect(Array.from(values)).toEqual([1, 2, 3, 1, 2, 3].map((value) => value * factor));
}

it('units are products, by row and as a tensor', () => {
  expectUnits(unitsOfRow(features, 0, [1, 2, 3]), 1);
  expectUnits(unitsOfRow(features, 1, [1, 2, 3]), 10);
  const tensor = tf.tidy(() => tf.add(unitTensor(features), tf.zeros([2, 1, 2, 3])).dataSync());
  expectUnits(tensor.slice(0, 6), 1);
  expectUnits(tensor.slice(6), 10);
  expect(tf.tidy(() => unitTensor({units: [], range: undefined}).dataSync()[0])).toBe(1);
});

it('rows are picked', () => {
  expectUnits(unitsOfRow(featuresOfRows(features, [1, 1]), 0, [1, 2, 3]), 10);
  expect(featuresOfRows({units: [], range: undefined}, [1]).range).toBeUndefined();
  expect(rangeOfRow(featuresOfRows(features, [1]), 0, [1, 2, 3])?.[1]).toEqual(
    Float32Array.of(5, 6, 7, 5, 6, 7),
  );
});

it('ranges are by row, or there is none', () => {
  expect(rangeOfRow({units: [], range: undefined}, 0, [3])).toBeUndefined();
});

it('images change their layout', () => {
  const {units, range} = featuresWithChannelsLast(features);
  expect(units.map((unit) => unit.shape)).toEqual([
    [1, 1, 3, 1],
    [2, 1, 1, 1],
  ]);
  expect(range?.[1].shape).toEqual([1, 1, 3, 1]);
});
