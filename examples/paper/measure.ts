import {
  autoAttackForEvaluation,
  evaluateRobustness,
  type CheckpointStore,
  type Dataset,
  type Model,
  type ProgressCallback,
  type Rng,
  type RunControl,
} from 'lt-robust';

import {evaluate, scoresOf, type Scores} from '../demo/measure';
import type {Evaluation} from '../shared/networksPage';
import type {RowData} from './data';
import type {Job} from './settings';

/** The columns of the paper's tables, as fractions. */
export interface RowScores {
  readonly clean: number;
  readonly pgd: number;
  /** Of some of the images, or all; null where AutoAttack was not run. */
  readonly autoAttack: number | null;
  readonly tailClean: number;
  readonly tailPgd: number;
  readonly perClassClean: readonly number[];
  readonly perClassPgd: readonly number[];
  /** The share of the class that is answered most often. */
  readonly mostAnswered: Scores['mostAnswered'];
}

/** A network on clean images and under PGD-20. */
export async function evaluateRow(
  model: Model,
  data: Dataset,
  {tail}: Pick<RowData, 'tail'>,
  {epsilon}: Pick<Job, 'epsilon'>,
  rng: Rng,
  onProgress?: ProgressCallback,
): Promise<Evaluation> {
  const report = await evaluate(model, data, {tail, rare: tail}, {epsilon}, rng, onProgress);
  return {report, labels: Array.from(data.labels)};
}

/** Clean accuracy and that under PGD-20, of all classes and of the tail. */
export function rowScores({report}: Evaluation): RowScores {
  const scores = scoresOf(report);
  return {
    ...{clean: scores.clean, pgd: scores.pgd20, autoAttack: null},
    ...{tailClean: scores.tailClean, tailPgd: scores.tailPgd20},
    ...{perClassClean: scores.perClassClean, perClassPgd: scores.perClassPgd20},
    mostAnswered: scores.mostAnswered,
  };
}

/**
 * The first images of each class, as many of each; what is left over of `count` is one more of the first classes.
 */
export function firstOfEach({labels, numClasses}: Dataset, count: number): number[] {
  const [each, more] = [Math.floor(count / numClasses), count % numClasses];
  const seen = new Map<number, number>();
  return Array.from(labels.keys()).filter((i) => {
    const label = labels[i] as number;
    const position = seen.get(label) ?? 0;
    seen.set(label, position + 1);
    return position < each + (label < more ? 1 : 0);
  });
}

/** Accuracy under AutoAttack on the first images of each class; goes on from `checkpoints`. */
export async function measureAutoAttack(
  model: Model,
  data: Dataset,
  {epsilon, settings: {autoAttackImages}}: Pick<Job, 'epsilon' | 'settings'>,
  run: RunControl & {
    readonly rng: Rng;
    readonly checkpoints: CheckpointStore;
    readonly checkpointKey: string;
  },
): Promise<number | null> {
  if (autoAttackImages === 0) return null;
  const indices =
    autoAttackImages === null ? [...data.labels.keys()] : firstOfEach(data, autoAttackImages);
  const attacks = {autoAttack: autoAttackForEvaluation({epsilon})};
  const report = await evaluateRobustness(model, data, {attacks, indices, batchSize: 50, ...run});
  return report.attacks.autoAttack.accuracy;
}
