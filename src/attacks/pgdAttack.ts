import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext} from '../core/attack';
import {checkExampleIds} from '../core/checks/checkExampleIds';
import {checkNumber} from '../core/checks/checkNumber';
import {
  checkBatch,
  checkLabels,
  checkModelShape,
} from '../core/checks/checkTensors';
import {
  checkFinite,
  checkLabelValues,
  checkModelOutput,
  checkPixels,
} from '../core/checks/checkValues';
import {asClassifier, type Model} from '../core/classifier';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {lossAt, type AttackLoss} from '../core/loss';
import {withDefaults} from '../core/options';
import type {Position} from '../core/position';
import type {Rng} from '../core/rng';
import {
  checkPerExample,
  checkThreat,
  DEFAULT_THREAT,
  mapPerExample,
  type Norm,
  type PerExample,
  type ThreatOptions,
} from '../core/threatModel';
import {crossEntropy} from '../losses/crossEntropy';
import {ballProjection, gaussianStart, randomStart, steepestAscent} from '../math/ball';
import {freezeWeights} from '../math/freezeWeights';
import {inputGradient} from '../math/inputGradient';
import {broadcastPerExample} from '../math/perExample';

/** Where an ascent starts: a point, or a function of `x` and the attack's `rng`. */
export type StartPoint =
  tf.Tensor | {start(x: tf.Tensor, rng: Rng | undefined): tf.Tensor}['start'];

/** Options of {@link pgdAttack}. */
export interface PgdOptions extends ThreatOptions, AttackContext {
  /**
   * Length of a step in `norm`, in the units of `x`; one value, or one per example.
   * @defaultValue a quarter of epsilon (2/255 at 8/255)
   */
  readonly stepSize?: PerExample | undefined;
  /** Number of steps, each one forward and one backward pass; 0 returns the start. @defaultValue 10 */
  readonly steps?: number | undefined;
  /** What to ascend, one value per example. @defaultValue crossEntropy */
  readonly loss?: AttackLoss | undefined;
  /**
   * Start at a random point of the ball, drawn from this generator. It is forked, never advanced: a
   * second call with it starts at the same point. In a loop, hand over `rng.fork(batch)`, or
   * `exampleIds`. @defaultValue none: start at `x`
   */
  readonly rng?: Rng | undefined;
  /**
   * With `rng`: start at `x` plus Gaussian noise of this standard deviation instead, as the code of
   * TRADES and AT-BSL does with 0.001.
   * @defaultValue none: uniform in the ball
   */
  readonly startDeviation?: number | undefined;
  /**
   * Start at this point instead, of the shape of `x`, or at the one that a function makes of `x` and
   * `rng`: noise of one's own (RoBal's is one-sided, REAT's is not clipped), or what an earlier
   * attack left. It may lie outside of ball and range, for the first step projects. A tensor stays
   * the caller's. @defaultValue none: `x`, or a random point with `rng`
   */
  readonly start?: StartPoint | undefined;
  /**
   * int32 `[batch]` classes to reach: the loss to them is descended instead. @defaultValue none:
   * untargeted
   */
  readonly targets?: tf.Tensor1D | undefined;
  /**
   * Check the values of `x`, the labels and the model's output: a few small reads from the device,
   * once per call. @defaultValue true
   */
  readonly checkValues?: boolean | undefined;
}

/**
 * Defaults of {@link PgdOptions}.
 *
 * @internal
 */
export const PGD_DEFAULTS = {
  ...DEFAULT_THREAT,
  stepSize: undefined as PerExample | undefined,
  steps: 10,
  loss: crossEntropy as AttackLoss,
  rng: undefined as Rng | undefined,
  exampleIds: undefined as ArrayLike<number> | undefined,
  signal: undefined as AbortSignal | undefined,
  position: undefined as Position | undefined,
  startDeviation: undefined as number | undefined,
  start: undefined as StartPoint | undefined,
  targets: undefined as tf.Tensor1D | undefined,
  checkValues: true,
};

const negated = (loss: AttackLoss): AttackLoss => ({
  atInput: (x) => (z, y) => tf.neg(lossAt(loss, x)(z, y)),
});

/**
 * Projected gradient descent: steepest-ascent steps on a loss, each projected back into the ball
 * around `x` and into the pixel range; the last iterate is returned. Without `rng` it starts at `x`
 * and is deterministic (the basic iterative method).
 *
 * Cost: `steps` forward passes and as many backward passes to the input.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link PgdOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} if shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the model gives probabilities or NaN, or a setting is out of range.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.1.
 * @example
 * ```ts
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const adversarial = pgdAttack(model, tf.tensor2d([[0.5, 0.5]]), labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export function pgdAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: PgdOptions = {},
): I {
  return projectedAscent('pgdAttack', model, x, labels, options);
}

/**
 * What {@link pgdAttack} and the attacks that are special cases of it share.
 *
 * @param stepDirection - The unit step for a gradient, called once per step, in order.
 * @internal
 */
export function projectedAscent<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: PgdOptions,
  stepDirection: (gradient: I, norm: Norm) => I = steepestAscent,
): I {
  const settings = withDefaults(where, PGD_DEFAULTS, options);
  const {
    stepSize = mapPerExample(settings.epsilon, (epsilon) => epsilon / 4),
    steps,
    norm,
    targets,
    checkValues,
  } = settings;
  const {rng, exampleIds, startDeviation, start, clip, signal} = settings;
  const classify = asClassifier(model, where);
  checkBatch(where, x, labels);
  const batchSize = labels.shape[0];
  checkThreat(where, settings, batchSize);
  checkPerExample(where, 'stepSize', stepSize, batchSize);
  checkNumber(where, 'steps', steps, {min: 0, integer: true});
  if (startDeviation !== undefined) checkNumber(where, 'startDeviation', startDeviation, {min: 0});
  if (targets !== undefined) checkLabels(where, targets, batchSize, 'targets');
  checkExampleIds(where, exampleIds, batchSize);
  if (batchSize === 0) return tf.clone(x);
  if (checkValues) checkPixels(where, x, clip);
  // One step would not pay for it.
  let areLabelsChecked = !checkValues;
  const frozen = steps > 1 ? freezeWeights(classify) : undefined;
  const classifier = (input: I) => {
    const logits = (frozen?.classify ?? classify)(input);
    // Before the loss complains of its arguments.
    checkModelShape(where, logits, batchSize);
    checkLabelsOnce(logits.shape[1]);
    return logits;
  };
  const goal = targets ?? labels;
  const loss: AttackLoss = targets === undefined ? settings.loss : negated(settings.loss);

  try {
    return tf.tidy(ascend);
  } finally {
    frozen?.dispose();
  }

  function ascend(): I {
    const project = ballProjection(x, settings);
    const length = broadcastPerExample(stepSize, x);
    let adversarial = startOf();
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const current = adversarial;
      adversarial = tf.tidy(() => {
        const {logits, gradient} = inputGradient(classifier, current, goal, loss);
        if (checkValues && step === 0) checkFirstStep(logits, gradient);
        return project(tf.add(current, tf.mul(length, stepDirection(gradient, norm))));
      });
      current.dispose(); // one iterate alive, not `steps` of them
    }
    return adversarial;

    function startOf(): I {
      if (start !== undefined) return inBall(ownStart(where, start, x, rng));
      if (rng === undefined) return tf.clone(x);
      if (startDeviation === undefined) return randomStart(x, settings, rng, exampleIds);
      return inBall(gaussianStart(x, startDeviation, rng, exampleIds));
    }

    // The noise may leave the ball; the first step projects it, so only 0 steps need it here.
    function inBall(point: I): I {
      return steps === 0 ? project(point) : point;
    }
  }

  function checkLabelsOnce(numClasses: number): void {
    if (areLabelsChecked) return;
    areLabelsChecked = true;
    checkLabelValues(where, labels, numClasses);
    if (targets !== undefined) checkLabelValues(where, targets, numClasses, 'targets');
  }

  function checkFirstStep(logits: tf.Tensor2D, gradient: I): void {
    checkModelOutput(where, logits, batchSize);
    checkFinite(where, 'model', gradient, 'have a finite gradient at x');
  }
}

function ownStart<I extends tf.Tensor>(
  where: string,
  start: StartPoint,
  x: I,
  rng: Rng | undefined,
): I {
  const point = typeof start === 'function' ? start(x, rng) : start;
  if (!(point instanceof tf.Tensor) || !tf.util.arraysEqual(point.shape, x.shape)) {
    throw new InvalidArgumentError({
      where,
      argument: 'start',
      expected: `be a tensor of the shape of x, [${x.shape.join(', ')}], or give one`,
      found: describeValue(point),
      remedy: 'Start at x plus noise of its shape.',
    });
  }
  return tf.clone(point) as I;
}
