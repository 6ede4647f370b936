import * as tf from '@tensorflow/tfjs-core';

import {isPlainObject, plainOptions} from '../core/options';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import type {TrainableClassifier} from '../core/classifier';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {captureTensor, toTensor, type ModelState} from './trainerState';

const STATISTICS = ['averaged', 'recomputed'] as const;

/** Options of both kinds of averaging. */
export interface AveragedStatistics {
  /**
   * Where the running statistics of batch norm come from: `'averaged'`, as the weights are, or
   * `'recomputed'` for the averaged weights, by one training pass over the training set with the
   * plain mean over its batches. @defaultValue 'averaged' with `ema`, 'recomputed' with `swaFrom`
   */
  readonly statistics?: (typeof STATISTICS)[number] | undefined;
}

/** An exponential moving average of the weights. */
export interface EmaAveraging extends AveragedStatistics {
  /**
   * Decay d in `[0, 1]`: after each step the average becomes d times itself plus (1 - d) times the
   * weights. It begins as the weights after the first step. 0.999 is usual, 0.995 in short trainings.
   */
  readonly ema: number;
}

/** The plain mean of the weights at the ends of epochs: stochastic weight averaging. */
export interface SwaAveraging extends AveragedStatistics {
  /** The first epoch, counted from 1, whose weights enter the mean. */
  readonly swaFrom: number;
}

/** Which weights a training scores: the current ones, or an average over its course. */
export type Averaging = 'none' | EmaAveraging | SwaAveraging;

/** An average of a model's weights, as plain data. */
export type AverageState = Readonly<{
  /** How many states of the model entered it. */
  count: number;
  /** The average of weights and running statistics. */
  model: ModelState;
}>;

/** An average that follows a model; it holds tensors. */
export interface Average {
  /** Whether the statistics have to be recomputed for the averaged weights. */
  readonly recomputes: boolean;
  /** Whether anything entered the average yet. */
  hasStarted(): boolean;
  /** Takes the model in as it is after a step. */
  afterStep(): void;
  /** Takes the model in as it is after an epoch. */
  afterEpoch(epoch: number): void;
  /** Gives the model the averaged weights and statistics. */
  assign(): void;
  /** The average as plain data; `null` before anything entered it. */
  capture(): Promise<AverageState | null>;
  /** Restores what `capture` gave, bit for bit. */
  restore(state: AverageState | null): void;
  /** Disposes what it holds. */
  dispose(): void;
}

/**
 * Throws if a recipe's averaging is not valid.
 *
 * @param where - Name for error messages.
 * @param averaging - The recipe's.
 * @throws {@link InvalidArgumentError} if it is neither `'none'`, nor `{ema}`, nor `{swaFrom}`, or a
 *   number is out of range.
 */
export function checkAveraging(where: string, averaging: Averaging): void {
  if (averaging === 'none') return;
  const given: Partial<EmaAveraging & SwaAveraging> | null = isPlainObject(averaging)
    ? plainOptions(where, averaging, 'ema')
    : null;
  const {ema, swaFrom, statistics, ...unknown} = given ?? {};
  const isOne = (ema === undefined) !== (swaFrom === undefined);
  if (!isOne || Object.keys(unknown).length > 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'averaging',
      expected: "be 'none', {ema: decay} or {swaFrom: epoch}",
      found: describeValue(averaging),
      remedy: 'Write averaging: {ema: 0.999}, for instance.',
    });
  }
  if (ema !== undefined) checkNumber(where, 'averaging.ema', ema, {min: 0, max: 1});
  if (swaFrom !== undefined) {
    checkNumber(where, 'averaging.swaFrom', swaFrom, {min: 1, integer: true});
  }
  if (statistics !== undefined) {
    checkOneOf(where, 'averaging.statistics', statistics, STATISTICS);
  }
}

/**
 * Makes the average that a recipe asks for.
 *
 * @param model - The model that it follows.
 * @param averaging - The recipe's, checked.
 * @returns An average that nothing has entered yet; `undefined` for `'none'`.
 * @see Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better Generalization. The
 *   first state of either kind enters whole, as in PyTorch's `AveragedModel`.
 */
export function createAverage<I extends tf.Tensor>(
  {variables, statistics}: TrainableClassifier<I>,
  averaging: Averaging,
): Average | undefined {
  if (averaging === 'none') return undefined;
  const followed = [...variables, ...statistics];
  let count = 0;
  let average: tf.Tensor[] = [];

  const replaceBy = (values: tf.Tensor[]) => {
    tf.dispose(average);
    average = values;
  };
  const takeIn = (rate: number) => {
    const moved = tf.tidy(() =>
      followed.map((variable, i) => {
        const before = average[i];
        // The first one enters as it is; later ones as PyTorch's lerp has it.
        const value =
          before === undefined
            ? tf.clone(variable)
            : tf.add(before, tf.mul(rate, tf.sub(variable, before)));
        return tf.keep(value);
      }),
    );
    replaceBy(moved);
    count++;
  };
  const isEma = 'ema' in averaging;
  return {
    recomputes: (averaging.statistics ?? (isEma ? 'averaged' : 'recomputed')) === 'recomputed',
    hasStarted: () => count > 0,
    afterStep() {
      if (isEma) takeIn(1 - averaging.ema);
    },
    afterEpoch(epoch) {
      if (!isEma && epoch >= averaging.swaFrom) takeIn(1 / (count + 1));
    },
    assign() {
      average.forEach((value, i) => followed[i]?.assign(value));
    },
    async capture() {
      if (count === 0) return null;
      const states = await Promise.all(average.map(captureTensor));
      const model = {
        variables: states.slice(0, variables.length),
        statistics: states.slice(variables.length),
      };
      return {count, model};
    },
    restore(state) {
      const values = state === null ? [] : [...state.model.variables, ...state.model.statistics];
      count = state?.count ?? 0;
      replaceBy(values.map((value) => tf.keep(toTensor(value))));
    },
    dispose() {
      replaceBy([]);
    },
  };
}
