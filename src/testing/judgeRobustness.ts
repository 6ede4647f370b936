import type * as tf from '@tensorflow/tfjs-core';

import {checkClassNames} from '../core/checks/checkClassNames';
import {checkDataset} from '../core/checks/checkParts';
import {intAt} from '../core/at';
import type {AttackWarning} from '../core/attackResult';
import {asClassifier, type Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {createRng} from '../core/rng';
import type {Norm, ThreatModel} from '../core/threatModel';
import {countRobust} from './countRobust';
import {type Counterexample, findCounterexample} from './counterexample';
import {demandsOf, judgeDemands, type Outcome, type RobustnessClaim} from './robustnessClaims';
import {
  attackOf,
  type RobustnessTestOptions,
  robustnessTestSettings,
  type RobustnessTestSettings,
} from './robustnessTestOptions';

/** What {@link judgeRobustness} found. Plain data. */
export interface RobustnessVerdict {
  /** Whether the model passes. */
  readonly pass: boolean;
  /** `below` if any claim is, `above` if all are, else `undecided`. */
  readonly outcome: Outcome;
  /** Every demand, with its counts and bounds. */
  readonly claims: readonly RobustnessClaim[];
  /** Robust examples of each class. */
  readonly correct: readonly number[];
  /** Examples evaluated of each class. */
  readonly totals: readonly number[];
  /** Examples of the dataset. */
  readonly available: number;
  /** Whether the time limit ended the evaluation. */
  readonly timedOut: boolean;
  /** What the attack found doubtful. */
  readonly warnings: readonly AttackWarning[];
  /** Examples that break the model, with shrunk perturbations; none where it passes. */
  readonly counterexamples: readonly Counterexample[];
  /** What was asked, for messages and for running it again. */
  readonly settings: {
    /** Norm of the perturbations. */
    readonly norm: Norm;
    /** Largest norm. */
    readonly epsilon: number;
    /** Valid range. */
    readonly clip: ThreatModel['clip'];
    /** Confidence of the decision. */
    readonly confidence: number;
    /** What an open question counts as. */
    readonly undecided: 'fail' | 'pass';
    /** Seed of the order and the attack. */
    readonly seed: number;
    /** Names of the classes. */
    readonly classNames?: readonly string[] | undefined;
  };
}

const outcomeOf = (claims: readonly RobustnessClaim[]): Outcome => {
  if (claims.some(({outcome}) => outcome === 'below')) return 'below';
  return claims.every(({outcome}) => outcome === 'above') ? 'above' : 'undecided';
};

/**
 * Decides, with a stated confidence, whether a model is as robust against an attack as is asked:
 * overall, class by class, on the tail. An example is robust if the model gives its label on the
 * clean input and on what the attack found. `assertRobust` throws where this says no.
 *
 * Each demand has one of three outcomes, by exact one-sided binomial bounds (Clopper & Pearson):
 * surely above, surely below, or undecided; then it says about how many examples would decide it. A
 * model that is not robust enough passes with a probability of 1 - `confidence` at most, whatever
 * its accuracy and however few examples there are; with several demands, too.
 *
 * @param model - What attacks take as their model.
 * @param dataset - Labelled examples: a sample of what the statement is about.
 * @param options - See {@link RobustnessTestOptions}; at least one of `atLeast`, `perClass`, `tail`.
 * @returns Outcome, counts and bounds as plain data, and counterexamples where the model fails.
 * @throws {@link InvalidArgumentError} if nothing is asked or an option is out of range, and as
 *   `evaluateRobustness` does.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {arrayDataset} from 'lt-robust/data';
 * import {judgeRobustness} from 'lt-robust/testing';
 *
 * const pixels = Float32Array.from({length: 100}, (_, i) => i / 99);
 * const dataset = arrayDataset(pixels, Array.from(pixels, (v) => Number(v > 0.5)), {
 *   shape: [1, 1, 1],
 * });
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const verdict = await judgeRobustness(model, dataset, {epsilon: 0.05, atLeast: 0.8});
 * verdict.outcome; // => 'above'
 * verdict.claims[0].bounds; // => [0.8363, 0.9447]
 * ```
 */
export async function judgeRobustness<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  dataset: Dataset<I>,
  options: RobustnessTestOptions<I> = {},
): Promise<RobustnessVerdict> {
  return verdictOf('judgeRobustness', model, dataset, options);
}

/** {@link judgeRobustness}, for any public function. */
export async function verdictOf<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  dataset: Dataset<I>,
  options: RobustnessTestOptions<I>,
): Promise<RobustnessVerdict> {
  const settings = robustnessTestSettings(where, options);
  const {confidence, undecided, seed, norm, epsilon, clip, classNames} = settings;
  checkDataset(where, 'dataset', dataset);
  checkClassNames(where, classNames, dataset.numClasses);
  const demands = demandsOf(where, settings, dataset.numClasses);
  const counted = await countRobust(where, model, dataset, settings);
  const claims = judgeDemands(demands, counted.correct, counted.totals, confidence);
  const outcome = outcomeOf(claims);
  const pass = outcome === 'above' || (outcome === 'undecided' && undecided === 'pass');
  const failed = new Set(
    claims.flatMap((claim) => (claim.outcome === 'above' ? [] : claim.classes)),
  );
  const broken = counted.broken.filter((id) => failed.has(intAt(dataset.labels, id)));
  return {
    ...{pass, outcome, claims},
    correct: counted.correct,
    totals: counted.totals,
    available: dataset.labels.length,
    timedOut: counted.timedOut,
    warnings: counted.warnings,
    counterexamples: pass ? [] : await shrunkOf(where, model, dataset, settings, broken),
    settings: {norm, epsilon, clip, confidence, undecided, seed, classNames},
  };
}

/**
 * The first few broken examples that the attack breaks by themselves, with shrunk perturbations.
 */
async function shrunkOf<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  dataset: Dataset<I>,
  settings: RobustnessTestSettings<I>,
  broken: readonly number[],
): Promise<Counterexample[]> {
  const {norm, epsilon, clip, seed, signal, counterexamples} = settings;
  const search = {
    classify: asClassifier<I>(model, where),
    ...{dataset, norm, epsilon, clip, signal},
    attack: attackOf(settings),
    rng: createRng(seed).fork('attack'),
  };
  const found: Counterexample[] = [];
  for (const id of broken) {
    if (found.length >= counterexamples) break;
    const counterexample = await findCounterexample(search, id);
    if (counterexample !== undefined) found.push(counterexample);
  }
  return found;
}
