import * as tf from '@tensorflow/tfjs-core';

import {readsAtOnce} from './checks/readsAtOnce';
import {InvalidArgumentError} from './errors';
import {
  type FeatureMap,
  featureMap,
  type FeatureValues,
  isFlatList,
  readMap,
  readMapAsync,
  valuesOfRow,
} from './featureMap';
import type {Features} from './features';
import {
  checkPerExample,
  checkThreat,
  DEFAULT_THREAT,
  type Norm,
  type PerExample,
  type ThreatModel,
} from './threatModel';

/** Which perturbations the adversary is allowed, feature by feature where that is wanted. */
export interface FeatureThreatModel {
  /**
   * Norm of the perturbation, per example. With an epsilon for each feature it is the norm of the
   * perturbation over epsilon, feature by feature: the ball is a box (L∞) or an ellipsoid (L2).
   * @defaultValue 'linf'
   */
  readonly norm: Norm;
  /**
   * Largest allowed norm, in the units of `x`: one value, one per example (a list as long as the
   * batch), or one per feature ({@link FeatureValues}); a feature with 0 does not move. The default
   * is one for L∞: under L2 it is next to nothing, 0.5 or 128/255 are usual. @defaultValue 8/255
   */
  readonly epsilon: PerExample | FeatureValues;
  /**
   * Valid range of `x`, or `null` for none. Each end is one number, or one per feature
   * ({@link FeatureValues}), `Infinity` where there is none. @defaultValue [0, 1]
   */
  readonly clip: readonly [min: number | FeatureValues, max: number | FeatureValues] | null;
  /**
   * 1 for each feature that may change, 0 for each that must stay: a patch of an image, or the
   * columns of a table that an adversary controls. Immutable and categorical columns (their codes
   * and one-hot columns) belong to what stays. Whole numbers do not remain whole: round the result
   * inside the ball and look at the prediction again. @defaultValue undefined, all may change
   */
  readonly mask?: FeatureValues | undefined;
}

/** A {@link FeatureThreatModel} of which any part may be left to its default. */
export type FeatureThreatOptions = {
  readonly [K in keyof FeatureThreatModel]?: FeatureThreatModel[K] | undefined;
};

/** The field's most common threat model: L∞, 8/255, pixels from 0 to 1, all of which may change. */
export const DEFAULT_FEATURE_THREAT: FeatureThreatModel & {
  readonly mask: FeatureValues | undefined;
} = {...DEFAULT_THREAT, mask: undefined};

// What was given for each feature.
interface Maps {
  readonly epsilon?: FeatureMap;
  readonly mask?: FeatureMap;
  readonly lower?: FeatureMap;
  readonly upper?: FeatureMap;
}

/**
 * The threat model that a caller describes, checked. Maps given as tensors are read, where that can
 * be done at once.
 *
 * @param where - Public function, for the error message.
 * @param given - What it describes, defaults filled in.
 * @param shape - Of `x`.
 * @throws {@link InvalidArgumentError} as {@link checkThreat} does; if values do not broadcast to
 *   `x`; if a mask is not of 0 and 1; if a list may be meant by example or by feature.
 */
export function featureThreat(
  where: string,
  given: FeatureThreatModel,
  shape: readonly number[],
): ThreatModel {
  const maps = mapsOf(where, given, shape);
  if (!readsAtOnce()) return assembled(where, given, maps, shape);
  return assembled(where, given, mapped(maps, readMap), shape);
}

/** {@link featureThreat}, read asynchronously. */
export async function featureThreatAsync(
  where: string,
  given: FeatureThreatModel,
  shape: readonly number[],
): Promise<ThreatModel> {
  const maps = mapsOf(where, given, shape);
  const read = await Promise.all(
    Object.entries(maps).map(async ([name, map]) => [name, await readMapAsync(map as FeatureMap)]),
  );
  return assembled(where, given, Object.fromEntries(read) as Maps, shape);
}

/** Throws where {@link featureThreat} would without reading. */
export function checkFeatureThreat(
  where: string,
  given: FeatureThreatModel,
  shape: readonly number[],
): void {
  const maps = mapsOf(where, given, shape);
  const isRead = Object.values(maps).every(
    ({values}: FeatureMap) => values instanceof Float32Array,
  );
  if (isRead || Object.keys(maps).length === 0) assembled(where, given, maps, shape);
}

/**
 * Throws if any part of a threat model has a value for each feature.
 *
 * @param shape - Of `x`.
 * @param remedy - Why the function cannot do it, and what can.
 */
export function refuseFeatures(
  where: string,
  {epsilon, clip, mask}: FeatureThreatOptions,
  shape: readonly number[],
  remedy: string,
): void {
  const isVaried = (value: unknown) =>
    isByFeature(where, 'epsilon', value, shape) &&
    featureMap(where, 'epsilon', value, shape).shape.some((size, axis) => axis > 0 && size > 1);
  const byFeature = {
    mask: mask !== undefined,
    epsilon: isVaried(epsilon),
    clip: Array.isArray(clip) && clip.length === 2 && clip.some((end) => isList(end)),
  };
  for (const [argument, isGiven] of Object.entries(byFeature)) {
    if (!isGiven) continue;
    throw new InvalidArgumentError({
      ...{where, argument},
      expected: argument === 'mask' ? 'be left out' : 'be one value for all features',
      found: argument === 'mask' ? 'a mask' : 'values for each feature',
      remedy,
    });
  }
}

const isList = (value: unknown): boolean =>
  value instanceof tf.Tensor || Array.isArray(value) || ArrayBuffer.isView(value);

const mapped = (maps: Maps, change: (map: FeatureMap) => FeatureMap): Maps =>
  Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, change(map as FeatureMap)]));

function mapsOf(where: string, given: FeatureThreatModel, shape: readonly number[]): Maps {
  const {epsilon, clip, mask} = given;
  const hasBounds = Array.isArray(clip) && clip.length === 2 && clip.some(isList);
  const bound = (end: 0 | 1): FeatureMap => {
    const value = (clip as FeatureThreatModel['clip'])?.[end];
    if (typeof value !== 'number') return featureMap(where, `clip[${end}]`, value, shape);
    return {shape: shape.map(() => 1), values: Float32Array.of(value)};
  };
  return {
    ...(isByFeature(where, 'epsilon', epsilon, shape)
      ? {epsilon: featureMap(where, 'epsilon', epsilon, shape)}
      : {}),
    ...(mask === undefined ? {} : {mask: featureMap(where, 'mask', mask, shape)}),
    ...(hasBounds ? {lower: bound(0), upper: bound(1)} : {}),
  };
}

/**
 * Whether an option has a value for each feature, and not one for all or one per example.
 *
 * @throws {@link InvalidArgumentError} if it may be either.
 */
export function isByFeature(
  where: string,
  argument: string,
  value: unknown,
  shape: readonly number[],
): value is FeatureValues {
  if (value instanceof tf.Tensor) return true;
  if (!isFlatList(value)) return Array.isArray(value);
  const batchSize = shape[0] ?? 0;
  const width = shape[shape.length - 1] ?? 0;
  const size = tf.util.sizeFromShape(shape.slice(1));
  const {length} = value;
  const fits = length > 1 && (length === width || length === size || length === size * batchSize);
  if (value.length !== batchSize) return fits && size > 0;
  const isUneven = Array.from(value).some((each) => each !== value[0]);
  if (!fits || width === 1 || !isUneven) return false;
  const ones = shape.slice(1).map(() => 1);
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'say whether it has a value for each example or for each feature',
    found: `a flat list of ${batchSize} values, with as many examples as features`,
    remedy:
      `Pass a tensor: of shape [1, ${shape.slice(1).join(', ')}] or what broadcasts to it for ` +
      `features, of shape [${[batchSize, ...ones].join(', ')}] for examples.`,
  });
}

function assembled(
  where: string,
  given: FeatureThreatModel,
  maps: Maps,
  shape: readonly number[],
): ThreatModel {
  const {norm} = given;
  const batchSize = shape[0] ?? 0;
  const {lower, upper, mask} = maps;
  checkMaps(where, maps, shape);
  const range = lower && upper ? ([lower, upper] as const) : undefined;
  // Checked above: it has no values by feature.
  const clip = range ? null : (given.clip as ThreatModel['clip']);
  const byExample = maps.epsilon && perExampleOf(maps.epsilon, shape);
  const epsilon = byExample ?? (maps.epsilon ? 1 : (given.epsilon as PerExample));
  checkThreat(
    where,
    {norm, epsilon: maps.epsilon && byExample === undefined ? 0 : epsilon, clip},
    batchSize,
  );
  if (range && !maps.epsilon && norm === 'linf') {
    const {most = Infinity} = widthsOf(maps, shape) ?? {};
    checkPerExample(where, 'epsilon', epsilon, batchSize, most, WIDE);
  }
  const units = [
    ...(maps.epsilon && byExample === undefined ? [maps.epsilon] : []),
    ...(mask ? [mask] : []),
  ];
  if (units.length === 0 && range === undefined) return {norm, epsilon, clip};
  const features: Features = {units, range};
  return {norm, epsilon, clip, features};
}

const WIDE = 'It is in the units of x, and wider than the range of every feature.';

// The smallest and the largest width of a feature's range, where both ends were read.
function widthsOf(
  {lower, upper}: Maps,
  shape: readonly number[],
): {least: number; most: number} | undefined {
  if (!(lower?.values instanceof Float32Array && upper?.values instanceof Float32Array)) {
    return undefined;
  }
  const widths = {least: Infinity, most: -Infinity};
  const rows = Math.max(lower.shape[0] ?? 1, upper.shape[0] ?? 1);
  for (let row = 0; row < rows; row++) {
    const low = valuesOfRow(lower, row, shape.slice(1));
    const high = valuesOfRow(upper, row, shape.slice(1));
    for (let i = 0; i < low.length; i++) {
      const width = (high[i] ?? NaN) - (low[i] ?? NaN);
      widths.least = Math.min(widths.least, width);
      widths.most = Math.max(widths.most, width);
    }
  }
  return widths;
}

// The map as one value for all examples, or one for each, if that is all it says and it was read.
function perExampleOf(map: FeatureMap, shape: readonly number[]): PerExample | undefined {
  const [count = 1, ...rest] = map.shape;
  const {values} = map;
  if (!(values instanceof Float32Array) || rest.some((size) => size !== 1)) return undefined;
  return count === shape[0] ? Array.from(values) : values[0];
}

function checkMaps(
  where: string,
  {epsilon, mask, lower, upper}: Maps,
  shape: readonly number[],
): void {
  const check = (
    argument: string,
    map: FeatureMap | undefined,
    isValid: (value: number) => boolean,
    expected: string,
    remedy: string,
  ) => {
    const wrong =
      map?.values instanceof Float32Array ? map.values.find((value) => !isValid(value)) : undefined;
    if (wrong === undefined) return;
    throw new InvalidArgumentError({...{where, argument}, expected, found: String(wrong), remedy});
  };
  check(
    'epsilon',
    epsilon,
    (value) => value >= 0 && Number.isFinite(value),
    'be finite and at least 0 for every feature',
    'Pass 0 for a feature that must not change.',
  );
  check(
    'mask',
    mask,
    (value) => value === 0 || value === 1,
    'be 0 or 1 for every feature',
    'Pass 1 where a feature may change; how far it may is what epsilon says.',
  );
  const isNumber = (value: number) => !Number.isNaN(value);
  const remedy = 'Pass -Infinity or Infinity where a feature has no such end.';
  check('clip[0]', lower, isNumber, 'be a number for every feature', remedy);
  check('clip[1]', upper, isNumber, 'be a number for every feature', remedy);
  const {least = 0} = widthsOf({...(lower && upper ? {lower, upper} : {})}, shape) ?? {};
  if (least >= 0) return;
  throw new InvalidArgumentError({
    where,
    argument: 'clip',
    expected: 'have a lower end that is nowhere above the upper one',
    found: `an upper end ${-least} below the lower one`,
    remedy: 'Pass clip: [lower, upper], each with one value for every feature.',
  });
}
