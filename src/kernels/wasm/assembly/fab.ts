// One step of FAB on one example, in double precision, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../fabModule.ts. What it computes is described in
// src/attacks/fab/hyperplane.ts and src/attacks/fab/fabStep.ts, which do the same without SIMD.
// Arrays have an even number of values: one more, of 0, where the example has an odd one.

// The same constants as there.
const TINY: f64 = 1e-300;
const MARGIN: f64 = 2;

@inline
function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 3);
}

@inline
function single(values: usize, index: i32): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(values + ((<usize>index) << 2)));
}

@inline
function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

// What `project` finds.
let lambda: f64 = 0;
let length: f64 = 0;

/** Weight of the coordinates that can move; how far each can go is written to `limits`. */
function limitsOf(
  limits: usize, directions: usize, inverses: usize, weights: usize, point: usize, size: i32,
  side: f64, middle: f64, half: f64,
): f64 {
  let free = f64x2.splat(0);
  for (let i = 0; i < size; i += 2) {
    const inverse = v128.load(at(inverses, i));
    const sign = f64x2.mul(v128.load(at(directions, i)), inverse);
    const offset = f64x2.sub(single(point, i), f64x2.splat(middle));
    const reach = f64x2.add(
      f64x2.splat(half), f64x2.mul(f64x2.mul(f64x2.splat(side), sign), offset),
    );
    const limit = f64x2.mul(reach, inverse);
    v128.store(at(limits, i), f64x2.pmin(limit, f64x2.splat(f64.MAX_VALUE)));
    free = f64x2.add(
      free, v128.and(f64x2.gt(limit, f64x2.splat(0)), v128.load(at(weights, i))),
    );
  }
  return sumOf(free);
}

/** Sets λ and the length; coordinates with limits above `margin` are taken as free. */
function solve(
  limits: usize, weights: usize, near: usize, size: i32, target: f64, free: f64, margin: f64,
  isL2: bool,
): void {
  const nearWeights = at(near, size);
  let count = 0;
  let fars = f64x2.splat(0);
  for (let i = 0; i < size; i += 2) {
    const limit = v128.load(at(limits, i)), weight = v128.load(at(weights, i));
    const isFar = f64x2.gt(limit, f64x2.splat(margin));
    fars = f64x2.add(fars, v128.and(isFar, weight));
    // Most pixels are far from their bounds, or at them.
    if (!v128.any_true(v128.andnot(f64x2.gt(limit, f64x2.splat(0)), isFar))) continue;
    for (let k = i; k < i + 2; k++) {
      const one = f64.load(at(limits, k));
      f64.store(at(near, count), one);
      f64.store(at(nearWeights, count), f64.load(at(weights, k)));
      count += i32(one > 0) & i32(one <= margin);
    }
  }
  const far = sumOf(fars);
  if (count & 1) {
    f64.store(at(near, count), 0);
    f64.store(at(nearWeights, count), 0);
  }
  lambda = target / free;
  for (;;) {
    let slopes = f64x2.splat(0), reached = slopes, squares = slopes, largest = slopes;
    const bound = f64x2.splat(lambda);
    for (let i = 0; i < count; i += 2) {
      const limit = v128.load(at(near, i)), weight = v128.load(at(nearWeights, i));
      const isReached = f64x2.le(limit, bound);
      const part = v128.and(isReached, f64x2.mul(weight, limit));
      slopes = f64x2.add(slopes, v128.andnot(weight, isReached));
      reached = f64x2.add(reached, part);
      squares = f64x2.add(squares, f64x2.mul(part, limit));
      const moves = v128.and(isReached, f64x2.gt(weight, f64x2.splat(0)));
      largest = f64x2.pmax(largest, v128.and(moves, limit));
    }
    const slope = far + sumOf(slopes);
    const next = (target - sumOf(reached)) / slope;
    if (next > lambda) {
      lambda = next;
      continue;
    }
    const last = slope > 0 ? lambda : 0;
    lambda = min(lambda, f64.MAX_VALUE);
    length = isL2
      ? sqrt(sumOf(squares) + slope * last * last)
      : max(max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)), last);
    return;
  }
}

/** Sets λ and the length of the projection of `point`, and writes its limits. */
function project(
  limits: usize, directions: usize, inverses: usize, weights: usize, near: usize, point: usize,
  size: i32, excess: f64, total: f64, middle: f64, half: f64, isL2: bool,
): void {
  lambda = 0;
  length = 0;
  const target = abs(excess);
  const free = limitsOf(
    limits, directions, inverses, weights, point, size, excess < 0 ? -1 : 1, middle, half,
  );
  if (total == 0) return;
  if (free == 0) {
    lambda = target == 0 ? 0 : f64.MAX_VALUE;
    return;
  }
  const margin = (MARGIN * target) / free;
  solve(limits, weights, near, size, target, free, margin, isL2);
  if (lambda > margin) solve(limits, weights, near, size, target, free, Infinity, isL2);
}

/**
 * Overwrites `current` with the next candidate: `w` is the normal there, `value` the difference of
 * logits. All three and `clean` are float32, `size` values each. Work: 7 size + 2 doubles.
 */
export function step(
  current: usize, clean: usize, w: usize, size: i32, value: f64, isL2: bool, flat: f64, low: f64,
  high: f64, middle: f64, half: f64, alphaMax: f64, overshoot: f64, work: usize,
): void {
  const directions = work;
  const inverses = at(directions, size);
  const weights = at(inverses, size);
  const nearLimits = at(weights, size);
  const farLimits = at(nearLimits, size);
  const near = at(farLimits, size);
  const one = f64x2.splat(1);
  let totals = f64x2.splat(0), along = totals;
  for (let i = 0; i < size; i += 2) {
    const slope = single(w, i);
    const size = f64x2.abs(slope);
    const steepness = v128.and(f64x2.ge(size, f64x2.splat(flat)), size);
    const inverse = f64x2.div(one, f64x2.add(steepness, f64x2.splat(TINY)));
    const weight = isL2 ? f64x2.mul(steepness, steepness) : steepness;
    const factor = isL2 ? f64x2.mul(steepness, inverse) : inverse;
    v128.store(at(directions, i), f64x2.mul(slope, factor));
    v128.store(at(inverses, i), isL2 ? inverse : one);
    v128.store(at(weights, i), weight);
    totals = f64x2.add(totals, weight);
    along = f64x2.add(along, f64x2.mul(slope, f64x2.sub(single(clean, i), single(current, i))));
  }
  const total = sumOf(totals);
  project(
    nearLimits, directions, inverses, weights, near, current, size, value, total, middle, half,
    isL2,
  );
  const nearLambda = f64x2.splat(lambda);
  const a1 = max(length, 1e-8);
  const excess = value + sumOf(along);
  project(
    farLimits, directions, inverses, weights, near, clean, size, excess, total, middle, half, isL2,
  );
  const farLambda = f64x2.splat(lambda);
  const alpha = min(a1 / (a1 + max(length, 1e-8)), alphaMax);
  const nearScale = f64x2.splat((value < 0 ? overshoot : -overshoot) * (1 - alpha));
  const farScale = f64x2.splat((excess < 0 ? overshoot : -overshoot) * alpha);
  for (let i = 0; i < size; i += 2) {
    const rate = f64x2.add(
      f64x2.mul(nearScale, f64x2.pmin(nearLambda, v128.load(at(nearLimits, i)))),
      f64x2.mul(farScale, f64x2.pmin(farLambda, v128.load(at(farLimits, i)))),
    );
    const between = f64x2.add(
      f64x2.mul(f64x2.splat(1 - alpha), single(current, i)),
      f64x2.mul(f64x2.splat(alpha), single(clean, i)),
    );
    const moved = f64x2.add(between, f64x2.mul(rate, v128.load(at(directions, i))));
    const bounded = f64x2.pmax(f64x2.splat(low), f64x2.pmin(f64x2.splat(high), moved));
    v128.store64_lane(
      current + ((<usize>i) << 2), f32x4.demote_f64x2_zero(bounded), 0,
    );
  }
}
