import * as fc from 'fast-check';

import {checkNumber} from '../../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../../core/options';
import {type CountRange, endsOf} from './ranges';

/** Options of {@link labelArrays}. */
export interface LabelArraysOptions {
  /** Number of labels. @defaultValue [1, 16] */
  readonly count?: CountRange | undefined;
  /** Number of classes, at least 1. @defaultValue 3 */
  readonly numClasses?: number | undefined;
}

const DEFAULTS: Defaults<LabelArraysOptions> = {count: [1, 16], numClasses: 3};

/**
 * Labels from 0 to `numClasses - 1`. They shrink toward few labels, all of class 0.
 *
 * @param options - See {@link LabelArraysOptions}.
 * @returns Labels as `Dataset.labels` has them.
 * @throws {@link InvalidArgumentError} if a range is empty.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {labelArrays} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(labelArrays({numClasses: 2}), (labels) => labels.every((y) => y < 2)));
 * ```
 */
export function labelArrays(options: LabelArraysOptions = {}): fc.Arbitrary<Int32Array> {
  const where = 'labelArrays';
  const {count, numClasses} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'numClasses', numClasses, {min: 1, integer: true});
  const [minLength, maxLength] = endsOf(where, 'count', count);
  return fc
    .array(fc.nat({max: numClasses - 1}), {minLength, maxLength, size: 'max'})
    .map((list) => Int32Array.from(list));
}
