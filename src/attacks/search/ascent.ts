import * as tf from '@tensorflow/tfjs-core';

import {checkExampleIds} from '../../core/checks/checkExampleIds';
import {checkFunction} from '../../core/checks/checkForm';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkLabels, checkModelShape} from '../../core/checks/checkTensors';
import {checkLabelValues} from '../../core/checks/checkValues';
import {readsAtOnce} from '../../core/checks/readsAtOnce';
import {asClassifier, type Model} from '../../core/classifier';
import {type FeatureMap, featureMap, readMap, tensorOfMap} from '../../core/featureMap';
import {isByFeature} from '../../core/featureThreat';
import {
  checkPerExample,
  mapPerExample,
  type Norm,
  type PerExample,
  type ThreatModel,
} from '../../core/threatModel';
import {ballProjection, gaussianStart, startInBall, steepestAscent} from '../../math/ball';
import {featureAscent} from '../../math/featureBall';
import {freezeWeights} from '../../math/freezeWeights';
import {inputGradient} from '../../math/inputGradient';
import {broadcastPerExample} from '../../math/perExample';
import {ascentLoss} from './ascentLoss';
import type {AscentSettings} from './ascentOptions';
import {ownStart} from './startPoint';

/** Makes a unit step of a gradient; called once per step, in order, in a `tf.tidy`. */
export interface StepDirection<I extends tf.Tensor> {
  of(gradient: I, norm: Norm): I;
  /** Disposes what it keeps from step to step. */
  dispose(): void;
}

/** What every step is told. */
export interface Frame<I extends tf.Tensor> {
  readonly project: (point: I) => I;
  readonly length: tf.Tensor;
}

/** An ascent whose arguments have been checked. */
export interface Ascent<I extends tf.Tensor> {
  readonly batchSize: number;
  /** Ball and step length as tensors; call it in a `tf.tidy`. */
  frame(): Frame<I>;
  start(frame: Frame<I>): I;
  /** One step; `see` is shown the logits and the gradient before it. */
  advance(current: I, frame: Frame<I>, see?: (logits: tf.Tensor2D, gradient: I) => void): I;
  /** Disposes the frozen weights, and what the direction keeps. */
  dispose(): void;
}

/** The steepest step of unit length in the norm. */
export const steepest = <I extends tf.Tensor>(): StepDirection<I> => ({
  of: steepestAscent,
  dispose: () => undefined,
});

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

/**
 * Checks all that can be checked without reading, and freezes the weights.
 *
 * @param where - The public attack.
 * @param settings - Its options, filled in.
 * @param direction - Of the steps.
 */
export function prepareAscent<I extends tf.Tensor>(
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
