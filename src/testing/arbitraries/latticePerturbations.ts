import * as fc from 'fast-check';

import {checkNumbers} from '../../core/checks/checkNumbers';
import {at} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import {InvalidArgumentError} from '../../core/errors';
import {type Defaults, withDefaults} from '../../core/options';
import {checkThreat, DEFAULT_THREAT, type ThreatOptions} from '../../core/threatModel';
import {exampleSize, type PlainTensor} from './plainTensor';
import {listOf} from './ranges';

/** Options of {@link latticePerturbations}. */
export interface LatticePerturbationsOptions extends ThreatOptions {
  /** Number of grey levels of the valid range. @defaultValue 256 */
  readonly levels?: number | undefined;
}

const DEFAULTS: Defaults<Omit<LatticePerturbationsOptions, 'features'>> = {
  ...DEFAULT_THREAT,
  levels: 256,
};

/**
 * Perturbations that an image file can hold: every value is a whole number of grey levels, and the
 * norm of every example at most epsilon. They shrink toward none at all.
 *
 * @param shape - `[batch, ...]`.
 * @param options - See {@link LatticePerturbationsOptions}; without `clip` a level is 1/255.
 * @returns Batches of perturbations, as plain data: values times the width of a level.
 * @throws {@link InvalidArgumentError} if the threat model is none.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {latticePerturbations} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(latticePerturbations([1, 4], {epsilon: 2 / 255}), ({values}) => {
 *   return values.every((value) => [0, 1, 2].includes(Math.abs(Math.round(value * 255))));
 * }));
 * ```
 */
export function latticePerturbations(
  shape: readonly number[],
  options: LatticePerturbationsOptions = {},
): fc.Arbitrary<PlainTensor> {
  const where = 'latticePerturbations';
  const settings = withDefaults(where, DEFAULTS, options);
  const {norm, epsilon, clip, levels} = settings;
  checkNumbers(where, 'shape', shape, {min: 0, integer: true});
  const [batch] = shape;
  if (batch === undefined) {
    throw new InvalidArgumentError({
      ...{where, argument: 'shape', expected: 'be [batch, ...]', found: 'an empty list'},
      remedy: 'Begin with the number of examples: [8, 28, 28, 1].',
    });
  }
  checkThreat(where, settings, batch);
  checkNumber(where, 'levels', levels, {min: 2, integer: true});
  const width = (clip === null ? 1 : clip[1] - clip[0]) / (levels - 1);
  const size = exampleSize(shape);
  // 8/255 is eight levels of 255, whatever its rounding.
  const limits = Array.from({length: batch}, (_, row) => {
    const own = typeof epsilon === 'number' ? epsilon : at(epsilon, row);
    return (own / width) * (1 + 1e-6);
  });
  const most = Math.floor(Math.max(0, ...limits));
  return listOf(fc.integer({min: -most, max: most}), batch * size).map((list) => {
    const steps = list.map((step, i) => {
      const limit = at(limits, Math.floor(i / size));
      return Math.sign(step) * Math.min(Math.abs(step), Math.floor(limit));
    });
    if (norm === 'l2') {
      for (let row = 0; row < batch; row++) {
        const own = steps.slice(row * size, (row + 1) * size);
        const scale = Math.min(1, at(limits, row) / (Math.hypot(...own) || 1));
        // Rounded towards zero, so that no rounding lengthens the perturbation.
        own.forEach((step, i) => (steps[row * size + i] = Math.trunc(step * scale)));
      }
    }
    return {values: Float32Array.from(steps, (step) => step * width), shape: Array.from(shape)};
  });
}
