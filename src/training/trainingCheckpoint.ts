import type * as tf from '@tensorflow/tfjs-core';

import type {CheckpointStore, CheckpointValue} from '../core/checkpoint';
import type {TrainableClassifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
  type ModelState,
  type OptimizerState,
} from './trainerState';
import type {EpochRecord, EpochSnapshot} from './trainingResult';

/** Where a training stands after an epoch: all that it needs to go on. */
export type TrainingState = Readonly<{
  epoch: number;
  step: number;
  model: ModelState;
  optimizer: OptimizerState;
  history: readonly EpochRecord[];
  best: EpochSnapshot | null;
  /** What the method remembers; `null` for most. */
  memory: CheckpointValue;
}>;

/** What must be equal for a training to go on bit for bit. */
export type TrainingIdentity = Readonly<{
  epochs: number;
  batchSize: number;
  examples: number;
  dropLast: boolean;
  /** Key of the generator; its position does not matter, for streams are forked. */
  rng: readonly number[];
}>;

const FORMAT = 'lt-robust training 2';

/** Reads model and optimizer. */
export async function captureTraining<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  optimizer: tf.Optimizer,
): Promise<Pick<TrainingState, 'model' | 'optimizer'>> {
  return {
    model: await captureModelState(model),
    optimizer: await captureOptimizerState(optimizer, model.variables),
  };
}

/** Puts model and optimizer back; the optimizer first, which may refuse what is not its own. */
export async function restoreTraining<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  optimizer: tf.Optimizer,
  state: Pick<TrainingState, 'model' | 'optimizer'>,
): Promise<void> {
  await restoreOptimizerState(optimizer, model.variables, state.optimizer);
  restoreModelState(model, state.model);
}

/** Saves the state of a training. */
export async function saveTraining(
  store: CheckpointStore,
  key: string,
  identity: TrainingIdentity,
  state: TrainingState,
): Promise<void> {
  await store.save(key, {format: FORMAT, identity, state});
}

/**
 * The saved state of this training, if there is one.
 *
 * @throws {@link InvalidArgumentError} if what is saved under `key` is of another training.
 */
export async function loadTraining(
  store: CheckpointStore,
  key: string,
  identity: TrainingIdentity,
): Promise<TrainingState | undefined> {
  const saved = (await store.load(key)) as
    {format?: unknown; identity?: unknown; state: TrainingState} | undefined;
  if (saved === undefined) return undefined;
  const isTraining = saved.format === FORMAT;
  if (!isTraining || JSON.stringify(saved.identity) !== JSON.stringify(identity)) {
    throw new InvalidArgumentError({
      where: 'train',
      argument: 'checkpoints',
      expected: `hold nothing under "${key}", or a training with ${JSON.stringify(identity)}`,
      found: isTraining ? JSON.stringify(saved.identity) : 'something else',
      remedy: 'Go on with the settings it was saved with, or choose another checkpointKey.',
    });
  }
  return saved.state;
}
