import {rangeOfRow, unitsOfRow} from '../../core/features';
import {epsilonAt, type ThreatModel} from '../../core/threatModel';

/** Norm of `point − center`, in double precision. */
export function distanceOf(
  norm: ThreatModel['norm'],
  point: Float32Array,
  center: Float32Array,
): number {
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < point.length; i++) {
    const difference = (point[i] ?? NaN) - (center[i] ?? NaN);
    squares += difference * difference;
    largest = Math.max(largest, Math.abs(difference));
  }
  return norm === 'l2' ? Math.sqrt(squares) : largest;
}

/**
 * How much a norm may exceed its bound by rounding, where pixels and bound are float32.
 *
 * @param epsilon - The bound.
 * @param threat - Its norm and the range of the pixels.
 * @param center - The clean pixels, whose size is used if there is no range.
 */
export function roundingTolerance(
  epsilon: number,
  {norm, clip}: ThreatModel,
  center: Float32Array,
): number {
  const pixels = clip === null ? center : Float32Array.from(clip);
  const largest = pixels.reduce((most, pixel) => Math.max(most, Math.abs(pixel)), 0);
  return 1e-6 * epsilon + (norm === 'l2' ? 1e-6 : 2 ** -24) * largest;
}

/** The ball and the valid range around one example. */
export interface ExampleBall {
  /** Norm of `point − center`; in budgets where features have budgets of their own. */
  readonly distance: (point: Float32Array) => number;
  /** Whether a point is within epsilon and in the valid range, up to rounding. */
  readonly look: (point: Float32Array) => {
    readonly distance: number;
    readonly isInBall: boolean;
    readonly isInRange: boolean;
  };
}

/**
 * The ball of an example, as a threat model has it.
 *
 * @param threat - Whose features, if it has any, were read.
 * @param row - Of the batch that the threat model is about.
 * @param center - Clean values.
 * @param shape - Of an example.
 */
export function ballOf(
  threat: ThreatModel,
  row: number,
  center: Float32Array,
  shape: readonly number[],
): ExampleBall {
  const {norm, clip, features} = threat;
  const own = epsilonAt(threat, row);
  if (features === undefined) {
    const limit = own + roundingTolerance(own, threat, center);
    const [min, max] = clip === null ? [-Infinity, Infinity] : clip.map(Math.fround);
    return {
      distance: (point) => distanceOf(norm, point, center),
      look: (point) => {
        const distance = distanceOf(norm, point, center);
        const isInRange =
          clip === null || point.every((v) => v >= (min ?? NaN) && v <= (max ?? NaN));
        return {distance, isInBall: distance <= limit, isInRange};
      },
    };
  }
  const units = unitsOfRow(features, row, shape);
  const bounds = rangeOfRow(features, row, shape) ?? clip;
  const end = (which: 0 | 1, i: number): number => {
    const value = bounds?.[which] ?? (which === 0 ? -Infinity : Infinity);
    return typeof value === 'number' ? Math.fround(value) : (value[i] ?? NaN);
  };
  const distance = (point: Float32Array) => distanceInUnits(norm, point, center, units);
  // A coordinate of 1e5 is right to 4e-3, however small its budget.
  const rounding = norm === 'linf' ? 0 : lengthOf(center, units);
  return {
    distance,
    look: (point) => {
      const length = distance(point);
      const isNear = (value: number, i: number): boolean => {
        const [clean, unit] = [center[i] ?? NaN, units[i] ?? NaN];
        if (unit === 0) return value === clean;
        const slack = 1e-6 * own * unit + 2 ** -23 * Math.max(Math.abs(clean), Math.abs(value));
        return Math.abs(value - clean) <= own * unit + slack;
      };
      // Where rounding has put x outside the range, the point may stay at x.
      const isInRange = point.every((value, i) => {
        const clean = center[i] ?? NaN;
        return value >= Math.min(end(0, i), clean) && value <= Math.max(end(1, i), clean);
      });
      const isInBall =
        point.every(isNear) && (norm === 'linf' || length <= own * (1 + 1e-6) + rounding);
      return {distance: length, isInBall, isInRange};
    },
  };
}

function distanceInUnits(
  norm: ThreatModel['norm'],
  point: Float32Array,
  center: Float32Array,
  units: Float32Array,
): number {
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < point.length; i++) {
    const difference = Math.abs((point[i] ?? NaN) - (center[i] ?? NaN));
    const share = difference === 0 ? 0 : difference / (units[i] ?? NaN);
    squares += share * share;
    largest = Math.max(largest, share);
  }
  return norm === 'l2' ? Math.sqrt(squares) : largest;
}

// What rounding to float32 adds to a distance in units.
function lengthOf(center: Float32Array, units: Float32Array): number {
  let squares = 1e-12;
  for (let i = 0; i < center.length; i++) {
    const unit = units[i] ?? NaN;
    if (unit > 0) squares += ((2 ** -23 * Math.abs(center[i] ?? NaN)) / unit) ** 2;
  }
  return Math.sqrt(squares);
}
