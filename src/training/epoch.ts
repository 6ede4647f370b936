import type * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkList, isList} from '../core/checks/checkNumbers';
import {floatAt} from '../core/at';
import type {TrainableClassifier} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {batchAt} from '../core/datasets/batchAt';
import {isTensor} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import type {Position} from '../core/position';
import {breathe} from '../core/progress';
import type {Rng} from '../core/rng';
import {isAdjustable, learningRateOf} from '../optimizers/learningRate';
import {shuffledBatches} from '../samplers/shuffledBatches';
import type {CompleteRecipe} from './recipe';
import type {RunSettings} from './runOptions';
import {checkFirstOutput, stepAt, type MemoryCell} from './trainStep';

/** What the epochs of a training share. */
export interface Epochs<I extends tf.Tensor> {
  readonly model: TrainableClassifier<I>;
  readonly dataset: Dataset<I>;
  readonly recipe: CompleteRecipe<I>;
  readonly settings: RunSettings<I>;
  readonly optimizer: tf.Optimizer;
  /** Whether the last batch of an epoch may be a single example. */
  readonly takesSingles: boolean;
  /** Called when the method reads the number of epochs. */
  readonly onEpochsRead: () => void;
  /** Called when a step has changed the weights. */
  readonly afterStep?: (() => void) | undefined;
}

/** Where an epoch ended. */
export interface EpochEnd {
  /** Steps of the whole training so far. */
  readonly step: number;
  /** Loss of the last step; the epoch ends at one that is not finite. */
  readonly lastLoss: number;
  /** Mean loss over the examples of the epoch, each before its update. */
  readonly loss: number;
}

/**
 * The index batches of an epoch: the recipe's, or shuffled passes over all examples.
 *
 * @throws {@link InvalidArgumentError} if there is none.
 */
export function epochBatches<I extends tf.Tensor>(
  {batches: make, batchSize, dropLast}: CompleteRecipe<I>,
  examples: number,
  rng: Rng,
  epoch: number,
  takesSingles: boolean,
): readonly ArrayLike<number>[] {
  const order = rng.fork('order').fork(epoch);
  const batches =
    make?.(order, epoch) ?? shuffledBatches(examples, batchSize, {rng: order, dropLast});
  checkList('train', 'batches', batches, 'give lists of indices, one for each batch');
  if (batches.length === 0) {
    throw new InvalidArgumentError({
      where: 'train',
      argument: 'batches',
      expected: 'give a batch in every epoch',
      found: `none in epoch ${epoch}`,
      remedy: 'Return at least one list of indices.',
    });
  }
  const empty = Array.from(batches).findIndex((batch) => isList(batch) && batch.length === 0);
  if (empty >= 0) {
    throw new InvalidArgumentError({
      where: 'train',
      argument: `batches[${empty}]`,
      expected: 'have at least one index',
      found: `none in epoch ${epoch}`,
      remedy: 'Leave empty batches out.',
    });
  }
  const isLonely = batches.length > 1 && batches.at(-1)?.length === 1 && batchSize > 1;
  return isLonely && !takesSingles ? batches.slice(0, -1) : batches;
}

const RATE = 'Return the learning rate of the step, (position) => 0.1 * 0.9 ** position.epoch.';

/** Runs the steps of one epoch. */
export async function runEpoch<I extends tf.Tensor>(
  context: Epochs<I>,
  epoch: number,
  firstStep: number,
  memory: MemoryCell,
): Promise<EpochEnd> {
  const {dataset, optimizer, settings, takesSingles} = context;
  const {epochs, schedule} = context.recipe;
  const {rng, phase, signal, onProgress} = settings;
  const examples = dataset.labels.length;
  const batches = epochBatches(context.recipe, examples, rng, epoch, takesSingles);
  const stepsPerEpoch = batches.length;
  let step = firstStep;
  let lossSum = 0;
  let seen = 0;
  let loss = NaN;
  for (const indices of batches) {
    await breathe(signal);
    step++;
    if (schedule !== undefined && isAdjustable(optimizer)) {
      const rate = schedule({epoch, epochs, step, stepsPerEpoch});
      checkNumber('train', 'schedule(position)', rate, {min: 0}, RATE);
      optimizer.setLearningRate(rate);
    }
    loss = await stepOn(context, indices, {epoch, step}, memory);
    if (!Number.isFinite(loss)) break;
    context.afterStep?.();
    lossSum += loss * indices.length;
    seen += indices.length;
    await onProgress?.({
      ...{phase, done: step, total: epochs * stepsPerEpoch, unit: 'step'},
      metrics: {epoch, loss, learningRate: learningRateOf(optimizer)},
    });
  }
  return {step, lastLoss: loss, loss: lossSum / seen};
}

function stepOn<I extends tf.Tensor>(
  {model, dataset, recipe, settings: {rng}, optimizer, onEpochsRead}: Epochs<I>,
  indices: ArrayLike<number>,
  {epoch, step}: Pick<Position, 'epoch' | 'step'>,
  memory: MemoryCell,
): Promise<number> {
  const {method, augment, epochs} = recipe;
  const position = {
    ...{epoch, step},
    get epochs() {
      onEpochsRead();
      return epochs;
    },
  };
  return disposeAfter(async (own) => {
    const {
      x,
      labels,
      exampleIds = Int32Array.from(indices),
    } = await batchAt('train', dataset, indices);
    own([x, labels]);
    const augmented = augment && (await augment(x, rng.fork('augment').fork(step)));
    if (augment !== undefined) checkAugmented(augmented);
    if (augmented !== undefined && augmented !== x) own(augmented);
    const batch = {x: augmented ?? x, labels, exampleIds};
    if (step === 1) await checkFirstOutput('train', model, batch, method.numClasses);
    const chance = rng.fork('step').fork(step);
    const loss = own(await stepAt(model, method, batch, optimizer, position, chance, memory));
    return floatAt(await loss.data<'float32'>(), 0);
  });
}

// The augmentation is the caller's, so its result is checked here.
function checkAugmented(augmented: unknown): void {
  if (isTensor(augmented)) return;
  throw new InvalidArgumentError({
    where: 'train',
    argument: 'augment',
    expected: 'return a batch of images',
    found: describeValue(augmented),
    remedy:
      augmented === undefined
        ? 'Return the new tensor, or x: a body in braces needs `return`.'
        : 'Return the tensor itself, from (x, rng).',
  });
}
