import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {AttackResult} from '../core/attackResult';
import {checkRng} from '../core/checks/checkRng';
import {checkBatch, checkCount} from '../core/checks/checkTensors';
import type {Model} from '../core/classifier';
import type {AttackLoss} from '../core/loss';
import {disposeAfter} from '../core/memory';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {
  checkPerExample,
  mapPerExample,
  perExampleOfRows,
  type PerExample,
  threatOfRows,
  type ThreatModel,
} from '../core/threatModel';
import {marginLoss} from '../losses/marginLoss';
import {ballProjection, startInBall, steepestIn} from '../math/ball';
import {broadcastPerExample} from '../math/perExample';
import {takeRows} from '../math/rows';
import {attackVerdicts} from './search/attackVerdicts';
import {ascentLoss} from './search/ascentLoss';
import {classesOfRows, type LiveRows, liveRows, readRows} from './search/liveRows';
import {type LiveRun, liveRun} from './search/liveRun';
import {noteGradients} from './search/noteGradients';
import {countedPasses} from './search/passes';
import {emptyOutcome, type Outcome, type Problem} from './search/problem';
import {verdictProjection} from './search/projection';
import {VERDICT_DEFAULTS, type VerdictOptions} from './search/verdictOptions';
import {wrongRows} from './search/wrongRows';

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

const DEFAULTS: Defaults<
  RestartedPgdOptions,
  Exclude<Unset<typeof VERDICT_DEFAULTS>, 'loss'> | 'stepSize'
> = {
  ...VERDICT_DEFAULTS,
  restarts: 5,
  steps: 50,
  stepSize: undefined,
  loss: marginLoss,
};

/**
 * PGD on the margin loss from several random starts, with a verdict: an example is broken if the
 * model is wrong at any iterate of any restart, the start and the last one included. It is a strong
 * baseline, which shows whether one run of {@link pgdAttack} was lucky or weak. More restarts and,
 * with the same start, more steps never turn a broken example into a robust one.
 *
 * Cost for each example that stays robust: `restarts · (steps + 1)` forward and `restarts · steps`
 * backward passes. A broken example costs no more passes. One forward pass comes first, and one
 * verifies what was found.
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
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, restartedPgdAttack} from 'lt-robust';
 *
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
  checkRng(WHERE, settings.rng, IS_RANDOM);
  checkBatch(WHERE, x, labels);
  if (stepSize !== undefined) checkPerExample(WHERE, 'stepSize', stepSize, labels.shape[0]);
  return attackVerdicts(WHERE, model, x, labels, settings, {
    iterations: () => restarts * (steps + 1),
    run: (problem, rows) => {
      const own = stepSize === undefined ? undefined : perExampleOfRows(stepSize, rows);
      return runRestartedPgd(problem, {...settings, stepSize: own});
    },
  });
}

const IS_RANDOM = 'every start is random';

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
  const {where, rng} = problem;
  checkRng(where, rng, IS_RANDOM);
  const outcome = emptyOutcome(problem.labels.length);
  for (let restart = 0; restart < settings.restarts; restart++) {
    await ascend(problem, settings, rng.fork('restarted-pgd').fork(restart), outcome);
  }
  return outcome;
}

// The tensors of a restart.
type RestartState<I extends tf.Tensor> = {
  readonly center: I;
  readonly goal: tf.Tensor1D;
  readonly iterate: I;
};

// One restart.
async function ascend<I extends tf.Tensor>(
  problem: Problem<I>,
  {steps, stepSize, loss: given}: RestartedPgdSettings,
  rng: Rng,
  outcome: Outcome,
): Promise<void> {
  const {x, labels, levels, ids} = problem;
  const {epsilon} = problem.threat;
  const single = typeof epsilon === 'number' ? epsilon : Float32Array.from(epsilon); // as in tensors
  const threat = {...problem.threat, epsilon: single};
  const loss = ascentLoss(given);
  const passes = countedPasses(problem, outcome);
  const lost = new Set<number>(); // to a gradient that is not finite
  const isFinished = (position: number) =>
    lost.has(position) || (problem.earlyStop && outcome.points.has(position));
  await liveRun<RestartState<I>>(problem, {
    rows: liveRows(labels.length, isFinished),
    steps: steps + 1,
    isFinished,
    undecided: () => labels.length - outcome.points.size,
    start: (rows) => {
      const center = takeRows(x, rows.positions);
      const own = rows.positions.map((position) => at(ids, position));
      return {
        center,
        goal: classesOfRows(rows, labels),
        iterate: startInBall(center, threatOfRows(threat, rows.positions), rng, own),
      };
    },
    step: (run, step) => tryAndMove(run, {isFirst: step === 0, isLast: step === steps}),
  });

  async function tryAndMove(
    run: LiveRun<RestartState<I>>,
    {isFirst, isLast}: {isFirst: boolean; isLast: boolean},
  ): Promise<void> {
    const {rows, state} = run;
    const {center, goal, iterate} = state;
    const here = threatOfRows(threat, rows.positions);
    await disposeAfter(async (own) => {
      const point =
        levels === undefined
          ? iterate
          : own(tf.tidy(() => verdictProjection(center, here, levels)(iterate)));
      if (isLast) {
        await record(rows, point, await passes.forward(rows, point));
        return;
      }
      const {logits, gradient} = await passes.gradient(rows, point, goal, loss);
      own(gradient);
      if (isFirst) await noteGradients(gradient, rows, outcome);
      await record(rows, point, logits);
      const next = tf.tidy(() => {
        const length = broadcastPerExample(lengthOf(rows, here), iterate);
        const move = tf.mul(length, steepestIn(gradient, here.norm, here.features));
        return ballProjection(center, here)(tf.add(iterate, move));
      });
      run.replace({iterate: next});
    });
  }

  function lengthOf({positions}: LiveRows, {epsilon}: ThreatModel): PerExample {
    if (stepSize !== undefined) return perExampleOfRows(stepSize, positions);
    return mapPerExample(epsilon, (value) => value / 4);
  }

  async function record(rows: LiveRows, point: I, logits: Float32Array): Promise<void> {
    const broken = wrongRows(problem, rows, logits);
    const points = await readRows(point, broken);
    points.forEach((values, i) => {
      const position = at(rows.positions, at(broken, i));
      if (values.every(Number.isFinite)) outcome.points.set(position, values);
      else lost.add(position);
    });
  }
}
