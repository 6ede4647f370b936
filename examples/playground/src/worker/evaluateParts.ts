import type * as tf from '@tensorflow/tfjs-core';
import {
  createRng,
  evaluateRobustness,
  pgdAttackAsync,
  type Attack,
  type Classifier,
  type Dataset,
} from 'lt-robust';

import type {AttackSettings, EvaluationPart} from '../protocol';
import {SEED} from './attackSteps';

const PART = 20;

/** The attack of an evaluation: the one of the page, with noise of its own for every image. */
export function attackOf({norm, epsilon, steps}: AttackSettings): Attack {
  return (model, x, labels, context) =>
    pgdAttackAsync(model, x, labels, {...context, norm, epsilon, steps});
}

/**
 * Evaluates images a few at a time, so that the page can show how far it is, and go on where it was
 * stopped. Noise is keyed by image: the sums are those of one evaluation of all of them.
 *
 * @param classify - The network.
 * @param dataset - Images and labels.
 * @param from - How many are done already.
 * @param settings - The attack; a target is not looked at.
 * @param onPart - Called with the counts of each part.
 * @param signal - Stops it; the part in work is lost.
 */
export async function evaluateParts(
  classify: Classifier,
  dataset: Dataset,
  from: number,
  settings: AttackSettings,
  onPart: (part: EvaluationPart) => void,
  signal: AbortSignal,
): Promise<void> {
  const total = dataset.labels.length;
  const attacks = {pgd: attackOf(settings)};
  const rng = settings.randomStart ? createRng(SEED) : undefined;
  for (let done = from; done < total;) {
    const indices = Array.from({length: Math.min(PART, total - done)}, (_, i) => done + i);
    const options = {attacks, indices, rng, signal, batchSize: PART};
    const report = await evaluateRobustness<tf.Tensor4D>(classify, dataset, options);
    done += indices.length;
    const {clean, attacks: scores} = report;
    onPart({
      ...{done, total},
      totals: clean.perClass.map((score) => score.total),
      clean: clean.perClass.map(({correct}) => correct),
      attacked: scores['pgd']?.perClass.map(({correct}) => correct) ?? [],
      warnings: (scores['pgd']?.warnings ?? []).map(({message}) => message),
    });
  }
}
