import {at} from '../core/at';
import {checkNumbers} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';

/**
 * The `k` classes with the fewest training examples. Of equally rare ones the higher index counts
 * as rarer, as the papers number classes from head to tail. The paper takes k = 1, 10 and 20 for
 * CIFAR-10-LT, CIFAR-100-LT and Tiny-ImageNet-LT.
 *
 * @param classCounts - Training examples of each class.
 * @param k - How many classes.
 * @returns Their indices, ascending.
 * @throws {@link InvalidArgumentError} if `k` is not an integer from 1 to the number of classes.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 5.1.
 * @example
 * ```ts
 * import {tailClasses} from 'lt-robust';
 *
 * tailClasses([500, 20, 80, 20], 2); // => [1, 3]
 * ```
 */
export function tailClasses(classCounts: ArrayLike<number>, k: number): number[] {
  checkNumbers('tailClasses', 'classCounts', classCounts, {min: 0});
  checkNumber('tailClasses', 'k', k, {min: 1, max: classCounts.length, integer: true});
  const count = (label: number) => at(classCounts, label);
  return Array.from(classCounts, (_, label) => label)
    .sort((a, b) => count(a) - count(b) || b - a)
    .slice(0, k)
    .sort((a, b) => a - b);
}
