import type * as tf from '@tensorflow/tfjs-core';

import type {DatasetSource} from '../core/asDataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import type {TrainingMethod} from '../core/trainingMethod';
import type {Recipe} from './recipe';
import type {RunOptions} from './runOptions';

/**
 * Options of `train` in the form of 0.1.0, which is taken for one more version: those of {@link Recipe}
 * and of {@link RunOptions} together.
 */
export interface FormerTrainOptions<I extends tf.Tensor = tf.Tensor4D>
  extends
    Omit<Recipe<I>, 'method' | 'optimizer' | 'averaging' | 'head' | 'overfittingStop'>,
    RunOptions<I> {
  /**
   * What applies the gradients; the caller keeps and disposes it.
   * @defaultValue sgd with learning rate 0.1, momentum 0.9, weight decay 5e-4
   */
  readonly optimizer?: tf.Optimizer | undefined;
}

/** What a call of `train` asks for, in whichever form. */
export interface TrainCall<I extends tf.Tensor> {
  readonly source: DatasetSource<I>;
  readonly recipe: Recipe<I>;
  readonly run: RunOptions<I>;
  /** Whether the optimizer is the caller's, who disposes it. */
  readonly keepsOptimizer: boolean;
}

/** What follows the model in a call of `train`. */
export type CurrentArguments<I extends tf.Tensor> = readonly [
  dataset: DatasetSource<I>,
  recipe: Recipe<I>,
  run: RunOptions<I>,
];

/** What followed the model in 0.1.0. */
export type FormerArguments<I extends tf.Tensor> = readonly [
  method: TrainingMethod<I>,
  dataset: DatasetSource<I>,
  options: FormerTrainOptions<I>,
];

/**
 * What a call of `train` asks for: in today's form, or in that of 0.1.0, whose second argument is a
 * method.
 *
 * @throws {@link InvalidArgumentError} in the former form on the option `gradients`, and on an
 *   optimizer that is none.
 */
export function trainCall<I extends tf.Tensor>(
  args: CurrentArguments<I> | FormerArguments<I>,
): TrainCall<I> {
  if (isFormer(args)) return fromFormer(...args);
  const [source, recipe, run] = args;
  return {source, recipe, run, keepsOptimizer: false};
}

const isFormer = <I extends tf.Tensor>(
  args: CurrentArguments<I> | FormerArguments<I>,
): args is FormerArguments<I> =>
  typeof (args[0] as Partial<TrainingMethod<I>> | null | undefined)?.objective === 'function';

function fromFormer<I extends tf.Tensor>(
  method: TrainingMethod<I>,
  source: DatasetSource<I>,
  options: FormerTrainOptions<I>,
): TrainCall<I> {
  refuseGradients('train', options);
  const {epochs, batchSize, dropLast, schedule, batches, augment, ...others} = options ?? {};
  const {bnVariance, regularizers, optimizer, ...run} = others;
  const isOptimizer = typeof optimizer?.applyGradients === 'function';
  if (optimizer !== undefined && !isOptimizer) {
    throw new InvalidArgumentError({
      where: 'train',
      argument: 'optimizer',
      expected: 'be an optimizer, for the method is the second argument',
      found: describeValue(optimizer),
      remedy: 'Write train(model, dataset, {method, optimizer: () => ...}, {rng}).',
    });
  }
  return {
    source,
    recipe: {
      ...{method, epochs, batchSize, dropLast, schedule, batches, augment},
      ...{bnVariance, regularizers},
      optimizer: optimizer && (() => optimizer),
    },
    run,
    keepsOptimizer: optimizer !== undefined,
  };
}

/**
 * Throws if options have the `gradients` of 0.1.0.
 *
 * @param where - Public function, for the message.
 */
export function refuseGradients(where: string, options: object | undefined): void {
  const {gradients} = (options ?? {}) as {gradients?: unknown};
  if (gradients === undefined) return;
  throw new InvalidArgumentError({
    where,
    argument: 'gradients',
    expected: 'be left out: how a loss becomes a step is part of the method now',
    found: describeValue(gradients),
    remedy: 'Use withUpdateRule(method, rule).',
  });
}
