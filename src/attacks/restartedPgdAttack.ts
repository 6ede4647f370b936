import * as tf from '@tensorflow/tfjs-core';

import type {AttackResult} from '../core/attackResult';
import {checkBatch, checkCount} from '../core/checks/checkTensors';
import type {Model} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import type {AttackLoss} from '../core/loss';
import {disposeAfter} from '../core/memory';
import {withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {checkPerExample, type PerExample, type ThreatModel} from '../core/threatModel';
import {marginLoss} from '../losses/marginLoss';
import {ballProjection, randomStart, steepestAscent} from '../math/ball';
import {broadcastPerExample} from '../math/perExample';
import {attackVerdicts} from './search/attackVerdicts';
import {gatherRows, type LiveRows, liveRows, readRows, withoutDecided} from './search/liveRows';
import {predictedClass, rowOf} from './search/logits';
import {countedPasses} from './search/passes';
import {emptyOutcome, type Outcome, type Problem} from './search/problem';
import {verdictProjection} from './search/projection';
import {VERDICT_DEFAULTS, type VerdictOptions} from './search/verdictOptions';

const WHERE = 'restartedPgdAttack';

/** Options of {@link restartedPgdAttack}. It needs `rng`. */
export interface RestartedPgdOptions extends VerdictOptions {
  /** Random starts, each with all its steps. @defaultValue 5 */
  readonly restarts?: number | undefined;
  /** Steps from each start. @defaultValue 50 */
  readonly steps?: number | undefined;
  /**
   * Length of a step in `norm`, in the units of `x`; one value, or one per example.
   * @defaultValue undefined: a quarter of epsilon (2/255 at 8/255)
   */
  readonly stepSize?: PerExample | undefined;
  /** What to ascend, one value per example. @defaultValue marginLoss */
  readonly loss?: AttackLoss | undefined;
}

const DEFAULTS = {
  ...VERDICT_DEFAULTS,
  restarts: 5,
  steps: 50,
  stepSize: undefined as PerExample | undefined,
  loss: marginLoss as AttackLoss,
};

/**
 * PGD on the margin loss from several random starts, with a verdict: an example is broken if the
 * model is wrong at any iterate of any restart, the start and the last one included. A strong
 * baseline that tells whether one run of {@link pgdAttack} was lucky or weak; more restarts and,
 * with the same start, more steps never make an example robust.
 *
 * Cost for each example that stays robust: `restarts · (steps + 1)` forward and `restarts · steps`
 * backward passes; a broken one leaves. One forward pass comes first, and one verifies what was
 * found.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link RestartedPgdOptions}. With `quantize` the iterates move freely and
 *   are judged, and differentiated, on the grey levels nearest to them. With `earlyStop: false` the
 *   last iterate that breaks an example comes back, not the first.
 * @returns The broken inputs, verdicts and costs.
 * @throws {@link InvalidArgumentError} if `rng` is missing, shapes disagree, pixels leave `clip`, a
 *   label is no class of the model, the model gives probabilities or NaN at `x`, or a setting is
 *   out of range. What `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 5
 *   (restarts); Carlini & Wagner 2017, Towards Evaluating the Robustness of Neural Networks, Sec. V
 *   (the loss).
 * @example
 * ```ts
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[2, 0], [0, 3]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const x = tf.tensor2d([[0.8, 0.5]]);
 * const options = {epsilon: 0.05, rng: createRng(7)};
 * (await restartedPgdAttack(model, x, labels, options)).success; // => [true]
 * ```
 */
export async function restartedPgdAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: RestartedPgdOptions = {},
): Promise<AttackResult<I>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {restarts, steps, stepSize} = settings;
  checkCount(WHERE, 'restarts', restarts);
  checkCount(WHERE, 'steps', steps);
  if (settings.rng === undefined) needRng(WHERE);
  checkBatch(WHERE, x, labels);
  if (stepSize !== undefined) checkPerExample(WHERE, 'stepSize', stepSize, labels.shape[0]);
  return attackVerdicts(WHERE, model, x, labels, settings, {
    iterations: () => restarts * (steps + 1),
    run: (problem, rows) => {
      const ofRows = (sizes: ArrayLike<number>) => rows.map((row) => sizes[row] as number);
      const own = typeof stepSize === 'object' ? ofRows(stepSize) : stepSize;
      return runRestartedPgd(problem, {...settings, stepSize: own});
    },
  });
}

function needRng(where: string): never {
  throw new InvalidArgumentError({
    where,
    argument: 'rng',
    expected: 'be given: every start is random',
    found: 'undefined',
    remedy: 'Pass rng: createRng(seed).',
  });
}

/** What the search of {@link restartedPgdAttack} depends on. */
export interface RestartedPgdSettings {
  readonly restarts: number;
  readonly steps: number;
  /** One value, or one per row of the problem; by default a quarter of its epsilon. */
  readonly stepSize?: PerExample | undefined;
  readonly loss: AttackLoss;
}

/**
 * The search of {@link restartedPgdAttack}.
 *
 * @param problem - What to break; needs `rng`.
 * @param settings - How.
 * @returns What was found.
 */
export async function runRestartedPgd<I extends tf.Tensor>(
  problem: Problem<I>,
  settings: RestartedPgdSettings,
): Promise<Outcome> {
  const {rng = needRng(problem.where)} = problem;
  const outcome = emptyOutcome(problem.labels.length);
  for (let restart = 0; restart < settings.restarts; restart++) {
    await ascend(problem, settings, rng.fork('restarted-pgd').fork(restart), outcome);
  }
  return outcome;
}

// One restart.
async function ascend<I extends tf.Tensor>(
  problem: Problem<I>,
  {steps, stepSize, loss}: RestartedPgdSettings,
  rng: Rng,
  outcome: Outcome,
): Promise<void> {
  const {x, labels, numClasses, levels, ids} = problem;
  const passes = countedPasses(problem, outcome);
  const lost = new Set<number>(); // to a gradient that is not finite
  const hasLeft = (position: number) =>
    lost.has(position) || (problem.earlyStop && outcome.points.has(position));
  let rows = liveRows(labels.length, hasLeft);
  if (rows.live === 0) return;
  let state = tf.tidy(() => {
    const center = tf.gather(x, tf.tensor1d(rows.positions, 'int32'));
    const goal = tf.tensor1d(pick(rows, labels), 'int32');
    const own = rows.positions.map((position) => ids[position] as number);
    const iterate = randomStart(center, threatOf(problem, rows), rng, own);
    return {center, goal, iterate};
  });
  try {
    for (let step = 0; step <= steps; step++) {
      await problem.pause(labels.length - outcome.points.size);
      await tryAndMove(step === steps);
      const kept = withoutDecided(rows, hasLeft);
      if (kept === undefined) continue;
      if (kept.rows.live === 0) return;
      rows = kept.rows;
      state = gatherRows(state, kept.from);
    }
  } finally {
    tf.dispose(Object.values(state));
  }

  async function tryAndMove(isLast: boolean): Promise<void> {
    await disposeAfter(async (own) => {
      const {center, goal, iterate} = state;
      const threat = threatOf(problem, rows);
      const point =
        levels === undefined
          ? iterate
          : own(tf.tidy(() => verdictProjection(center, threat, levels)(iterate)));
      if (isLast) {
        await record(point, await passes.forward(rows, point));
        return;
      }
      const {logits, gradient} = await passes.gradient(rows, point, goal, loss);
      own(gradient);
      await record(point, logits);
      state.iterate = tf.tidy(() => {
        const length = broadcastPerExample(lengthOf(threat), iterate);
        const step = tf.mul(length, steepestAscent(gradient, threat.norm));
        return ballProjection(center, threat)(tf.add(iterate, step));
      });
      iterate.dispose();
    });
  }

  function lengthOf({epsilon}: ThreatModel): PerExample {
    if (typeof stepSize === 'number') return stepSize;
    if (stepSize !== undefined) return pick(rows, stepSize);
    return typeof epsilon === 'number' ? epsilon / 4 : Float32Array.from(epsilon, (e) => e / 4);
  }

  async function record(point: I, logits: Float32Array): Promise<void> {
    const broken: number[] = [];
    for (let row = 0; row < rows.live; row++) {
      const truth = labels[rows.positions[row] as number];
      if (predictedClass(rowOf(logits, row, numClasses)) !== truth) broken.push(row);
    }
    const points = await readRows(point, broken);
    points.forEach((values, i) => {
      const position = rows.positions[broken[i] as number] as number;
      if (values.every(Number.isFinite)) outcome.points.set(position, values);
      else lost.add(position);
    });
  }
}

// Of the problem's rows, those that the state holds.
const pick = (rows: LiveRows, values: ArrayLike<number>): Float32Array =>
  Float32Array.from(rows.positions, (position) => values[position] as number);

function threatOf({threat}: Pick<Problem<tf.Tensor>, 'threat'>, rows: LiveRows): ThreatModel {
  const {epsilon} = threat;
  return typeof epsilon === 'number' ? threat : {...threat, epsilon: pick(rows, epsilon)};
}
