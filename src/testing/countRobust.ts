import type * as tf from '@tensorflow/tfjs-core';

import {at, intAt} from '../core/at';
import type {AttackWarning} from '../core/attackResult';
import type {Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {createRng} from '../core/rng';
import {evaluateRobustness} from '../metrics/evaluateRobustness';
import {shuffle} from '../samplers/shuffle';
import {attackOf, type RobustnessTestSettings} from './robustnessTestOptions';

/** What was counted. */
export interface RobustCounts {
  /** Examples evaluated of each class. */
  readonly totals: readonly number[];
  /** Examples of each class that are right on the clean input and under the attack. */
  readonly correct: readonly number[];
  /**
   * Dataset indices of the examples that are wrong only under the attack, in the order evaluated.
   */
  readonly broken: readonly number[];
  /** What the attack found doubtful, each kind once. */
  readonly warnings: readonly AttackWarning[];
  /** Whether the time ran out before all examples were evaluated. */
  readonly timedOut: boolean;
}

/**
 * Attacks the examples in a random order, a batch at a time, until all are done or the time runs
 * out.
 */
export async function countRobust<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  dataset: Dataset<I>,
  settings: RobustnessTestSettings<I>,
): Promise<RobustCounts> {
  const {norm, epsilon, clip, seed, batchSize, timeLimitMs, signal, onProgress} = settings;
  const attack = attackOf(settings);
  const rng = createRng(seed);
  const order = shuffle(Int32Array.from(dataset.labels.keys()), rng.fork('order'));
  const ids = order.slice(0, settings.examples ?? order.length);
  const totals = new Array<number>(dataset.numClasses).fill(0);
  const correct = totals.slice();
  const broken: number[] = [];
  const warnings = new Map<string, AttackWarning>();
  const started = performance.now();
  const batches = Math.max(1, Math.ceil(ids.length / batchSize));
  let done = 0;
  // At least one batch, however long that takes.
  while (done < batches && (done === 0 || performance.now() - started < timeLimitMs)) {
    const indices = ids.subarray(done * batchSize, (done + 1) * batchSize);
    const {clean, attacks} = await evaluateRobustness<I>(model, dataset, {
      ...{indices, batchSize, rng, signal},
      strict: true,
      predictions: true,
      attacks: {attack: (m, x, y, context) => attack(m, x, y, {...context, norm, epsilon, clip})},
    });
    const score = attacks['attack'];
    indices.forEach((id, i) => {
      const label = intAt(dataset.labels, id);
      totals[label] = at(totals, label) + 1;
      if (clean.predictions?.[i] !== label) return;
      if (score?.predictions?.[i] === label) correct[label] = at(correct, label) + 1;
      else broken.push(id);
    });
    for (const warning of score?.warnings ?? []) {
      if (warning.code !== 'few-examples') warnings.set(warning.code, warning);
    }
    done++;
    const robust = correct.reduce((sum, n) => sum + n, 0) / totals.reduce((sum, n) => sum + n, 0);
    await onProgress?.({
      ...{phase: where, done, total: batches, unit: 'batch'},
      metrics: {robust},
    });
  }
  const timedOut = done < batches;
  return {totals, correct, broken, warnings: [...warnings.values()], timedOut};
}
