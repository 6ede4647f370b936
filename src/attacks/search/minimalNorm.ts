import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackResult} from '../../core/attackResult';
import type {Model} from '../../core/classifier';
import type {Defaults, Unset} from '../../core/options';
import type {FeatureThreatModel} from '../../core/featureThreat';
import {epsilonAt, type ThreatModel} from '../../core/threatModel';
import {attackVerdicts} from './attackVerdicts';
import {emptyOutcome, type Outcome, type Problem} from './problem';
import {VERDICT_DEFAULTS, type VerdictOptions, type VerdictSettings} from './verdictOptions';
import {ballOf, distanceOf} from './exampleBall';
import {withinLevels} from './verifiedPoints';

/** Options of the attacks that look for the smallest perturbation, whatever its size. */
export interface MinimalNormOptions extends Omit<VerdictOptions, 'epsilon' | 'earlyStop'> {
  /**
   * Largest norm that counts as success, in the units of `x`; one value, one per example, or one per
   * feature, which then also measure the distance. It
   * does not guide the search. @defaultValue undefined, any: the smallest perturbation found
   */
  readonly epsilon?: FeatureThreatModel['epsilon'] | undefined;
  /**
   * Whether the search of an example ends at the first point within `epsilon`, which is then not the
   * nearest. The verdicts do not depend on it. Ignored without `epsilon`. @defaultValue true
   */
  readonly earlyStop?: boolean | undefined;
}

/** What an attack that looks for the smallest perturbation found, for a batch. */
export interface MinimalNormResult<I extends tf.Tensor = tf.Tensor4D> extends AttackResult<I> {
  /**
   * The smallest norm at which the attack saw the model fail, even beyond `epsilon`. It is 0 if the
   * model is wrong on the clean input, and `null` if no such point was found.
   */
  readonly minimalDistances: readonly (number | null)[];
}

/** What such an attack found about the examples of a {@link Problem}. */
export interface MinimalNormOutcome extends Outcome {
  /** `[batch]` smallest norm at which the model was wrong; infinite where there was none. */
  readonly norms: Float64Array;
}

/** Defaults of {@link MinimalNormOptions}. */
export const MINIMAL_NORM_DEFAULTS: Defaults<
  MinimalNormOptions,
  Unset<typeof VERDICT_DEFAULTS> | 'epsilon'
> = {...VERDICT_DEFAULTS, epsilon: undefined};

/** {@link MinimalNormOptions} with the defaults filled in. */
export type MinimalNormSettings = typeof MINIMAL_NORM_DEFAULTS;

/** An outcome of which nothing is known yet. */
export const emptyMinimalNorm = (batchSize: number): MinimalNormOutcome => ({
  ...emptyOutcome(batchSize),
  norms: new Float64Array(batchSize).fill(Infinity),
});

// A bound that nothing in the valid range exceeds; finite, since the checks take no other.
const anyDistance = ({norm, clip}: Pick<FeatureThreatModel, 'norm' | 'clip'>): number => {
  if (norm === 'l2' || clip === null) return Number.MAX_VALUE;
  const [min, max] = clip;
  return typeof min === 'number' && typeof max === 'number' ? max - min : Number.MAX_VALUE;
};

/** The valid range alone, as a threat model: where the iterates of such an attack may go. */
export const rangeOf = (threat: ThreatModel): ThreatModel => ({
  ...threat,
  epsilon: anyDistance(threat),
});

/**
 * {@link attackVerdicts} for an attack that minimises a norm. Its search goes on to the minimum
 * unless `problem.earlyStop`, which is false wherever there is no `epsilon`.
 */
export async function minimalNormVerdicts<I extends tf.Tensor, S extends MinimalNormSettings>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: S,
  search: {
    readonly iterations: (numClasses: number) => number;
    readonly run: (problem: Problem<I>) => Promise<MinimalNormOutcome>;
  },
): Promise<MinimalNormResult<I>> {
  const {epsilon = anyDistance(settings), earlyStop} = settings;
  const bounded: VerdictSettings = {
    ...settings,
    epsilon,
    earlyStop: earlyStop && settings.epsilon !== undefined,
  };
  const norms = new Map<number, number>();
  const result = await attackVerdicts(where, model, x, labels, bounded, {
    iterations: search.iterations,
    run: async (problem, rows) => {
      const outcome = await search.run(problem);
      rows.forEach((row, i) => norms.set(row, at(outcome.norms, i)));
      return outcome;
    },
  });
  const minimalDistances = result.success.map((_, row) => {
    const norm = norms.get(row) ?? 0;
    return Number.isFinite(norm) ? norm : null;
  });
  return {...result, minimalDistances};
}

/**
 * Records a point on which the model is wrong, if it is the nearest so far.
 *
 * @param problem - What is attacked; the point counts as success within its epsilon.
 * @param outcome - Where it is recorded.
 * @param row - The example.
 * @param point - Its perturbed values, the caller's to reuse.
 * @param center - Its clean values.
 */
export function recordIfNearer(
  problem: Pick<Problem<tf.Tensor>, 'threat' | 'levels'> & Partial<Pick<Problem<tf.Tensor>, 'x'>>,
  outcome: MinimalNormOutcome,
  row: number,
  point: Float32Array,
  center: Float32Array,
): void {
  const {threat, levels} = problem;
  const distance =
    threat.features === undefined
      ? distanceOf(threat.norm, point, center)
      : ballOf(threat, row, center, problem.x?.shape.slice(1) ?? [point.length]).distance(point);
  // This holds for a distance of NaN, too: a gradient that is not finite leads nowhere.
  if (!(distance < at(outcome.norms, row))) return;
  outcome.norms[row] = distance;
  const own = epsilonAt(threat, row);
  // On grey levels integers are compared: 8 of 255 levels are within 8 / 255, whatever the
  // rounding.
  const isWithin =
    levels === undefined ? distance <= own : withinLevels(point, center, own, problem);
  if (isWithin) outcome.points.set(row, point.slice());
}
