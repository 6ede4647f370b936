import type * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import type {CheckpointStore} from '../core/checkpoint';
import type {Classifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import type {ProgressCallback, RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import type {GradientRule} from '../core/updateRule';
import {isAdjustable} from '../optimizers/learningRate';
import type {Schedule} from '../optimizers/schedules';
import type {EpochRecord, Metrics} from './trainingResult';

/** What {@link TrainOptions.evaluate} is told beside the model. */
export interface EvaluateContext {
  /** Epoch that was just finished, counted from 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Randomness of this evaluation alone. */
  readonly rng: Rng;
  /** To hand on to what takes long. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link train}. */
export interface TrainOptions<I extends tf.Tensor = tf.Tensor4D> extends RunControl {
  /** Source of all randomness: order, augmentation, attacks. Only forked, never advanced. */
  readonly rng: Rng;
  /** Passes over the dataset. @defaultValue 100 */
  readonly epochs?: number | undefined;
  /** Examples of a step. @defaultValue 128 */
  readonly batchSize?: number | undefined;
  /**
   * Leave out the last batch of an epoch if it is smaller. A last batch of one example is left out
   * in any case if the model has batch norm. @defaultValue false
   */
  readonly dropLast?: boolean | undefined;
  /**
   * Index batches of an epoch, instead of shuffled passes over all examples.
   * @defaultValue shuffledBatches with batchSize and dropLast
   */
  readonly batches?: ((rng: Rng, epoch: number) => readonly ArrayLike<number>[]) | undefined;
  /**
   * What applies the gradients; the caller disposes it.
   * @defaultValue sgd with learning rate 0.1, momentum 0.9, weight decay 5e-4, disposed at the end
   */
  readonly optimizer?: tf.Optimizer | undefined;
  /** Learning rate of each step; needs an optimizer with `setLearningRate`. @defaultValue constant */
  readonly schedule?: Schedule | undefined;
  /** How the loss becomes gradients. @defaultValue tf.variableGrads */
  readonly gradients?: GradientRule | undefined;
  /** Changes a batch before the step; what it returns is disposed after it. @defaultValue none */
  readonly augment?: ((x: I, rng: Rng) => I | Promise<I>) | undefined;
  /**
   * Measures the model (in inference mode) after an epoch; returning nothing skips that epoch.
   * @defaultValue none
   */
  readonly evaluate?:
    | ((
        model: Classifier<I>,
        context: EvaluateContext,
      ) => Metrics | undefined | Promise<Metrics | undefined>)
    | undefined;
  /** The metric whose highest value makes an epoch the best. @defaultValue none: the last is */
  readonly selectBy?: string | undefined;
  /** Called after each epoch; may be asynchronous and is awaited. @defaultValue none */
  readonly onEpoch?: ((record: EpochRecord) => void | Promise<void>) | undefined;
  /** Where to save each epoch, and to go on from. @defaultValue none */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Key of this training in `checkpoints`. @defaultValue 'train' */
  readonly checkpointKey?: string | undefined;
  /** What `onProgress` is told as the phase. @defaultValue 'train' */
  readonly phase?: string | undefined;
}

const defaultsFor = <I extends tf.Tensor>() => ({
  epochs: 100,
  batchSize: 128,
  dropLast: false,
  checkpointKey: 'train',
  phase: 'train',
  rng: undefined as Rng | undefined,
  batches: undefined as TrainOptions<I>['batches'],
  optimizer: undefined as tf.Optimizer | undefined,
  schedule: undefined as Schedule | undefined,
  gradients: undefined as GradientRule | undefined,
  augment: undefined as TrainOptions<I>['augment'],
  evaluate: undefined as TrainOptions<I>['evaluate'],
  selectBy: undefined as string | undefined,
  onEpoch: undefined as TrainOptions<I>['onEpoch'],
  checkpoints: undefined as CheckpointStore | undefined,
  signal: undefined as AbortSignal | undefined,
  onProgress: undefined as ProgressCallback | undefined,
});

/** The options of a training, filled in. */
export type TrainSettings<I extends tf.Tensor> = Omit<ReturnType<typeof defaultsFor<I>>, 'rng'> & {
  readonly rng: Rng;
};

// tfjs cannot read what it remembers, so a training could not be put back after a NaN, or go on.
const REMEMBERS_NOTHING = new Set(['Adamax']);

/**
 * Fills in and checks the options of `train`.
 *
 * @throws {@link InvalidArgumentError} if one is out of range.
 */
export function trainSettings<I extends tf.Tensor>(options: TrainOptions<I>): TrainSettings<I> {
  const settings = withDefaults('train', defaultsFor<I>(), options);
  const {epochs, batchSize, rng, optimizer, schedule, selectBy, evaluate} = settings;
  checkNumber('train', 'epochs', epochs, {min: 1, integer: true});
  checkNumber('train', 'batchSize', batchSize, {min: 1, integer: true});
  if (schedule !== undefined && optimizer !== undefined && !isAdjustable(optimizer)) {
    const remedy = 'Use sgd(), or set the learning rate yourself.';
    return refuse('optimizer', 'have setLearningRate, for there is a schedule', 'none', remedy);
  }
  if (optimizer !== undefined && REMEMBERS_NOTHING.has(optimizer.getClassName())) {
    const remedy = "Use sgd(), or another of tfjs's optimizers.";
    return refuse('optimizer', 'have getWeights', optimizer.getClassName(), remedy);
  }
  if (selectBy !== undefined && evaluate === undefined) {
    return refuse('selectBy', 'come with evaluate', 'no evaluate', 'Pass what measures it.');
  }
  if (rng === undefined) {
    const expected = 'be given, for training draws the order of the examples';
    return refuse('rng', expected, 'undefined', 'Pass createRng(seed).');
  }
  return {...settings, rng};
}

/** Whether this epoch is the best so far by `selectBy`. */
export function isBetter(
  selectBy: string | undefined,
  metrics: Metrics,
  best: Metrics | undefined,
): boolean {
  if (selectBy === undefined || Object.keys(metrics).length === 0) return false;
  const value = metrics[selectBy];
  if (value === undefined) {
    const expected = `name a metric that evaluate returns (${Object.keys(metrics).join(', ')})`;
    return refuse('selectBy', expected, `"${selectBy}"`, 'Check the spelling.');
  }
  // Strictly greater: the earliest of equals stays. A NaN is never better.
  return value > (best?.[selectBy] ?? -Infinity);
}

function refuse(argument: string, expected: string, found: string, remedy: string): never {
  throw new InvalidArgumentError({where: 'train', argument, expected, found, remedy});
}
