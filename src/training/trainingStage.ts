import type * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import type {Dataset} from '../core/dataset';
import type {TrainableModel} from '../core/classifier';
import {withDefaults} from '../core/options';
import {multiStep, type Schedule} from '../optimizers/schedules';
import {sgd} from '../optimizers/sgd';
import {train} from './train';
import type {TrainOptions} from './trainOptions';
import type {TrainingMethod} from '../core/trainingMethod';
import type {TrainingResult} from './trainingResult';

/** Settings of one stage of {@link trainSelfDistilled}. */
export interface StageOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Passes over the stage's examples. @defaultValue 30 for the teacher, 100 for the student */
  readonly epochs?: number | undefined;
  /** Examples of a step. @defaultValue 32 for the teacher, 128 for the student */
  readonly batchSize?: number | undefined;
  /** Learning rate of the first epoch. @defaultValue 0.1 */
  readonly learningRate?: number | undefined;
  /** Momentum of the SGD. @defaultValue 0.9 */
  readonly momentum?: number | undefined;
  /** Weight decay of the SGD. @defaultValue 5e-4 */
  readonly weightDecay?: number | undefined;
  /**
   * Epochs, from 1, at whose start the learning rate drops by 10. @defaultValue 0.75 and 0.9 of
   * `epochs`, rounded: 23 and 27 for the teacher, 75 and 90 for the student
   */
  readonly milestones?: readonly number[] | undefined;
  /** Learning rate of each step, instead of `learningRate` and `milestones`. @defaultValue none */
  readonly schedule?: Schedule | undefined;
  /** Leave out the last, smaller batch of an epoch. @defaultValue true */
  readonly dropLast?: boolean | undefined;
  /** See {@link TrainOptions.evaluate}. @defaultValue none */
  readonly evaluate?: TrainOptions<I>['evaluate'] | undefined;
  /** See {@link TrainOptions.selectBy}. @defaultValue none: the last epoch is the best */
  readonly selectBy?: string | undefined;
}

/** A stage with its options checked and filled in. */
export interface Stage<I extends tf.Tensor> {
  /** What `train` is told. */
  readonly options: Omit<TrainOptions<I>, 'rng' | 'optimizer'>;
  /** What its optimizer is told. */
  readonly optimizer: Parameters<typeof sgd>[0];
}

/**
 * Checks and fills in the options of a stage, so that wrong settings of a later stage do not wait
 * until the earlier one is done.
 *
 * @throws {@link InvalidArgumentError} if an option is out of range.
 */
export function createStage<I extends tf.Tensor>(
  where: string,
  stageDefaults: {readonly epochs: number; readonly batchSize: number},
  options: StageOptions<I>,
): Stage<I> {
  const defaults = {
    ...{epochs: stageDefaults.epochs, batchSize: stageDefaults.batchSize, dropLast: true},
    ...{learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4},
    milestones: undefined as readonly number[] | undefined,
    schedule: undefined as Schedule | undefined,
    evaluate: undefined as TrainOptions<I>['evaluate'],
    selectBy: undefined as string | undefined,
  };
  const settings = withDefaults(where, defaults, options);
  const {learningRate, momentum, weightDecay, milestones, schedule, ...chosen} = settings;
  checkNumber(where, 'epochs', chosen.epochs, {min: 1, integer: true});
  checkNumber(where, 'batchSize', chosen.batchSize, {min: 1, integer: true});
  checkNumber(where, 'learningRate', learningRate, {min: 0});
  checkNumber(where, 'momentum', momentum, {min: 0});
  checkNumber(where, 'weightDecay', weightDecay, {min: 0});
  const drops = milestones ?? defaultMilestones(chosen.epochs);
  return {
    options: {...chosen, schedule: schedule ?? multiStep({learningRate, milestones: drops})},
    optimizer: {learningRate, momentum, weightDecay},
  };
}

// In a short training the two may fall on one epoch.
const defaultMilestones = (epochs: number): number[] => [
  ...new Set([0.75, 0.9].map((share) => Math.round(share * epochs))),
];

/** Trains one stage with an optimizer of its own, fresh and disposed at the end. */
export async function runStage<I extends tf.Tensor, P extends tf.NamedTensorMap>(
  stage: Stage<I>,
  model: TrainableModel<I>,
  method: TrainingMethod<I, P>,
  dataset: Dataset<I>,
  run: TrainOptions<I>,
): Promise<TrainingResult> {
  const optimizer = sgd(stage.optimizer);
  try {
    return await train(model, method, dataset, {...stage.options, ...run, optimizer});
  } finally {
    optimizer.dispose();
  }
}
