import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {TrainableClassifier} from '../core/classifier';
import {disposeAfter, type Own} from '../core/memory';
import {breathe} from '../core/progress';

/** Where {@link recomputeStatistics} gets its inputs. */
export interface StatisticsInputs<I extends tf.Tensor> {
  /** How many batches there are. */
  readonly batches: number;
  /** A batch's inputs, and which examples they are; marks what it makes with `own`. */
  readonly inputs: (
    batch: number,
    own: Own,
  ) => Promise<{readonly x: I; readonly exampleIds: ArrayLike<number>}>;
  /** Aborts between batches. */
  readonly signal?: AbortSignal | undefined;
}

// A statistic s becomes m s + (1 - m) b in a pass. Compared with this start the batch contributes
// little, so that the difference of two passes gives m; a power of two, so that dividing by it is
// exact.
const LARGE = 2 ** 20;

// A batch that contributes less than this fraction counts as leaving the statistic where it is.
const UNMOVED = 1e-6;

/**
 * Sets batch norm's running statistics to the plain mean over batches of what each batch alone
 * gives, at the model's current weights: training passes with momentum 1/k. One more pass finds out
 * the momentum of each layer. If it throws, the statistics are as they were.
 *
 * @param model - The model; its statistics change, nothing else.
 * @param source - The batches.
 * @throws the signal's reason if aborted.
 * @see Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better Generalization;
 *   PyTorch's `update_bn`.
 */
export async function recomputeStatistics<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  {batches, inputs, signal}: StatisticsInputs<I>,
): Promise<void> {
  const {statistics} = model;
  if (statistics.length === 0) return;
  await disposeAfter(async (own) => {
    const before = statistics.map((variable) => own(tf.clone(variable)));
    let shares: tf.Tensor[] = [];
    let means: tf.Tensor[] = [];
    try {
      for (let k = 0; k < batches; k++) {
        await breathe(signal);
        await disposeAfter(async (ownBatch) => {
          const {x, exampleIds} = await inputs(k, ownBatch);
          const seeing = model.forExamples?.(exampleIds) ?? model;
          if (k === 0) shares = own(sharesOf(seeing, x));
          const next = tf.tidy(() => {
            const seen = passFrom(seeing, x, 0);
            return seen.map((value, i) => {
              const mean = means[i] ?? tf.zerosLike(value);
              return tf.keep(tf.add(mean, tf.div(tf.sub(value, mean), k + 1)));
            });
          });
          tf.dispose(means);
          means = next;
        });
      }
      assignMeans(statistics, before, means, shares);
    } catch (error) {
      statistics.forEach((variable, i) => variable.assign(at(before, i)));
      throw error;
    } finally {
      tf.dispose(means);
    }
  });
}

// The statistics after one training pass that finds them all at `start`.
function passFrom<I extends tf.Tensor>(
  {statistics, training}: TrainableClassifier<I>,
  x: I,
  start: number,
): tf.Tensor[] {
  for (const variable of statistics) variable.assign(tf.fill(variable.shape, start));
  training(x);
  return statistics.map((variable) => tf.clone(variable));
}

// 1 - m of each statistic.
const sharesOf = <I extends tf.Tensor>(model: TrainableClassifier<I>, x: I): tf.Tensor[] =>
  tf.tidy(() => {
    const [low, high] = [passFrom(model, x, 0), passFrom(model, x, LARGE)];
    return high.map((value, i) => tf.sub(1, tf.div(tf.sub(value, at(low, i)), LARGE)));
  });

function assignMeans(
  statistics: readonly tf.Variable[],
  before: readonly tf.Tensor[],
  means: readonly tf.Tensor[],
  shares: readonly tf.Tensor[],
): void {
  tf.tidy(() => {
    statistics.forEach((variable, i) => {
      const [mean, share] = [means[i], shares[i]];
      if (mean === undefined || share === undefined) return;
      const isMoved = tf.greater(share, UNMOVED);
      variable.assign(tf.where(isMoved, tf.div(mean, tf.maximum(share, UNMOVED)), at(before, i)));
    });
  });
}
