import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {checkKept} from './checkKept';
import {checkModelShape} from './checkTensors';
import {readsAtOnce} from './readsAtOnce';
import {InvalidArgumentError} from '../errors';
import {tensorOfMap} from '../featureMap';
import type {Features} from '../features';
import type {ThreatModel} from '../threatModel';

/*
 * Checks of what tensors hold. Each costs one small read from the device, and comes in two forms:
 * for functions that return at once, and for those that return a promise. WebGPU can read only
 * later, and a read at once stops the work on every GPU: use the second where you can.
 */

/** What to read, and what to make of it. */
interface ValueCheck {
  readonly measure: () => tf.Tensor;
  readonly judge: (values: Float32Array) => void;
}

// On WebGPU nothing is checked here: the functions that return a promise do.
function now(check: ValueCheck | undefined): void {
  if (!readsAtOnce()) return;
  tf.tidy(() => check?.judge(check.measure().dataSync<'float32'>()));
}

async function later(check: ValueCheck | undefined): Promise<void> {
  if (check === undefined) return;
  const measured = tf.tidy(check.measure);
  try {
    check.judge(await measured.data<'float32'>());
  } finally {
    measured.dispose();
  }
}

// Rounding may push a pixel past its range: torchattacks' strict check broke on -3e-8.
const PIXEL_TOLERANCE = 1e-5;

// NaN exactly where a value is not finite; a maximum may skip NaN on some backends.
const zeroIfFinite = (tensor: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tensor, 0));

function pixelCheck(
  where: string,
  x: tf.Tensor,
  clip: ThreatModel['clip'],
  features: Features | undefined,
): ValueCheck | undefined {
  if (x.size === 0) return undefined;
  return {
    measure: () => tf.stack([tf.min(x), tf.max(x), zeroIfFinite(x), farthestOutside(x, features)]),
    judge: (values) => {
      const [min = NaN, max = NaN, zero, outside = NaN] = values;
      const isFinite = zero === 0;
      const inside =
        clip === null || (min >= clip[0] - PIXEL_TOLERANCE && max <= clip[1] + PIXEL_TOLERANCE);
      if (isFinite && inside && outside <= PIXEL_TOLERANCE) return;
      const remedy = !isFinite
        ? 'Look for a division by zero in the preprocessing.'
        : rangeRemedy(clip, min, max);
      const range = clip === null ? 'the clip of every feature' : `clip [${clip.join(', ')}]`;
      throw new InvalidArgumentError({
        where,
        argument: 'x',
        expected:
          clip === null && features?.range === undefined
            ? 'be finite'
            : `be finite and inside ${range}`,
        found: isFinite ? `values from ${min} to ${max}` : 'NaN or infinite values',
        remedy,
      });
    },
  };
}

function rangeRemedy(clip: ThreatModel['clip'], min: number, max: number): string {
  if (clip?.[1] === 1 && max > 2 && min >= 0) {
    return 'Divide pixels by 255, or declare their range: clip: [0, 255].';
  }
  return min >= -1 && max <= 1
    ? 'If its range is -1 to 1, declare it: clip: [-1, 1].'
    : 'Declare the range of x with the option clip: [min, max], or null for values without one.';
}

// How far values lie outside the ranges of their features, as a fraction of the end that they pass.
function farthestOutside(x: tf.Tensor, features: Features | undefined): tf.Tensor {
  if (features?.range === undefined) return tf.scalar(0);
  const [lower, upper] = [tensorOfMap(features.range[0]), tensorOfMap(features.range[1])];
  const beyond = (distance: tf.Tensor, end: tf.Tensor) =>
    tf.max(tf.div(tf.relu(distance), tf.maximum(tf.abs(end), 1)));
  return tf.maximum(beyond(tf.sub(lower, x), lower), beyond(tf.sub(x, upper), upper));
}

/** Throws if a value of `x` is not finite or lies outside `clip`, or the range of its feature. */
export function checkPixels(
  where: string,
  x: tf.Tensor,
  clip: ThreatModel['clip'],
  features?: Features,
): void {
  now(pixelCheck(where, x, clip, features));
}

/** {@link checkPixels}, read asynchronously. */
export async function checkPixelsAsync(
  where: string,
  x: tf.Tensor,
  clip: ThreatModel['clip'],
  features?: Features,
): Promise<void> {
  checkKept(where, 'x', x);
  await later(pixelCheck(where, x, clip, features));
}

/** Throws if a value is NaN or infinite. */
export function checkFinite(
  where: string,
  argument: string,
  tensor: tf.Tensor,
  expected = 'be finite',
): void {
  if (tensor.size === 0) return; // on wasm the sum of no values is garbage
  now({
    measure: () => zeroIfFinite(tensor),
    judge: ([zero]) => {
      if (zero === 0) return;
      throw new InvalidArgumentError({
        where,
        argument,
        expected,
        found: 'NaN or infinite values',
        remedy: 'Look for overflow, a division by zero or the square root of zero.',
      });
    },
  });
}

/** Whether no value is NaN or infinite, read asynchronously. */
export async function isFiniteAsync(tensor: tf.Tensor): Promise<boolean> {
  let isFinite = true;
  if (tensor.size === 0) return isFinite;
  await later({
    measure: () => zeroIfFinite(tensor),
    judge: (values) => {
      isFinite = values[0] === 0;
    },
  });
  return isFinite;
}

const labelCheck = (
  where: string,
  labels: tf.Tensor1D,
  numClasses: number,
  argument: string,
): ValueCheck => ({
  measure: () => labels.clone(),
  judge: (values) => {
    const wrong = values.find((label) => label < 0 || label >= numClasses);
    if (wrong === undefined) return;
    const isFromOne = values.every((label) => label >= 1 && label <= numClasses);
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `lie in [0, ${numClasses}), as there are ${numClasses} classes`,
      found: String(wrong),
      remedy: isFromOne
        ? "If they are numbered from 1, subtract 1: tf.sub(labels, tf.scalar(1, 'int32'))."
        : 'Number the classes from 0.',
    });
  },
});

/** Throws if a label lies outside `[0, numClasses)`. */
export function checkLabelValues(
  where: string,
  labels: tf.Tensor1D,
  numClasses: number,
  argument = 'labels',
): void {
  now(labelCheck(where, labels, numClasses, argument));
}

/** {@link checkLabelValues}, read asynchronously. */
export function checkLabelValuesAsync(
  where: string,
  labels: tf.Tensor1D,
  numClasses: number,
  argument = 'labels',
): Promise<void> {
  return later(labelCheck(where, labels, numClasses, argument));
}

function outputCheck(where: string, logits: tf.Tensor, batchSize: number): ValueCheck {
  checkModelShape(where, logits, batchSize);
  return {
    measure: () => logits.clone(),
    judge: (values) => {
      if (!values.every(Number.isFinite)) {
        throw new InvalidArgumentError({
          where,
          argument: 'model',
          expected: 'give finite logits',
          found: 'NaN or infinite values',
          remedy: 'Check the weights and the scale of x.',
        });
      }
      if (areProbabilities(values, at(logits.shape, 1))) {
        throw new InvalidArgumentError({
          where,
          argument: 'model',
          expected: 'give logits',
          found: 'probabilities: every row lies in [0, 1] and sums to 1',
          remedy:
            'Their gradients vanish and fake robustness. Return the scores before the softmax; ' +
            'where you only have probabilities, attack and evaluate fromProbabilities(model).',
        });
      }
    },
  };
}

/**
 * Throws if a model's output is not usable as logits: wrong shape, not finite, or probabilities
 * (rows in [0, 1] that sum to 1).
 *
 * @see Croce & Hein 2020, whose official code makes the same check.
 */
export function checkModelOutput(where: string, logits: tf.Tensor, batchSize: number): void {
  now(outputCheck(where, logits, batchSize));
}

/** {@link checkModelOutput}, read asynchronously. */
export async function checkModelOutputAsync(
  where: string,
  logits: tf.Tensor,
  batchSize: number,
): Promise<void> {
  await later(outputCheck(where, logits, batchSize));
}

function areProbabilities(values: ArrayLike<number>, numClasses: number): boolean {
  if (values.length === 0) return false;
  for (let start = 0; start < values.length; start += numClasses) {
    let sum = 0;
    for (let c = start; c < start + numClasses; c++) {
      const value = at(values, c);
      if (value < -1e-5 || value > 1 + 1e-5) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-5) return false;
  }
  return true;
}
