import * as tf from '@tensorflow/tfjs-core';

import {tensorOfMap} from '../core/featureMap';
import {type Features, unitTensor} from '../core/features';
import type {ThreatModel} from '../core/threatModel';
import {broadcastPerExample, l2Norms} from './perExample';

// Keeps divisions finite where a perturbation is zero.
const TINY_NORM = 1e-12;

/** A threat model with settings that differ from feature to feature. */
export type FeatureThreat = ThreatModel & {readonly features: Features};

/**
 * The projection onto a ball whose features have budgets of their own, and then into their ranges:
 * the plain projection in units of those budgets. A feature that may not move keeps its value, and
 * `center` counts as inside every range.
 *
 * @param center - `[batch, ...]`.
 * @param threat - The ball and the ranges.
 * @returns A function that projects `[batch, ...]`; call it in a `tf.tidy` of your own, and this
 *   function too.
 */
export function featureProjection<I extends tf.Tensor>(
  center: I,
  {norm, epsilon, clip, features}: FeatureThreat,
): (point: I) => I {
  const unit = tf.add(unitTensor(features), tf.zerosLike(center)) as I;
  const ends =
    features.range?.map(tensorOfMap) ?? (clip === null ? [] : clip.map((end) => tf.scalar(end)));
  const [low, high] = ends;
  const lowest = low && tf.minimum<I>(low, center);
  const highest = high && tf.maximum<I>(high, center);
  const clipped = (point: I): I => {
    const above = lowest ? tf.maximum<I>(point, lowest) : point;
    return highest ? tf.minimum<I>(above, highest) : above;
  };
  const radius = broadcastPerExample(epsilon, center);
  if (norm === 'linf') {
    const reach = tf.mul<I>(unit, radius);
    const lower = clipped(tf.sub<I>(center, reach));
    const upper = clipped(tf.add<I>(center, reach));
    return (point) => tf.minimum<I>(tf.maximum<I>(point, lower), upper);
  }
  const moves = tf.cast(tf.greater(unit, 0), 'float32');
  const divisor = tf.add(unit, tf.sub(1, moves));
  return (point) => {
    const offset = tf.mul(tf.sub(point, center), moves);
    const norms = tf.maximum(l2Norms(tf.div(offset, divisor)), TINY_NORM);
    const scale = tf.minimum(tf.div(radius, norms), 1);
    return clipped(tf.add<I>(center, tf.mul(offset, scale)));
  };
}

/**
 * The unit step of steepest ascent where features have budgets of their own: the plain one in units
 * of those budgets.
 *
 * @param gradient - `[batch, ...]`.
 * @param features - The budgets.
 * @param direction - The plain step of a gradient.
 * @param inUnits - Whether the step is measured in budgets; if not, its caller scales it.
 */
export function featureAscent<I extends tf.Tensor>(
  gradient: I,
  features: Features,
  direction: (gradient: I) => I,
  inUnits = true,
): I {
  return tf.tidy(() => {
    const unit = unitTensor(features);
    const step = direction(tf.mul<I>(gradient, unit));
    return inUnits ? tf.mul<I>(step, unit) : step;
  });
}

/** Whether a threat model has settings that differ from feature to feature. */
export const isByFeature = (threat: ThreatModel): threat is FeatureThreat =>
  threat.features !== undefined;
