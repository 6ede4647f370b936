import {rangeOfRow, unitsOfRow} from '../../core/features';
import type {FeatureThreat} from '../../math/featureBall';
import type {FabConstants} from '../../kernels/wasm/fab';
import {fabConstants, fabStepper} from './fabStep';

/** A step of FAB on one example of a problem; see `fabStepper`. */
export type ExampleStep = (
  position: number,
  current: Float32Array,
  clean: Float32Array,
  normal: Float32Array,
  value: number,
) => void;

/**
 * Steps of FAB where features have budgets or ranges of their own: the plain ones in units of those
 * budgets, counted from the clean example.
 *
 * @param shape - Of an example.
 * @param threat - Whose features were read.
 * @param settings - Of FAB.
 */
export function featureFabSteps(
  shape: readonly number[],
  threat: FeatureThreat,
  settings: Pick<FabConstants, 'alphaMax' | 'overshoot'>,
): ExampleStep {
  const size = shape.reduce((product, length) => product * length, 1);
  const {norm, clip, features} = threat;
  const bounds = {low: new Float64Array(size), high: new Float64Array(size)};
  const plain = fabStepper({...fabConstants(size, {norm, clip: null}, settings), bounds});
  const moved = new Float32Array(size);
  const slope = new Float32Array(size);
  const origin = new Float32Array(size);
  return (position, current, clean, normal, value) => {
    const units = unitsOfRow(features, position, shape);
    const range = rangeOfRow(features, position, shape) ?? clip ?? [-Infinity, Infinity];
    const end = (which: 0 | 1, i: number): number => {
      const each = range[which];
      return typeof each === 'number' ? each : (each[i] ?? NaN);
    };
    for (let i = 0; i < size; i++) {
      const [unit, from] = [units[i] ?? NaN, clean[i] ?? NaN];
      const isFixed = unit === 0;
      moved[i] = isFixed ? 0 : ((current[i] ?? NaN) - from) / unit;
      slope[i] = isFixed ? 0 : (normal[i] ?? NaN) * unit;
      bounds.low[i] = isFixed ? 0 : Math.min((end(0, i) - from) / unit, 0);
      bounds.high[i] = isFixed ? 0 : Math.max((end(1, i) - from) / unit, 0);
    }
    plain(moved, origin, slope, value);
    for (let i = 0; i < size; i++) {
      const [unit, from] = [units[i] ?? NaN, clean[i] ?? NaN];
      if (unit === 0) continue;
      const low = Math.min(end(0, i), from);
      const high = Math.max(end(1, i), from);
      current[i] = Math.min(Math.max(from + unit * (moved[i] ?? NaN), low), high);
    }
  };
}
