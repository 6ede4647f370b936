import type {Norm} from '../../core/threatModel';
import {type Lattice, levelOf, levelsOf, pixelOf} from '../../math/lattice';

// Tolerance as a fraction of the range: float32 pixels do not lie on levels exactly.
const ROUNDING = 1e-6;

/**
 * Puts a perturbed example on grey levels. L∞: away from the clean example, because the norm counts
 * only the largest step, which every coordinate may use in full, and a step towards the clean
 * example would undo the crossing of the boundary; the norm stays within the next whole level. L2:
 * to the nearest level.
 *
 * @param point - One perturbed example inside the range; changed.
 * @param center - The clean one, on the levels.
 */
export function roundToLevels(
  point: Float32Array,
  center: Float32Array,
  norm: Norm,
  lattice: Lattice,
): void {
  for (let i = 0; i < point.length; i++) {
    const clean = center[i] ?? NaN;
    const steps = levelsOf((point[i] ?? NaN) - clean, lattice);
    const whole =
      norm === 'linf'
        ? Math.sign(steps) * Math.ceil(Math.abs(steps) - ROUNDING * lattice.levels)
        : Math.round(steps);
    point[i] = pixelOf(levelOf(clean, lattice) + whole, lattice);
  }
}
