import * as tf from '@tensorflow/tfjs-core';

import {
  type FeatureMap,
  mapOfRows,
  mapWithChannelsLast,
  tensorOfMap,
  valuesOfRow,
} from './featureMap';

/** The settings of a threat model that differ from feature to feature. */
export interface Features {
  /** A feature may move by epsilon times the product of these; where it is 0 it may not move. */
  readonly units: readonly FeatureMap[];
  /** Valid range of every feature, in place of `clip`. */
  readonly range: readonly [lower: FeatureMap, upper: FeatureMap] | undefined;
}

/** The settings for some rows of a batch, in their order. */
export const featuresOfRows = ({units, range}: Features, rows: ArrayLike<number>): Features => ({
  units: units.map((map) => mapOfRows(map, rows)),
  range: range && [mapOfRows(range[0], rows), mapOfRows(range[1], rows)],
});

/**
 * Settings for images with the channels first, rearranged for the same images with the channels
 * last.
 */
export const featuresWithChannelsLast = ({units, range}: Features): Features => ({
  units: units.map(mapWithChannelsLast),
  range: range && [mapWithChannelsLast(range[0]), mapWithChannelsLast(range[1])],
});

/** The product of the units, broadcasting against `[batch, ...]`; call it in a `tf.tidy`. */
export const unitTensor = ({units}: Features): tf.Tensor =>
  units.map(tensorOfMap).reduce((product, unit) => tf.mul(product, unit), tf.scalar(1));

/** The units of one example: its shape is `shape`. */
export function unitsOfRow({units}: Features, row: number, shape: readonly number[]): Float32Array {
  const factors = units.map((map) => valuesOfRow(map, row, shape));
  const product = new Float32Array(tf.util.sizeFromShape([...shape])).fill(1);
  for (const factor of factors) {
    for (let i = 0; i < product.length; i++) product[i] = (product[i] ?? NaN) * (factor[i] ?? NaN);
  }
  return product;
}

/** The valid range of one example, `undefined` for none of its own. */
export const rangeOfRow = (
  {range}: Features,
  row: number,
  shape: readonly number[],
): readonly [Float32Array, Float32Array] | undefined =>
  range && [valuesOfRow(range[0], row, shape), valuesOfRow(range[1], row, shape)];
