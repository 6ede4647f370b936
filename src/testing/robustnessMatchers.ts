import type * as tf from '@tensorflow/tfjs-core';

import type {Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {tested} from './assertRobust';
import {describeVerdict} from './describeVerdict';
import type {RobustnessTestOptions} from './robustnessTestOptions';

/** The answer of a matcher, as vitest and jest take it. */
export interface MatcherResult {
  /** Whether the expectation holds, before a `.not`. */
  readonly pass: boolean;
  /** What to print if it does not. */
  readonly message: () => string;
}

/** The matchers, as `expect` has them. Extend the `Matchers` of your `expect` by this type. */
export interface RobustnessMatchers {
  /**
   * Whether the model is shown to be as robust as asked; see `assertRobust`. Asynchronous: await
   * it. `.not.toBeRobust` holds only if the model is shown not to be: a question that the examples
   * leave open fails both.
   */
  toBeRobust<I extends tf.Tensor = tf.Tensor4D>(
    dataset: Dataset<I>,
    options: RobustnessTestOptions<I>,
  ): Promise<void>;
}

// vitest and @types/jest both extend the global `jest.Matchers`, so that neither has to be
// installed.
declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- that is where they have it
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars -- the type parameters have to be theirs
    interface Matchers<R, T = {}> extends RobustnessMatchers {}
  }
}

// The `this` of a matcher.
const isNegated = (context: unknown): boolean =>
  typeof context === 'object' && context !== null && 'isNot' in context && context.isNot === true;

/**
 * Matchers for `expect.extend`, of vitest and of jest: `toBeRobust(dataset, options)`, which asserts
 * what `assertRobust` does. After `expect.extend(robustnessMatchers)` a test says
 * `await expect(model).toBeRobust(dataset, {atLeast: 0.4})`; give it `ROBUSTNESS_TIMEOUT`.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {arrayDataset} from 'lt-robust/data';
 * import {robustnessMatchers} from 'lt-robust/testing';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.9]), [0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * // What `expect` asks:
 * const {pass} = await robustnessMatchers.toBeRobust(model, dataset, {atLeast: 0.2});
 * pass; // => true
 * ```
 */
export const robustnessMatchers = {
  /** Whether the model is shown to be as robust as asked; see {@link RobustnessMatchers}. */
  async toBeRobust<I extends tf.Tensor = tf.Tensor4D>(
    this: unknown,
    model: Model<I>,
    dataset: Dataset<I>,
    options: RobustnessTestOptions<I>,
  ): Promise<MatcherResult> {
    const isNot = isNegated(this);
    const {verdict, files} = await tested('toBeRobust', model, dataset, options);
    const isOpen = verdict.outcome === 'undecided';
    return {
      // With `.not`, passing is failing: an open question has to fail, too.
      pass: isNot && isOpen ? (options.undecided ?? 'fail') === 'fail' : verdict.pass,
      message: () => describeVerdict(verdict, files),
    };
  },
};
