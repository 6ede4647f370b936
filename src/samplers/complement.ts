import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';

/**
 * The indices that a selection left out, ascending.
 *
 * @param size - Number of examples in all.
 * @param indices - Integers in `[0, size)`; any may occur more than once.
 * @returns Every integer in `[0, size)` that is not in `indices`.
 * @throws {@link InvalidArgumentError} if an index is out of range.
 * @example
 * ```ts
 * import {complement} from 'lt-robust';
 *
 * complement(5, [3, 0]); // => [1, 2, 4]
 * ```
 */
export function complement(size: number, indices: ArrayLike<number>): Int32Array {
  checkNumber('complement', 'size', size, {min: 0, integer: true});
  checkList('complement', 'indices', indices, 'be an array of integers');
  const taken = new Uint8Array(size);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    checkNumber('complement', `indices[${i}]`, index, {min: 0, max: size - 1, integer: true});
    taken[index] = 1;
  }
  return Int32Array.from({length: size}, (_, i) => i).filter((i) => taken[i] === 0);
}
