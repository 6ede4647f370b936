import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {checkCount} from '../core/checks/checkTensors';
import type {Model} from '../core/classifier';
import {rangeOfRow, unitsOfRow} from '../core/features';
import {disposeAfter} from '../core/memory';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import {nearestHyperplanes} from './fab/nearestHyperplanes';
import {roundToLevels} from './fab/roundToLevels';
import {forEachLive, type LiveRows, liveRows} from './search/liveRows';
import {liveRun} from './search/liveRun';
import {rankedClasses, rowOf} from './search/logits';
import {
  MINIMAL_NORM_DEFAULTS,
  type MinimalNormOptions,
  type MinimalNormOutcome,
  type MinimalNormResult,
  emptyMinimalNorm,
  minimalNormVerdicts,
  recordIfNearer,
} from './search/minimalNorm';
import {type PackedExamples, packedExamples} from './search/packedExamples';
import {countedPasses} from './search/passes';
import type {Problem} from './search/problem';
import {wrongRows} from './search/wrongRows';

const WHERE = 'deepFoolAttack';

/** Options of {@link deepFoolAttack}. It draws nothing at random: `rng` is accepted and ignored. */
export interface DeepFoolOptions extends MinimalNormOptions {
  /** Largest number of steps. @defaultValue 50 */
  readonly steps?: number | undefined;
  /**
   * How many of the classes most likely at `x` are looked at, the true one among them: 2 or more,
   * cut to the classes there are. @defaultValue 10
   */
  readonly candidates?: number | undefined;
  /**
   * Fraction by which the sum of all steps is stretched to cross the boundary. @defaultValue 0.02
   */
  readonly overshoot?: number | undefined;
  /**
   * Length added to each step, in the units of `x`, so that a step to a boundary very near does not
   * vanish. The default is that of Foolbox and of the authors' code. 0 gives the steps of the paper
   * and of torchattacks. @defaultValue 1e-4
   */
  readonly margin?: number | undefined;
}

/** What the search of DeepFool depends on. */
export type DeepFoolSettings = Record<'steps' | 'candidates' | 'overshoot' | 'margin', number>;

const DEFAULTS: Defaults<DeepFoolOptions, Unset<typeof MINIMAL_NORM_DEFAULTS>> = {
  ...MINIMAL_NORM_DEFAULTS,
  steps: 50,
  candidates: 10,
  overshoot: 0.02,
  margin: 1e-4,
};

/**
 * DeepFool: each step linearises the model and goes to the nearest boundary of the linear one; the
 * sum of the steps is stretched by `overshoot`. Cheap, and on linear models nearly exact; elsewhere
 * its distances are upper bounds that {@link fabAttack} and {@link carliniWagnerAttack} undercut.
 * The steps are Foolbox's: summed up before they are stretched.
 *
 * Cost for each example, at every step until the model is wrong: a forward pass for each candidate,
 * and a backward pass for each but the true class. One forward pass comes first, and one verifies
 * what was found.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link DeepFoolOptions}. An example is done at the first point on which the
 *   model is wrong; with `epsilon` it is a success if that point is within it.
 * @returns The points found and their norms; inputs on which the model is wrong come back as they
 *   are.
 * @throws {@link InvalidArgumentError} if shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the model gives probabilities or NaN at `x`, or a setting is out of range. What
 *   `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @see Moosavi-Dezfooli et al. 2016, DeepFool: a Simple and Accurate Method to Fool Deep Neural
 *   Networks, Algorithm 2; Sec. 3.3 for other norms.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {deepFoolAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[2, 0], [0, 3]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const x = tf.tensor2d([[0.8, 0.5]]);
 * const result = await deepFoolAttack(model, x, labels, {margin: 0});
 * result.distances; // => [0.0204] = 0.1 / 5, times 1.02
 * ```
 */
export async function deepFoolAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: DeepFoolOptions = {},
): Promise<MinimalNormResult<I>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  checkCount(WHERE, 'steps', settings.steps);
  checkNumber(WHERE, 'candidates', settings.candidates, {min: 2, integer: true});
  checkNumber(WHERE, 'overshoot', settings.overshoot, {min: 0});
  checkNumber(WHERE, 'margin', settings.margin, {min: 0});
  return minimalNormVerdicts(WHERE, model, x, labels, settings, {
    iterations: () => settings.steps,
    run: (problem) => runDeepFool(problem, settings),
  });
}

/**
 * DeepFool's search. An example is finished at the first point on which the model is wrong.
 *
 * @param problem - What to break.
 * @param settings - How.
 * @returns What was found.
 */
export async function runDeepFool<I extends tf.Tensor>(
  problem: Problem<I>,
  {steps, candidates, overshoot, margin}: DeepFoolSettings,
): Promise<MinimalNormOutcome> {
  const {x, labels} = problem;
  const outcome = emptyMinimalNorm(labels.length);
  const passes = countedPasses(problem, outcome);
  const isFinished = (position: number) => outcome.norms[position] !== Infinity;
  const rivals = rivalsOf(problem, candidates);
  const clean = packedExamples(await x.data<'float32'>(), x);
  const points = packedExamples(clean.values.slice(), x);
  const move = mover(problem, clean, {overshoot, margin});
  await liveRun(problem, {
    rows: liveRows(labels.length, isFinished),
    steps,
    isFinished,
    undecided: () => labels.length - outcome.points.size,
    start: () => ({}),
    step: async ({rows}, step) => {
      await disposeAfter(async (own) => {
        const point = own(points.gather(rows.positions).upload());
        const planes = await nearestHyperplanes(problem, passes, rows, point, rivals);
        const normals = packedExamples(planes.normals, x);
        forEachLive(rows, (position, row) => {
          if (step === 0 && planes.flat[row] === 1) outcome.zeroGradient[position] = 1;
          if (planes.nonFinite[row] === 1) outcome.nonFiniteGradient[position] = 1;
          move(position, points.of(position), normals.of(row), at(planes.values, row));
        });
      });
      await judge(rows);
    },
  });
  return outcome;

  async function judge(rows: LiveRows): Promise<void> {
    const logits = await disposeAfter((own) =>
      passes.forward(rows, own(points.gather(rows.positions).upload())),
    );
    for (const row of wrongRows(problem, rows, logits)) {
      const position = at(rows.positions, row);
      recordIfNearer(problem, outcome, position, points.of(position), clean.of(position));
    }
  }
}

// The classes that follow the true one in each ranking: every example is classified right.
function rivalsOf(
  {labels, logits, numClasses}: Pick<Problem<tf.Tensor>, 'labels' | 'logits' | 'numClasses'>,
  candidates: number,
): Int32Array[] {
  const rankings = Array.from(labels, (_, i) => rankedClasses(rowOf(logits, i, numClasses)));
  return Array.from({length: Math.min(candidates, numClasses) - 1}, (_, rank) =>
    Int32Array.from(rankings, (ranking) => at(ranking, rank + 1)),
  );
}

// Moves a point onto the hyperplane value + normal · (z − point) = 0: along the normal for L2, along
// its sign for L∞.
function mover(
  {threat: {norm, clip, features}, levels}: Pick<Problem<tf.Tensor>, 'threat' | 'levels'>,
  {values: clean, shape}: PackedExamples<tf.Tensor>,
  {overshoot, margin}: Pick<DeepFoolSettings, 'overshoot' | 'margin'>,
): (position: number, point: Float32Array, normal: Float32Array, value: number) => void {
  const total = new Float32Array(clean.length); // sum of the steps, not stretched
  const [min, max] = clip ?? [-Infinity, Infinity];
  const isL2 = norm === 'l2';
  return (position, point, gradient, value) => {
    // In units of the features' budgets, where they have them.
    const units = features && unitsOfRow(features, position, shape);
    const ends = features && rangeOfRow(features, position, shape);
    const unit = (i: number): number => (units === undefined ? 1 : (units[i] ?? NaN));
    const normal = units === undefined ? gradient : gradient.map((w, i) => w * unit(i));
    let dual = 0;
    for (const w of normal) dual += isL2 ? w * w : Math.abs(w);
    if (isL2) dual = Math.sqrt(dual);
    if (dual === 0) return;
    const length = Math.abs(value) / dual + margin;
    const first = position * point.length;
    const center = clean.subarray(first, first + point.length);
    normal.forEach((w, i) => {
      const before = total[first + i] ?? NaN;
      const sum = Math.fround(before + length * (isL2 ? w / dual : Math.sign(w)));
      total[first + i] = sum;
      const from = center[i] ?? NaN;
      const stretched = from + unit(i) * (1 + overshoot) * sum;
      const low = ends === undefined ? min : Math.min(ends[0][i] ?? NaN, from);
      const high = ends === undefined ? max : Math.max(ends[1][i] ?? NaN, from);
      point[i] = unit(i) === 0 ? from : Math.min(Math.max(stretched, low), high);
    });
    if (levels !== undefined && clip !== null) {
      roundToLevels(point, center, norm, {levels, clip});
    }
  };
}
