import {checkCounts} from './checkCounts';
import {checkNumber} from '../core/checks/checkNumber';
import {classProbabilities} from './classProbabilities';

/**
 * How often each class is drawn by progressively balanced sampling, (1 - e/E) times plain sampling
 * of examples plus e/E times class-balanced sampling: it goes from the data as they are to equal
 * classes.
 *
 * @param classCounts - Examples of each class, ≥ 1.
 * @param epoch - Epoch e, counted from 1 to `epochs`; 0 gives plain sampling.
 * @param epochs - Epochs E of the whole training.
 * @returns Probabilities that sum to 1, for {@link sampledBatches}.
 * @throws {@link InvalidArgumentError} if a class is empty, there is none, or an epoch is out of range.
 * @see Kang et al. 2020, Decoupling Representation and Classifier for Long-Tailed Recognition,
 *   Eq. (2).
 * @example
 * ```ts
 * import {progressiveProbabilities} from 'lt-robust';
 *
 * progressiveProbabilities([90, 10], 50, 100); // => [0.7, 0.3]
 * ```
 */
export function progressiveProbabilities(
  classCounts: ArrayLike<number>,
  epoch: number,
  epochs: number,
): number[] {
  const where = 'progressiveProbabilities';
  checkNumber(where, 'epochs', epochs, {min: 1, integer: true});
  checkNumber(where, 'epoch', epoch, {min: 0, max: epochs, integer: true});
  checkCounts(where, classCounts);
  const share = epoch / epochs;
  return classProbabilities(classCounts, 1).map(
    (plain) => (1 - share) * plain + share / classCounts.length,
  );
}
