import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext} from '../../core/attack';
import type {AttackWarning} from '../../core/attackResult';
import {checkExampleIds} from '../../core/checks/checkExampleIds';
import {checkFunction} from '../../core/checks/checkForm';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkBatch, checkLabels, checkModelShape} from '../../core/checks/checkTensors';
import {
  checkLabelValues,
  checkLabelValuesAsync,
  checkModelOutput,
  checkModelOutputAsync,
  checkPixels,
  checkPixelsAsync,
} from '../../core/checks/checkValues';
import {readsAtOnce} from '../../core/checks/readsAtOnce';
import {asClassifier, type Model} from '../../core/classifier';
import {checkUsableGradients, gradientTallies} from '../../core/gradientTallies';
import type {AttackLoss} from '../../core/loss';
import {disposeAfter} from '../../core/memory';
import type {Defaults} from '../../core/options';
import type {Position} from '../../core/position';
import {breather, type RunControl} from '../../core/progress';
import type {Rng} from '../../core/rng';
import {tallyWarnings} from '../../core/tallyWarnings';
import {
  type FeatureMap,
  featureMap,
  type FeatureValues,
  readMap,
  tensorOfMap,
} from '../../core/featureMap';
import {
  DEFAULT_FEATURE_THREAT,
  featureThreat,
  featureThreatAsync,
  type FeatureThreatModel,
  type FeatureThreatOptions,
  isByFeature,
} from '../../core/featureThreat';
import {
  checkPerExample,
  mapPerExample,
  type Norm,
  type PerExample,
  type ThreatModel,
} from '../../core/threatModel';
import {crossEntropy} from '../../losses/crossEntropy';
import {ballProjection, gaussianStart, startInBall, steepestAscent} from '../../math/ball';
import {featureAscent} from '../../math/featureBall';
import {freezeWeights} from '../../math/freezeWeights';
import {countGradients, gradientSums} from '../../math/gradientSums';
import {inputGradient} from '../../math/inputGradient';
import {broadcastPerExample} from '../../math/perExample';
import {ascentLoss} from './ascentLoss';
import {soundRows} from './soundRows';
import {ownStart, type StartPoint} from './startPoint';

/** Length of a step: one value, one per example, or one per feature. */
export type StepSize = PerExample | FeatureValues;

/** How an asynchronous attack without a verdict is watched. */
export interface WatchOptions {
  /** Called after each step. @defaultValue undefined */
  readonly onProgress?: RunControl['onProgress'] | undefined;
  /**
   * Called with what makes the result doubtful: a gradient that is zero or not finite for some of the
   * examples. @defaultValue undefined
   */
  readonly onWarning?: ((warning: AttackWarning) => void) | undefined;
}

/** Defaults of {@link WatchOptions}. */
export const WATCH_DEFAULTS: Defaults<WatchOptions, keyof WatchOptions> = {
  onProgress: undefined,
  onWarning: undefined,
};

/** Options of every ascent of fixed steps. */
export interface AscentOptions extends FeatureThreatOptions, AttackContext {
  /** What to ascend, one value per example. @defaultValue crossEntropy */
  readonly loss?: AttackLoss | undefined;
  /**
   * int32 `[batch]` classes to reach: the loss to them is descended instead. @defaultValue none:
   * untargeted
   */
  readonly targets?: tf.Tensor1D | undefined;
  /**
   * Check the values of `x`, the labels, the model's output and the first gradient: a few small
   * reads from the device, once per call. WebGPU cannot read at once: only the asynchronous form
   * checks there. @defaultValue true
   */
  readonly checkValues?: boolean | undefined;
}

/** Defaults of {@link AscentOptions}. */
export const ASCENT_DEFAULTS: Defaults<
  AscentOptions,
  'mask' | 'rng' | 'exampleIds' | 'signal' | 'position' | 'targets'
> = {
  ...DEFAULT_FEATURE_THREAT,
  loss: crossEntropy,
  rng: undefined,
  exampleIds: undefined,
  signal: undefined,
  position: undefined,
  targets: undefined,
  checkValues: true,
};

/** What an ascent of fixed steps depends on: the options of `pgdAttack`, filled in. */
export interface AscentSettings extends FeatureThreatModel {
  readonly stepSize: StepSize | undefined;
  readonly steps: number;
  readonly loss: AttackLoss;
  readonly rng: Rng | undefined;
  readonly exampleIds: ArrayLike<number> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly position: Position | undefined;
  readonly startDeviation: number | undefined;
  readonly start?: StartPoint | undefined;
  readonly targets: tf.Tensor1D | undefined;
  readonly checkValues: boolean;
}

/** Makes a unit step of a gradient; called once per step, in order, in a `tf.tidy`. */
export interface StepDirection<I extends tf.Tensor> {
  of(gradient: I, norm: Norm): I;
  /** Disposes what it keeps from step to step. */
  dispose(): void;
}

// What every step is told.
interface Frame<I extends tf.Tensor> {
  readonly project: (point: I) => I;
  readonly length: tf.Tensor;
}

interface Ascent<I extends tf.Tensor> {
  readonly batchSize: number;
  frame(): Frame<I>;
  start(frame: Frame<I>): I;
  advance(current: I, frame: Frame<I>, see?: (logits: tf.Tensor2D, gradient: I) => void): I;
  dispose(): void;
}

const steepest = <I extends tf.Tensor>(): StepDirection<I> => ({
  of: steepestAscent,
  dispose: () => undefined,
});

/**
 * Steepest-ascent steps on a loss, each projected back into ball and range: what `pgdAttack` and the
 * attacks that are special cases of it share. Reads nothing from WebGPU, which cannot read at once.
 *
 * @param where - The public attack.
 * @param settings - Its options, filled in.
 * @param direction - Of the steps; disposed in the end.
 */
export function iteratedAscent<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: AscentSettings,
  direction: StepDirection<I> = steepest(),
): I {
  const {steps, signal, position} = settings;
  const checksValues = settings.checkValues && readsAtOnce();
  checkBatch(where, x, labels);
  const threat = featureThreat(where, settings, x.shape);
  const ascent = prepare(where, model, x, labels, {...settings, ...threat}, direction);
  let sums: ArrayLike<number> = []; // of the first gradient, by example
  if (ascent.batchSize === 0) return tf.clone(x);
  try {
    if (checksValues) checkPixels(where, x, threat.clip, threat.features);
    return tf.tidy(() => {
      const frame = ascent.frame();
      let adversarial = ascent.start(frame);
      for (let step = 0; step < steps; step++) {
        signal?.throwIfAborted();
        const current = adversarial;
        const see = checksValues && step === 0 ? check : undefined;
        adversarial = tf.tidy(() => ascent.advance(current, frame, see));
        current.dispose(); // one iterate alive, not `steps` of them
      }
      return steps === 0 ? adversarial : soundRows(adversarial, x, sums);
    });
  } finally {
    ascent.dispose();
  }

  function check(logits: tf.Tensor2D, gradient: I): void {
    checkModelOutput(where, logits, ascent.batchSize);
    sums = gradientSums(gradient).dataSync();
    // A net in training may have no gradient yet, a last layer of zeros for one.
    if (position === undefined) checkUsableGradients(where, countGradients(sums));
  }
}

/**
 * {@link iteratedAscent} with the same result, which yields between steps, can be watched and aborted,
 * and reads asynchronously.
 */
export async function iteratedAscentAsync<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: AscentSettings & WatchOptions,
  direction: StepDirection<I> = steepest(),
): Promise<I> {
  const {steps, signal, targets, position, checkValues, onProgress, onWarning} = settings;
  checkBatch(where, x, labels);
  const threat = await featureThreatAsync(where, settings, x.shape);
  const ascent = prepare(where, model, x, labels, {...settings, ...threat}, direction);
  const breath = breather(signal);
  let adversarial: I | undefined;
  let firstSums: ArrayLike<number> = [];
  try {
    if (ascent.batchSize === 0) return tf.clone(x);
    signal?.throwIfAborted();
    if (checkValues) await checkPixelsAsync(where, x, threat.clip, threat.features);
    // Kept: the program may end a scope of its own in between.
    adversarial = tf.keep(tf.tidy(() => ascent.start(ascent.frame())));
    for (let step = 0; step < steps; step++) {
      await breath();
      await advance(adversarial, checkValues && step === 0);
      await onProgress?.({phase: where, done: step + 1, total: steps, unit: 'step', metrics: {}});
    }
    const last = adversarial;
    return tf.tidy(() => tf.clone(steps === 0 ? last : soundRows(last, x, firstSums)));
  } finally {
    adversarial?.dispose();
    ascent.dispose();
  }

  async function advance(current: I, isChecked: boolean): Promise<void> {
    await disposeAfter(async (own) => {
      let seen: {logits: tf.Tensor2D; sums: tf.Tensor1D} | undefined;
      const see = (logits: tf.Tensor2D, gradient: I) => {
        seen = {logits: tf.keep(tf.clone(logits)), sums: tf.keep(gradientSums(gradient))};
        own([seen.logits, seen.sums]);
      };
      adversarial = tf.keep(
        tf.tidy(() => ascent.advance(current, ascent.frame(), isChecked ? see : undefined)),
      );
      current.dispose();
      if (seen !== undefined) await check(seen);
    });
  }

  async function check({logits, sums}: {logits: tf.Tensor2D; sums: tf.Tensor1D}): Promise<void> {
    await checkModelOutputAsync(where, logits, ascent.batchSize);
    await checkLabelValuesAsync(where, labels, logits.shape[1]);
    if (targets !== undefined) {
      await checkLabelValuesAsync(where, targets, logits.shape[1], 'targets');
    }
    firstSums = await sums.data();
    const counts = countGradients(firstSums);
    if (position === undefined) checkUsableGradients(where, counts);
    for (const warning of tallyWarnings(gradientTallies(counts))) onWarning?.(warning);
  }
}

// A step for each feature, looked at where it can be read at once.
function stepMap(where: string, stepSize: unknown, shape: readonly number[]): FeatureMap {
  const map = featureMap(where, 'stepSize', stepSize, shape);
  const known = readsAtOnce() ? readMap(map) : map;
  if (known.values instanceof Float32Array) {
    const wrong = known.values.find((step) => !(Number.isFinite(step) && step >= 0));
    if (wrong !== undefined) checkNumber(where, 'stepSize', wrong, {min: 0});
  }
  return known;
}

// Checks all that can be checked without reading, and freezes the weights.
function prepare<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: AscentSettings & ThreatModel,
  direction: StepDirection<I>,
): Ascent<I> {
  const {steps, norm, features, targets, rng, exampleIds, startDeviation, start} = settings;
  const {stepSize = mapPerExample(settings.epsilon, (epsilon) => epsilon / 4)} = settings;
  const classify = asClassifier(model, where);
  const batchSize = labels.shape[0];
  const isMap = isByFeature(where, 'stepSize', stepSize, x.shape);
  const lengths = isMap ? stepMap(where, stepSize, x.shape) : stepSize;
  if (!isMap) checkPerExample(where, 'stepSize', stepSize, batchSize);
  checkNumber(where, 'steps', steps, {min: 0, integer: true});
  if (startDeviation !== undefined) checkNumber(where, 'startDeviation', startDeviation, {min: 0});
  if (targets !== undefined) checkLabels(where, targets, batchSize, 'targets');
  checkExampleIds(where, exampleIds, batchSize);
  if (typeof start === 'function') checkFunction(where, 'start', start);
  // One step would not pay for it.
  const frozen = steps > 1 && batchSize > 0 ? freezeWeights(classify) : undefined;
  const classifier = (input: I) => {
    const logits = (frozen?.classify ?? classify)(input);
    // Before the loss complains of its arguments.
    checkModelShape(where, logits, batchSize);
    checkLabelsOnce(logits.shape[1]);
    return logits;
  };
  let areLabelsChecked = !settings.checkValues || !readsAtOnce();
  const checkLabelsOnce = (numClasses: number) => {
    if (areLabelsChecked) return;
    areLabelsChecked = true;
    checkLabelValues(where, labels, numClasses);
    if (targets !== undefined) checkLabelValues(where, targets, numClasses, 'targets');
  };
  const loss = ascentLoss(settings.loss, targets !== undefined);
  // Lengths by feature say what a step is, whatever the budgets; no length brings it to a mask.
  const unitStep = (gradient: I): I =>
    features === undefined
      ? direction.of(gradient, norm)
      : featureAscent(gradient, features, (g) => direction.of(g, norm), isPerExample(lengths));
  return {
    batchSize,
    frame: () => ({
      project: ballProjection(x, settings),
      length: isPerExample(lengths) ? broadcastPerExample(lengths, x) : tensorOfMap(lengths),
    }),
    start({project}) {
      // A start may leave the ball; the first step projects it, so only 0 steps need it here.
      const inBall = (point: I): I => (steps === 0 ? project(point) : point);
      if (start !== undefined) return inBall(ownStart(where, start, x, rng));
      if (rng === undefined) return tf.clone(x);
      if (startDeviation === undefined) return startInBall(x, settings, rng, exampleIds);
      return inBall(gaussianStart(x, startDeviation, rng, exampleIds));
    },
    advance(current, {project, length}, see) {
      const {logits, gradient} = inputGradient(classifier, current, targets ?? labels, loss, where);
      see?.(logits, gradient);
      return project(tf.add(current, tf.mul(length, unitStep(gradient))));
    },
    dispose() {
      frozen?.dispose();
      direction.dispose();
    },
  };
}

const isPerExample = (value: PerExample | FeatureMap): value is PerExample =>
  typeof value === 'number' || !('shape' in value);
