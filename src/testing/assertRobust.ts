import type * as tf from '@tensorflow/tfjs-core';

import type {Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {describeVerdict} from './describeVerdict';
import {type RobustnessVerdict, verdictOf} from './judgeRobustness';
import type {RobustnessTestOptions} from './robustnessTestOptions';
import {writeCounterexamples} from './writeCounterexamples';

/** A model is not as robust as asked, or was not shown to be. The message says all of it. */
export class NotRobustError extends Error {
  /** The name that the type guard compares. */
  override readonly name = 'NotRobustError';
  /** Outcome, counts, bounds and counterexamples. */
  readonly verdict: RobustnessVerdict;
  /** Paths of the pictures of counterexamples that were written. */
  readonly files: readonly string[];

  constructor(verdict: RobustnessVerdict, files: readonly string[] = []) {
    super(describeVerdict(verdict, files));
    this.verdict = verdict;
    this.files = files;
  }
}

/** Whether `error` is a {@link NotRobustError}, whichever copy of this package threw it. */
export const isNotRobustError = (error: unknown): error is NotRobustError =>
  error instanceof Error && error.name === 'NotRobustError';

/**
 * Milliseconds that a test with {@link assertRobust} may take: its time limit of a minute, and
 * another minute for the last batch and the counterexamples. Pass it to
 * `it(name, test, ROBUSTNESS_TIMEOUT)`: the default of vitest and jest is 5 seconds.
 */
export const ROBUSTNESS_TIMEOUT = 120_000;

/** The verdict, and the files that were written. */
export async function tested<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  dataset: Dataset<I>,
  options: RobustnessTestOptions<I>,
): Promise<{readonly verdict: RobustnessVerdict; readonly files: readonly string[]}> {
  const verdict = await verdictOf(where, model, dataset, options);
  const {counterexamples, settings} = verdict;
  const isWritten = options.folder !== undefined && counterexamples.length > 0;
  const files = isWritten
    ? await writeCounterexamples(counterexamples, options.folder, settings.clip)
    : [];
  return {verdict, files};
}

/**
 * Passes if a model is shown to be as robust as asked, with the stated confidence, and throws
 * otherwise; see {@link judgeRobustness} for what that means. The message has counts, bounds, the
 * seed, about how many examples would decide what is open, and a counterexample that was shrunk:
 * the smallest epsilon at which the attack still succeeds, with no pixel changed needlessly.
 *
 * @param model - What attacks take as their model.
 * @param dataset - Labelled examples: a sample of what the statement is about.
 * @param options - See {@link RobustnessTestOptions}; at least one of `atLeast`, `perClass`, `tail`.
 * @returns The verdict of a model that passes.
 * @throws {@link NotRobustError} if the model is surely less robust than asked, or if the examples
 *   do not decide it (unless `undecided` is `'pass'`).
 * @throws {@link InvalidArgumentError} as {@link judgeRobustness} does.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {arrayDataset} from 'lt-robust/data';
 * import {assertRobust, isNotRobustError} from 'lt-robust/testing';
 *
 * const pixels = Float32Array.from({length: 100}, (_, i) => i / 99);
 * const dataset = arrayDataset(pixels, Array.from(pixels, (v) => Number(v > 0.5)), {
 *   shape: [1, 1, 1],
 * });
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * await assertRobust(model, dataset, {epsilon: 0.05, atLeast: 0.8, perClass: 0.7});
 * const error: unknown = await assertRobust(model, dataset, {epsilon: 0.3, atLeast: 0.8})
 *   .catch((reason: unknown) => reason);
 * isNotRobustError(error); // => true
 * ```
 */
export async function assertRobust<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  dataset: Dataset<I>,
  options: RobustnessTestOptions<I>,
): Promise<RobustnessVerdict> {
  const {verdict, files} = await tested('assertRobust', model, dataset, options);
  if (!verdict.pass) throw new NotRobustError(verdict, files);
  return verdict;
}
