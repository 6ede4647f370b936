import type * as tf from '@tensorflow/tfjs-core';

import {checkRng} from '../core/checks/checkRng';
import type {CheckpointStore} from '../core/checkpoint';
import type {Classifier} from '../core/classifier';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {isPlainObject, withDefaults, type Defaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {checkStore} from '../core/savedRun';
import type {EpochRecord, Metrics} from './trainingResult';

/** What {@link RunOptions.evaluate} is told beside the model. */
export interface EvaluateContext {
  /** Epoch that was just finished, counted from 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** The phase of the run: `'train'`, or the stage of `trainSelfDistilled`. */
  readonly phase: string;
  /** Randomness of this evaluation alone. */
  readonly rng: Rng;
  /** Pass it on to whatever takes long. */
  readonly signal?: AbortSignal | undefined;
}

/** How a training is run, watched, measured and saved; its {@link Recipe} says what it computes. */
export interface RunOptions<I extends tf.Tensor = tf.Tensor4D> extends RunControl {
  /** Source of all randomness: order, augmentation, attacks. Only forked, never advanced. */
  readonly rng: Rng;
  /**
   * Measures the model (in inference mode) after an epoch; returning nothing skips that epoch. An
   * {@link UnusableGradientError} skips it, too, with a warning in its record; anything else that it
   * throws ends the training.
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
  /**
   * Where each epoch is saved, and what an interrupted training resumes from. @defaultValue none
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Key of this training in `checkpoints`. @defaultValue 'train' */
  readonly checkpointKey?: string | undefined;
  /** What `onProgress` and `evaluate` are told as the phase. @defaultValue 'train' */
  readonly phase?: string | undefined;
}

type Optional = 'evaluate' | 'selectBy' | 'onEpoch' | 'checkpoints' | 'signal' | 'onProgress';

/** The options of a run, filled in. */
export type RunSettings<I extends tf.Tensor> = Defaults<RunOptions<I>, Optional>;

/** Whether a name is that of an option of a run. */
export const isRunOption = (name: string): boolean => Object.hasOwn(defaultsFor(), name);

const defaultsFor = <I extends tf.Tensor>(): Defaults<RunOptions<I>, Optional | 'rng'> => ({
  rng: undefined, // required: checked below
  checkpointKey: 'train',
  phase: 'train',
  evaluate: undefined,
  selectBy: undefined,
  onEpoch: undefined,
  checkpoints: undefined,
  signal: undefined,
  onProgress: undefined,
});

/**
 * Fills in and checks the options of a run.
 *
 * @throws {@link InvalidArgumentError} if one is out of range.
 */
export function runSettings<I extends tf.Tensor>(options: RunOptions<I>): RunSettings<I> {
  if ((options as unknown) === undefined) {
    const expected = 'be given, the fourth argument: how the training is run';
    return refuse('run', expected, 'undefined', 'Pass {rng: createRng(seed)}.');
  }
  const settings = withDefaults('train', defaultsFor<I>(), options);
  const {rng, selectBy, evaluate} = settings;
  checkStore('train', settings.checkpoints);
  if (selectBy !== undefined && evaluate === undefined) {
    return refuse('selectBy', 'come with evaluate', 'no evaluate', 'Pass what measures it.');
  }
  checkRng('train', rng, 'training draws the order of the examples');
  return settings;
}

/**
 * What `evaluate` returned: figures by name, or nothing.
 *
 * @throws {@link InvalidArgumentError} if it is anything else: a whole report has no figure to select by.
 */
export function checkMetrics(returned: unknown): Metrics {
  if (returned === undefined) return {};
  const isNumber = (value: unknown) => typeof value === 'number';
  if (isPlainObject(returned) && Object.values(returned).every(isNumber))
    return returned as Metrics;
  return refuse(
    'evaluate',
    'return figures by name, {robust: 0.4}, or nothing',
    describeValue(returned),
    isPlainObject(returned) && 'clean' in returned
      ? 'Of a report return single figures: {clean: report.clean.accuracy}.'
      : 'Give the figure a name: {accuracy: 0.9}.',
  );
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
