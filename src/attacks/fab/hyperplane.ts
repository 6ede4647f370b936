import type {ThreatModel} from '../../core/threatModel';

// Coordinates of a flatter normal do not move under L2, as in the official code; for values from 0
// to 1.
const FLAT = 1e-8;

// Half of a range whose ends nothing reaches.
const ENDLESS = 1e300;

// Avoids 0 / 0; too small to change any non-zero float32.
const TINY = 1e-300;

// Coordinates with this many times the least λ are not expected to meet their bounds.
const MARGIN = 2;

/** The numbers of one example, in single or double precision. */
export type Values = Float32Array | Float64Array;

/** The gradient that hyperplanes are perpendicular to, and what the norm makes of it. */
export interface Normal {
  /** How each coordinate moves uphill per unit of λ: `sign w_i` for L∞, `w_i` for L2. */
  readonly directions: Float64Array;
  /** One over the absolute value of each direction. */
  readonly inverses: Float64Array;
  /** a_i = |w_i| or w_i²: how far that move brings the point towards the hyperplane. */
  readonly weights: Float64Array;
  /** Σ a_i. */
  total: number;
}

/**
 * A projection: coordinate i moves by `−side · directions_i · min(lambda, limits_i)`. `length` is
 * the norm of the whole move.
 */
export interface Projection {
  readonly limits: Float64Array;
  side: 1 | -1;
  lambda: number;
  length: number;
}

/** The projections of one kind of example. */
export interface HyperplaneProjections {
  /** Makes `w` the normal of the projections that follow. */
  readonly setNormal: (w: Values) => void;
  /**
   * Computes the shortest step from `point`, inside the range, to the hyperplane
   * `w · (z − point) + excess = 0`: `excess` is `w · point − b` for `w · z = b`. Both are finite.
   */
  readonly project: (projection: Projection, point: Values, excess: number) => void;
  readonly normal: Normal;
}

/**
 * The smaller of two finite numbers, without the branch that V8 makes of `Math.min`. Which of the
 * two is smaller is as good as random for the pixels of an image, so a branch would often be
 * mispredicted.
 */
export const lesser = (a: number, b: number): number => {
  const isB = Number(b < a);
  return isB * b + (1 - isB) * a;
};

/** Norm and range as {@link hyperplaneProjections} needs them. */
export interface HyperplaneSetting {
  readonly isL2: boolean;
  /** Coordinates of a normal with a smaller absolute value do not move. */
  readonly flat: number;
  /** Middle of the range. */
  readonly middle: number;
  /** Half the length of the range. */
  readonly half: number;
  /** A range for every coordinate, in place of the common one. */
  readonly bounds?: Bounds | undefined;
}

/** A range for every coordinate; may be infinite. */
export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The setting of a norm and a range. */
export function hyperplaneSetting({
  norm,
  clip,
}: Pick<ThreatModel, 'norm' | 'clip'>): HyperplaneSetting {
  const isL2 = norm === 'l2';
  const [min, max] = clip ?? [-ENDLESS, ENDLESS];
  const flat = isL2 ? FLAT / (clip === null ? 1 : max - min) : 0;
  return {isL2, flat, middle: (min + max) / 2, half: (max - min) / 2};
}

/** An empty projection for an example of `size` values. */
export const emptyProjection = (size: number): Projection => ({
  limits: new Float64Array(size),
  side: 1,
  lambda: 0,
  length: 0,
});

/**
 * Prepares projections onto hyperplanes inside the valid range: exact, in double precision, without
 * sorting. Where the range does not reach a hyperplane, the result is the point of the range
 * nearest to it; where the normal is zero, nothing moves.
 *
 * Every coordinate moves at its rate until it meets its bound, at `limit_i`. How far that brings
 * all of them, `g(λ) = Σ a_i min(λ, limit_i)`, is increasing, concave and piecewise linear:
 * Newton's iteration for `g(λ) = |excess|` comes from below and ends on the root after a few
 * rounds. Only coordinates with near limits take part in them.
 *
 * @param size - Values of an example.
 * @param setting - Norm and range: {@link hyperplaneSetting}.
 * @returns Functions that allocate nothing.
 * @see Croce & Hein 2020, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary
 *   Attack, Sec. 3.1 and App. A; they sort, with the same result.
 */
export function hyperplaneProjections(
  size: number,
  {isL2, flat, bounds, ...range}: HyperplaneSetting,
): HyperplaneProjections {
  const near = {limits: new Float64Array(size), weights: new Float64Array(size)};
  const normal: Normal = {
    directions: new Float64Array(size),
    inverses: new Float64Array(size),
    weights: new Float64Array(size),
    total: 0,
  };
  return {
    normal,
    setNormal: (w) => {
      setNormal(normal, w, isL2, flat);
    },
    project: (projection, point, excess) => {
      projection.side = excess < 0 ? -1 : 1;
      projection.lambda = projection.length = 0;
      if (normal.total === 0) return;
      const target = Math.abs(excess);
      const free = bounds
        ? boundedLimits(projection, point, normal, bounds)
        : limitsOf(projection, point, {normal, range});
      if (free === 0) {
        projection.lambda = target === 0 ? 0 : Number.MAX_VALUE; // out of reach: nothing can move
        return;
      }
      const margin = (MARGIN * target) / free;
      solve(projection, target, {normal, near, isL2}, free, margin);
      // Most of the weight meets its bounds on the way.
      if (projection.lambda > margin) {
        solve(projection, target, {normal, near, isL2}, free, Infinity);
      }
    },
  };
}

function setNormal(normal: Normal, w: Values, isL2: boolean, flat: number): void {
  const {directions, inverses, weights} = normal;
  let total = 0;
  for (let i = 0; i < directions.length; i++) {
    const value = w[i] ?? NaN;
    const steepness = Math.abs(value) < flat ? 0 : Math.abs(value);
    const inverse = 1 / (steepness + TINY);
    const weight = isL2 ? steepness * steepness : steepness;
    // There is no branch on the sign of w, which is as good as random.
    directions[i] = isL2 ? value * steepness * inverse : value * inverse;
    inverses[i] = isL2 ? inverse : 1;
    weights[i] = weight;
    total += weight;
  }
  normal.total = total;
}

/** How far every coordinate can go; returns the weight of those that can move at all. */
function limitsOf(
  {limits, side}: Projection,
  point: Values,
  {
    normal: {directions, inverses, weights},
    range: {middle, half},
  }: {normal: Normal; range: {readonly middle: number; readonly half: number}},
): number {
  let free = 0;
  for (let i = 0; i < limits.length; i++) {
    const inverse = inverses[i] ?? NaN;
    const sign = (directions[i] ?? NaN) * inverse;
    const limit = (half + side * sign * ((point[i] ?? NaN) - middle)) * inverse;
    limits[i] = Math.min(limit, Number.MAX_VALUE); // of no range, or a flat direction
    // Whether a pixel at its bound may leave it is as good as random: no branch.
    free += Number(limit > 0) * (weights[i] ?? NaN);
  }
  return free;
}

// {@link limitsOf} for coordinates with ranges of their own.
function boundedLimits(
  {limits, side}: Projection,
  point: Values,
  {directions, inverses, weights}: Normal,
  {low, high}: Bounds,
): number {
  let free = 0;
  for (let i = 0; i < limits.length; i++) {
    const isDownwards = side * (directions[i] as number) > 0;
    const value = point[i] as number;
    const room = isDownwards ? value - (low[i] as number) : (high[i] as number) - value;
    const limit = Math.min(room * (inverses[i] as number), Number.MAX_VALUE);
    limits[i] = limit;
    if (limit > 0) free += weights[i] as number;
  }
  return free;
}

/** What {@link solve} works with. */
interface Setting {
  readonly normal: Normal;
  readonly near: {readonly limits: Float64Array; readonly weights: Float64Array};
  readonly isL2: boolean;
}

// Coordinates with limits above `margin` are taken as free: the caller checks whether λ reached the
// margin.
function solve(
  projection: Projection,
  target: number,
  {normal: {weights}, near, isL2}: Setting,
  free: number,
  margin: number,
): void {
  const {limits} = projection;
  const nearLimits = near.limits;
  const nearWeights = near.weights;
  let count = 0;
  let far = 0; // weight of the others, which are free
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i] ?? NaN;
    const weight = weights[i] ?? NaN;
    nearLimits[count] = limit;
    nearWeights[count] = weight;
    const isFar = Number(limit > margin);
    far += isFar * weight;
    count += Number(limit > 0) - isFar;
  }

  let lambda = target / free; // λ without bounds, which saves a first round
  for (;;) {
    let slope = far; // g'(λ)
    let reached = 0; // by coordinates at their bounds
    let squares = 0; // their share of the squared norm, under L2
    let largest = 0;
    for (let i = 0; i < count; i++) {
      const weight = nearWeights[i] ?? NaN;
      const limit = nearLimits[i] ?? NaN;
      const isReached = Number(limit <= lambda);
      const part = isReached * weight * limit;
      slope += (1 - isReached) * weight;
      reached += part;
      squares += part * limit;
      if (part > largest * weight) largest = limit;
    }
    // Once every coordinate is at its bound and the target is beyond, λ becomes infinite.
    const next = (target - reached) / slope;
    if (next > lambda) {
      lambda = next;
      continue;
    }
    const last = slope > 0 ? lambda : 0;
    projection.lambda = Math.min(lambda, Number.MAX_VALUE);
    projection.length = isL2 ? Math.sqrt(squares + slope * last * last) : Math.max(largest, last);
    return;
  }
}

/**
 * Writes out the step of a projection.
 *
 * @param step - Where to; as long as an example.
 */
export function writeStep(
  step: Float64Array,
  {limits, side, lambda}: Projection,
  {directions}: Normal,
): void {
  for (let i = 0; i < step.length; i++) {
    step[i] = -side * (directions[i] ?? NaN) * lesser(lambda, limits[i] ?? NaN);
  }
}
