import type {ThreatModel} from '../../core/threatModel';
import {type FabConstants, type FabStep, withSweptFabSteps} from '../../kernels/wasm/fab';
import {
  type Bounds,
  emptyProjection,
  hyperplaneProjections,
  hyperplaneSetting,
  lesser,
  type Projection,
} from './hyperplane';

/** What steps need, from a threat model and the settings of FAB. */
export function fabConstants(
  size: number,
  threat: Pick<ThreatModel, 'norm' | 'clip'>,
  {alphaMax, overshoot}: Pick<FabConstants, 'alphaMax' | 'overshoot'>,
): FabConstants {
  const [min, max] = threat.clip ?? [-Infinity, Infinity];
  return {size, min, max, alphaMax, overshoot, ...hyperplaneSetting(threat)};
}

/**
 * Steps of FAB: `(1 − α) (current + η d1) + α (clean + η d2)`, into the range, with d1 and d2 the
 * projections of `current` and `clean` onto the hyperplane, η the overshoot and α the share of d1
 * in both lengths, `alphaMax` at most.
 *
 * @see Croce & Hein 2020, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary
 *   Attack, eq. 9 and 10.
 */
export function fabStepper(constants: FabConstants & {readonly bounds?: Bounds}): FabStep {
  const {size, alphaMax, overshoot, min, max, bounds} = constants;
  const {normal, setNormal, project} = hyperplaneProjections(size, constants);
  const fromCurrent = emptyProjection(size);
  const fromClean = emptyProjection(size);
  return (current, clean, w, value) => {
    setNormal(w);
    project(fromCurrent, current, value);
    project(fromClean, clean, value + differenceAlong(w, clean, current));
    const a1 = Math.max(fromCurrent.length, 1e-8);
    const a2 = Math.max(fromClean.length, 1e-8);
    const alpha = Math.min(a1 / (a1 + a2), alphaMax);
    // The steps d1 and d2 are written out on the way.
    const {directions} = normal;
    mix(current, clean, {
      directions,
      near: {...fromCurrent, scale: -overshoot * fromCurrent.side * (1 - alpha)},
      far: {...fromClean, scale: -overshoot * fromClean.side * alpha},
      ...{alpha, min, max},
    });
    if (bounds !== undefined) clampTo(current, bounds);
  };
}

/**
 * Runs a function with the fastest steps available. Nothing else may run meanwhile.
 *
 * @param constants - Of {@link fabConstants}.
 * @returns Takes what to do with them; it must not call tfjs.
 */
export function fabSteps(constants: FabConstants): (use: (step: FabStep) => void) => void {
  const own = fabStepper(constants);
  return (use) => {
    if (!withSweptFabSteps(constants, use)) use(own);
  };
}

/** What {@link mix} mixes. */
interface Mixture {
  readonly directions: Float64Array;
  readonly near: Projection & {readonly scale: number};
  readonly far: Projection & {readonly scale: number};
  readonly alpha: number;
  readonly min: number;
  readonly max: number;
}

// (1 − α) (current + η d1) + α (clean + η d2), into the range.
function mix(
  current: Float32Array,
  clean: Float32Array,
  {directions, near, far, alpha, min, max}: Mixture,
): void {
  const {limits: nearLimits, lambda: nearLambda, scale: nearScale} = near;
  const {limits: farLimits, lambda: farLambda, scale: farScale} = far;
  for (let i = 0; i < current.length; i++) {
    const rate =
      nearScale * lesser(nearLambda, nearLimits[i] ?? NaN) +
      farScale * lesser(farLambda, farLimits[i] ?? NaN);
    const value =
      (1 - alpha) * (current[i] ?? NaN) + alpha * (clean[i] ?? NaN) + rate * (directions[i] ?? NaN);
    current[i] = value < min ? min : value > max ? max : value;
  }
}

function clampTo(current: Float32Array, {low, high}: Bounds): void {
  for (let i = 0; i < current.length; i++) {
    current[i] = Math.min(Math.max(current[i] as number, low[i] as number), high[i] as number);
  }
}

// w · (to − from)
function differenceAlong(w: Float32Array, to: Float32Array, from: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < w.length; i++) {
    sum += (w[i] ?? NaN) * ((to[i] ?? NaN) - (from[i] ?? NaN));
  }
  return sum;
}
