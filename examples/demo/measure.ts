import * as tf from '@tensorflow/tfjs-core';
import {
  autoAttackForEvaluation,
  evaluateRobustness,
  isUnusableGradientError,
  pgdAttack,
  type Attack,
  type Dataset,
  type EvaluateRobustnessOptions,
  type Model,
  type ProgressCallback,
  type RobustnessReport,
  type Rng,
} from 'lt-robust';

import {EVALUATION_STEPS, type DemoSettings} from './settings';

/** What a network does on a balanced set, as fractions. Plain data. */
export interface Scores {
  readonly clean: number;
  readonly pgd20: number;
  /** PGD-20 accuracy of the class where it is lowest. */
  readonly worstClassPgd20: number;
  readonly tailClean: number;
  readonly tailPgd20: number;
  /** Of the first images of the tail; null where AutoAttack was not run. */
  readonly tailAutoAttack: number | null;
  /** The rarest classes together, the tail among them. */
  readonly rareClean: number;
  readonly rarePgd20: number;
  readonly perClassClean: readonly number[];
  readonly perClassPgd20: readonly number[];
  /** The class that is answered most often on clean images, and its share of the answers. */
  readonly mostAnswered: {readonly class: number; readonly share: number};
}

/** The columns of the tables, in their order. */
export const COLUMNS = [
  'clean',
  'pgd20',
  'worstClassPgd20',
  'tailClean',
  'tailPgd20',
  'tailAutoAttack',
  'rareClean',
  'rarePgd20',
] as const satisfies readonly (keyof Scores)[];
export type Column = (typeof COLUMNS)[number];

/** PGD with the settings' radius. */
export const pgd =
  ({epsilon}: Pick<DemoSettings, 'epsilon'>, steps: number): Attack =>
  (model, x, labels, context) =>
    pgdAttack(model, x, labels, {...context, ...{epsilon, steps, checkValues: false}});

/** What is measured beside all classes together. */
export interface MeasuredClasses {
  readonly tail: readonly number[];
  readonly rare: readonly number[];
}

/** Measures a network on clean images and under PGD-20. */
export async function measure(...parameters: Parameters<typeof evaluate>): Promise<Scores> {
  return scoresOf(await evaluate(...parameters));
}

/** What {@link measure} takes its figures from. */
export function evaluate(
  model: Model,
  data: Dataset,
  {tail, rare}: MeasuredClasses,
  settings: Pick<DemoSettings, 'epsilon'>,
  rng: Rng,
  onProgress?: ProgressCallback,
): Promise<RobustnessReport> {
  const options = {tail, groups: {rare}, rng, predictions: true, onProgress};
  return underPgd(model, data, pgd(settings, EVALUATION_STEPS), options);
}

/**
 * Evaluates under one attack, called `pgd20`. A network that has collapsed to a constant has no
 * gradient anywhere, which evaluateRobustness refuses to call robust. Then the answer to the clean
 * image is that to every other image, and the collapse is said by the share of its predictions.
 */
export async function underPgd(
  model: Model,
  data: Dataset,
  attack: Attack,
  options: Omit<EvaluateRobustnessOptions, 'attacks'>,
): Promise<RobustnessReport> {
  const under = (pgd20: Attack) => evaluateRobustness(model, data, {...options, attacks: {pgd20}});
  try {
    return await under(attack);
  } catch (error) {
    if (!isUnusableGradientError(error)) throw error;
    return under((_model, x) => tf.clone(x));
  }
}

/** The accuracy of the first `images` of the tail under AutoAttack; null for none. */
export async function measureAutoAttack(
  model: Model,
  data: Dataset,
  tail: readonly number[],
  {epsilon, autoAttackImages}: Pick<DemoSettings, 'epsilon' | 'autoAttackImages'>,
  rng: Rng,
): Promise<number | null> {
  const positions = Array.from(data.labels.keys());
  const indices = positions
    .filter((i) => tail.includes(data.labels[i] as number))
    .slice(0, autoAttackImages);
  if (indices.length === 0) return null;
  const attacks = {autoAttack: autoAttackForEvaluation({epsilon})};
  const report = await evaluateRobustness(model, data, {attacks, indices, rng});
  return report.attacks.autoAttack?.accuracy ?? null;
}

/** The figures of the tables. */
export function scoresOf({clean, attacks}: RobustnessReport): Scores {
  const attacked = attacks['pgd20'];
  if (attacked === undefined) throw new Error('PGD-20 was not run');
  const predictions = clean.predictions ?? [];
  const answers = clean.perClass.map(
    (_, c) => predictions.filter((prediction) => prediction === c).length,
  );
  const most = Math.max(...answers);
  return {
    clean: clean.accuracy,
    pgd20: attacked.accuracy,
    worstClassPgd20: attacked.worstClassAccuracy,
    tailClean: clean.tail?.accuracy ?? NaN,
    tailPgd20: attacked.tail?.accuracy ?? NaN,
    tailAutoAttack: null,
    rareClean: clean.groups['rare']?.accuracy ?? NaN,
    rarePgd20: attacked.groups['rare']?.accuracy ?? NaN,
    perClassClean: clean.perClass.map(({accuracy}) => accuracy ?? NaN),
    perClassPgd20: attacked.perClass.map(({accuracy}) => accuracy ?? NaN),
    mostAnswered: {class: answers.indexOf(most), share: most / predictions.length},
  };
}

/**
 * Why a training has collapsed, or null where it has not: more of the answers than half way between
 * an even share and all of them are one class, or no more of them are right than by chance. The set
 * that the scores are of is balanced.
 */
export function collapseOf(
  {clean, mostAnswered, perClassClean}: Pick<Scores, 'clean' | 'mostAnswered' | 'perClassClean'>,
  classNames: readonly string[],
): string | null {
  const classes = perClassClean.length;
  if (mostAnswered.share > (1 + 1 / classes) / 2) {
    const share = (100 * mostAnswered.share).toFixed(0);
    return `${share} % of the answers are ${classNames[mostAnswered.class] ?? mostAnswered.class}`;
  }
  if (clean <= 1 / classes) return `${(100 * clean).toFixed(1)} % are right, which chance gives`;
  return null;
}
