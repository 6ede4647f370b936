import type * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from './errors';

/** What one training pass gives. */
export interface Pass {
  /** `[batch, classes]` float32: raw scores. */
  readonly logits: tf.Tensor2D;
  /**
   * `[batch, width]` float32: what the last layer sees. Reading it throws
   * {@link InvalidArgumentError} where the model does not give features.
   */
  readonly features: tf.Tensor2D;
}

/**
 * What a model may return from a training pass: its logits alone, or with the features. Without
 * features it cannot be trained by the methods that need them; these say so.
 */
export type TrainingOutput =
  tf.Tensor2D | {readonly logits: tf.Tensor2D; readonly features?: tf.Tensor2D | undefined};

/** Logits and, where there are some, features. */
export interface PassTensors {
  readonly logits: tf.Tensor2D;
  readonly features: tf.Tensor2D | undefined;
}

/** The tensors of a training pass, whichever form the model returned. */
export const passTensors = (output: TrainingOutput): PassTensors =>
  'logits' in output
    ? {logits: output.logits, features: output.features}
    : {logits: output, features: undefined};

/**
 * A training pass as methods see it.
 *
 * @param tensors - What the model gave.
 * @param where - Who needs it, for the error message.
 * @returns Logits, and features that throw when they are read and there are none.
 */
export const passOf = ({logits, features}: PassTensors, where: string): Pass =>
  features === undefined ? new LogitsOnly(logits, where) : {logits, features};

// This is a class so that tfjs, which looks for tensors in what a tidy returns, does not find the
// getter.
class LogitsOnly implements Pass {
  readonly #where: string;

  constructor(
    readonly logits: tf.Tensor2D,
    where: string,
  ) {
    this.#where = where;
  }

  get features(): never {
    throw new InvalidArgumentError({
      where: this.#where,
      argument: 'model',
      expected: 'give features from its training pass, for the training method reads them',
      found: 'logits only',
      remedy: 'Return {logits, features} from `training`, or pass a tf.LayersModel.',
    });
  }
}
