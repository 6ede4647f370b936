import * as fc from 'fast-check';

import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkGiven} from '../../core/checks/checkGiven';
import {checkNumber} from '../../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../../core/options';
import {checkClip, type Norm, type ThreatModel} from '../../core/threatModel';

/** Options of {@link threatModels}. */
export interface ThreatModelsOptions {
  /** Norms to choose from; simpler ones first. @defaultValue ['linf', 'l2'] */
  readonly norms?: readonly Norm[] | undefined;
  /**
   * Largest epsilon, in levels of 255 of the valid range: 8 stands for 8/255 of it. L2 takes
   * sixteen times that. @defaultValue 32
   */
  readonly maxLevels?: number | undefined;
  /** Valid ranges to choose from; simpler ones first. @defaultValue [[0, 1]] */
  readonly clips?: readonly ThreatModel['clip'][] | undefined;
}

const DEFAULTS: Defaults<ThreatModelsOptions> = {
  norms: ['linf', 'l2'],
  maxLevels: 32,
  clips: [[0, 1]],
};

/** A {@link ThreatModel} with one epsilon for all examples. */
export interface PlainThreat extends ThreatModel {
  /** Largest allowed norm, in the units of `x`. */
  readonly epsilon: number;
}

/**
 * Threat models that attacks accept. They shrink toward the first norm, the first range and an
 * epsilon of 0.
 *
 * @param options - See {@link ThreatModelsOptions}.
 * @returns Norm, epsilon and range.
 * @throws {@link InvalidArgumentError} if `maxLevels` is not from 0 to 255.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {threatModels} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(threatModels({maxLevels: 8}), ({norm, epsilon}) => {
 *   return epsilon <= (norm === 'linf' ? 8 / 255 : 128 / 255);
 * }));
 * ```
 */
export function threatModels(options: ThreatModelsOptions = {}): fc.Arbitrary<PlainThreat> {
  const where = 'threatModels';
  const {norms, maxLevels, clips} = withDefaults(where, DEFAULTS, options);
  checkThreats(where, {norms, maxLevels, clips});
  return fc
    .record({
      norm: fc.constantFrom(...norms),
      levels: fc.nat({max: maxLevels}),
      clip: fc.constantFrom(...clips),
    })
    .map(({norm, levels, clip}) => {
      const width = clip === null ? 1 : clip[1] - clip[0];
      return {norm, clip, epsilon: ((norm === 'l2' ? 16 : 1) * levels * width) / 255};
    });
}

/** Throws unless norms, levels and ranges are valid. */
export function checkThreats(
  where: string,
  {norms, maxLevels, clips}: {readonly [K in keyof ThreatModelsOptions]-?: unknown},
): void {
  checkNumber(where, 'maxLevels', maxLevels, {min: 0, max: 255, integer: true});
  for (const [argument, list] of Object.entries({norms, clips})) {
    const isList = Array.isArray(list) && list.length > 0;
    checkGiven(
      where,
      argument,
      list,
      isList,
      'be a list of at least one',
      'Leave it out, or name them.',
    );
  }
  for (const norm of norms as readonly unknown[]) checkOneOf(where, 'norms', norm, ['linf', 'l2']);
  for (const clip of clips as readonly unknown[]) checkClip(where, 'clips', clip);
}
