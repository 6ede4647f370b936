import * as tf from '@tensorflow/tfjs-core';

import {checkMethod, checkOptimizerForm} from '../core/checks/checkParts';
import {checkCount, checkExamples} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {at} from '../core/at';
import type {CheckpointValue} from '../core/checkpoint';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkRng} from '../core/checks/checkRng';
import {checkModelOutputAsync} from '../core/checks/checkValues';
import {
  asTrainableClassifier,
  type TrainableClassifier,
  type TrainableModel,
} from '../core/classifier';
import type {Batch} from '../core/dataset';
import {InvalidArgumentError} from '../core/errors';
import {disposeAfter, disposeTapeOnThrow} from '../core/memory';
import {isPlainObject, withDefaults, type Defaults} from '../core/options';
import type {Position} from '../core/position';
import type {Rng} from '../core/rng';
import type {Objective, TrainingMethod} from '../core/trainingMethod';
import type {Update} from '../core/updateRule';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {logitsAt} from '../math/logitsAt';
import {gradientStep} from '../methods/gradientStep';
import {refuseGradients} from './formerTrain';
import {createStudent, type OwnedStudent} from './student';

/** What a method remembers, from one call of {@link trainStep} to the next. */
export interface MemoryCell {
  /** The memory; `trainStep` replaces it after the step. */
  current: CheckpointValue;
}

/** Options of {@link trainStep}. */
export interface TrainStepOptions {
  /** Epoch, counted from 1: methods may weight terms by it. @defaultValue 1 */
  readonly epoch?: number | undefined;
  /** Epochs in all. @defaultValue 1 */
  readonly epochs?: number | undefined;
  /** Step, counted from 1. @defaultValue 1 */
  readonly step?: number | undefined;
  /** Randomness of this step alone: fork it by the step. @defaultValue none: attacks start at `x` */
  readonly rng?: Rng | undefined;
  /**
   * Where the memory of a method that has one is kept: `{current: method.memory.initial}`, the same
   * object for every step. @defaultValue undefined
   */
  readonly memory?: MemoryCell | undefined;
  /**
   * Which variance of a batch enters batch norm's running variance: over its m values, as tf.layers
   * has it, or over m − 1 (`'unbiased'`), as PyTorch has it. @defaultValue 'biased'
   */
  readonly bnVariance?: 'biased' | 'unbiased' | undefined;
  /**
   * Add the kernel regularisers of a `tf.LayersModel` to the loss, as `model.fit` does.
   * @defaultValue true
   */
  readonly regularizers?: boolean | undefined;
}

const DEFAULTS: Defaults<TrainStepOptions, 'rng' | 'memory'> = {
  epoch: 1,
  epochs: 1,
  step: 1,
  rng: undefined,
  memory: undefined,
  bnVariance: 'biased',
  regularizers: true,
};

const WHERE = 'trainStep';

/**
 * One optimisation step: the method prepares the batch (attack, teacher) and its loss is descended,
 * by one gradient and one step of the optimizer unless the method has another update rule. If
 * anything throws, weights and running statistics are as they were.
 *
 * @param model - A `tf.LayersModel`, or a {@link TrainableClassifier}; its variables change.
 * @param method - What to prepare and to minimise.
 * @param batch - `{x, labels}`; unchanged, the caller disposes it, at any time after the call.
 * @param optimizer - Any `tf.Optimizer`; make it outside of `tf.tidy`.
 * @param options - See {@link TrainStepOptions}.
 * @returns The batch loss before the update, regularisers included, a scalar on the device; the caller disposes it.
 * @throws {@link InvalidArgumentError} if the model has no variables to train, it gives probabilities
 *   (its first batch is checked), or the method has a memory and none is given.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {createRng, pgdTraining, sgd, trainStep} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const batch = {x: tf.tensor2d([[0, 1], [1, 0]]), labels: tf.tensor1d([0, 1], 'int32')};
 * const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
 * const method = pgdTraining<tf.Tensor2D>();
 * for (let step = 1; step <= 3; step++) {
 *   const loss = await trainStep(model, method, batch, optimizer, {rng: createRng(7).fork(step)});
 *   loss.dispose();
 * }
 * optimizer.iterations; // => 3
 * ```
 */
export async function trainStep<I extends tf.Tensor>(
  model: TrainableModel<I>,
  method: TrainingMethod<I>,
  batch: Batch<I>,
  optimizer: tf.Optimizer,
  options: TrainStepOptions = {},
): Promise<tf.Scalar> {
  refuseGradients(WHERE, options);
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {memory, rng, bnVariance, regularizers, ...position} = settings;
  checkOneOf(WHERE, 'bnVariance', bnVariance, ['biased', 'unbiased']);
  for (const name of ['epoch', 'epochs', 'step'] as const) checkCount(WHERE, name, position[name]);
  checkMethod(WHERE, 'method', method);
  checkOptimizerForm(WHERE, optimizer);
  checkGivenBatch(batch);
  checkCell(memory);
  if (rng !== undefined) checkRng(WHERE, rng, 'the step draws from it');
  const given = asTrainableClassifier(model, WHERE, bnVariance);
  checkVariables(WHERE, given.variables);
  const parts = regularizers ? given : {...given, penalty: undefined};
  return disposeAfter(async (own) => {
    // forEachAsync of tf.data frees an element as soon as its callback has returned a promise.
    const kept = {...batch, x: own(tf.clone(batch.x)), labels: own(tf.clone(batch.labels))};
    await checkOnce(model, parts, kept, method.numClasses);
    return stepAt(parts, method, kept, optimizer, position, rng, memoryOf(method, memory));
  });
}

/**
 * {@link trainStep} at a position whose number of epochs is read only if the method asks for it.
 *
 * @internal
 */
export function stepAt<I extends tf.Tensor>(
  whole: TrainableClassifier<I>,
  method: TrainingMethod<I>,
  batch: Batch<I>,
  optimizer: tf.Optimizer,
  position: Position,
  rng: Rng | undefined,
  cell: MemoryCell,
): Promise<tf.Scalar> {
  const {exampleIds} = batch;
  const model = (exampleIds && whole.forExamples?.(exampleIds)) ?? whole;
  return disposeAfter(async (own) => {
    // A clone shares the values.
    const before = model.statistics.map((variable) => own(tf.clone(variable)));
    const prepareAndDescend = async () => {
      const given = withPosition(position, {model, batch, rng, memory: cell.current, own});
      return descend(model, await method.objective(given), optimizer, position);
    };
    const {value, seen} = await prepareAndDescend().catch((error: unknown) => {
      model.statistics.forEach((variable, i) => variable.assign(at(before, i)));
      throw error;
    });
    if (seen === undefined || method.memory === undefined) return value;
    own(seen);
    try {
      const values = await seen.data();
      cell.current = method.memory.next(cell.current, values, withPosition(position, {}));
      return value;
    } catch (error) {
      value.dispose();
      throw error;
    }
  });
}

const withPosition = <T extends object>(position: Position, rest: T): T & Position => ({
  ...rest,
  epoch: position.epoch,
  step: position.step,
  get epochs() {
    return position.epochs;
  },
});

const checked = new WeakSet<object>();

async function checkOnce<I extends tf.Tensor>(
  model: TrainableModel<I>,
  parts: TrainableClassifier<I>,
  batch: Batch<I>,
  numClasses: number | undefined,
): Promise<void> {
  if (checked.has(model)) return;
  await checkFirstOutput(WHERE, parts, batch, numClasses);
  checked.add(model);
}

/**
 * Throws if the model gives no logits on its first batch: probabilities in their place would train
 * badly without an error.
 *
 * @param where - Public function, for the error message.
 * @param numClasses - Classes that the method knows, if it does.
 * @internal
 */
export async function checkFirstOutput<I extends tf.Tensor>(
  where: string,
  whole: TrainableClassifier<I>,
  {x, labels, exampleIds}: Batch<I>,
  numClasses: number | undefined,
): Promise<void> {
  const {inference} = (exampleIds && whole.forExamples?.(exampleIds)) ?? whole;
  const logits = logitsAt(where, inference, x);
  try {
    await checkModelOutputAsync(where, logits, labels.shape[0]);
    checkMethodClasses(where, numClasses, logits.shape[1]);
  } finally {
    tf.dispose(logits);
  }
}

function checkMethodClasses(where: string, counts: number | undefined, scores: number): void {
  if (counts === undefined || counts === scores) return;
  throw new InvalidArgumentError({
    where,
    argument: 'method',
    expected: `have class counts for the ${scores} classes that the model scores`,
    found: `${counts} counts`,
    remedy: 'Count the training labels with classCounts(labels, numClasses).',
  });
}

/**
 * Throws if a model has nothing to train.
 *
 * @param where - Public function, for the error message.
 * @internal
 */
export function checkVariables(where: string, variables: readonly tf.Variable[]): void {
  if (variables.length > 0) return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'have a weight to train',
    found: 'none that is trainable',
    remedy: 'Set trainable = true for the model, or for the layers that are to be trained.',
  });
}

function checkGivenBatch<I extends tf.Tensor>(batch: Batch<I>): void {
  const {x, labels}: Partial<Batch<I>> = (batch as Batch<I> | null | undefined) ?? {};
  if (x !== undefined && labels !== undefined) {
    checkExamples(WHERE, x, labels);
    return;
  }
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'batch',
    expected: 'be {x, labels}, two tensors',
    found: describeValue(batch),
    remedy: batch instanceof Promise ? 'Await it first.' : 'Pass {x, labels}.',
  });
}

function checkCell(memory: MemoryCell | undefined): void {
  if (memory === undefined || (isPlainObject(memory) && 'current' in memory)) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'memory',
    expected: 'be {current: ...}, which the step replaces',
    found: describeValue(memory),
    remedy: 'Pass the same {current: method.memory.initial} to every step.',
  });
}

function memoryOf<I extends tf.Tensor>(
  {memory}: TrainingMethod<I>,
  cell: MemoryCell | undefined,
): MemoryCell {
  if (cell !== undefined) return cell;
  if (memory === undefined) return {current: null};
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'memory',
    expected: 'be given, for the method remembers something from step to step',
    found: 'undefined',
    remedy: 'Pass the same {current: method.memory.initial} to every step.',
  });
}

// The synchronous half: differentiates, updates, looks.
function descend<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  {loss, update = gradientStep, look}: Objective<I>,
  optimizer: tf.Optimizer,
  position: Position,
): {value: tf.Scalar; seen: tf.Tensor | undefined} {
  const {variables, statistics, penalty} = model;
  let last: OwnedStudent<I> | undefined;
  const rule = withPosition<Omit<Update, keyof Position>>(position, {
    ...{variables, statistics},
    loss: () => {
      last?.dispose();
      last = createStudent(model, WHERE, look !== undefined);
      const value = loss(last.student);
      return penalty === undefined ? value : tf.add<tf.Scalar>(value, penalty());
    },
    // A list in a fixed order, gaps included: tfjs's optimizers keep their state by position.
    apply: (gradients) => {
      optimizer.applyGradients(
        variables.map(({name}) => ({name, tensor: gradients[name] as tf.Tensor})),
      );
    },
  });
  try {
    return tf.tidy(() => {
      const before = update === gradientStep ? [] : variables.map((variable) => tf.clone(variable));
      try {
        const value = disposeTapeOnThrow(() => withGradientKernels(() => update(rule)));
        const seen = look?.(last?.student ?? createStudent(model, WHERE, false).student);
        return {value, seen};
      } catch (error) {
        before.forEach((weights, i) => variables[i]?.assign(weights));
        throw error;
      }
    });
  } finally {
    last?.dispose();
  }
}
