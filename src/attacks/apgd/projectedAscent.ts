import * as tf from '@tensorflow/tfjs-core';

import type {ThreatModel} from '../../core/threatModel';
import {type AscentStep, type AscentTensors, sweptAscent} from '../../kernels/wasm/ascent';
import {ballProjection, steepestIn} from '../../math/ball';
import {broadcastPerExample} from '../../math/perExample';

/**
 * A step of projected ascent with momentum: `y = P(x + η s)`, then `P(x + a (y − x) + (1 − a)
 * (x − x'))`, with s the direction of steepest ascent and P the projection onto ball and range.
 * Where an example's gradient is zero, only momentum moves it.
 *
 * @param tensors - The points of the ascent.
 * @param threat - Ball and range; `epsilon` is one value, or one for each row.
 * @param step - Step sizes and momentum.
 * @param toIterate - In place of the second projection, for points that lie on grey levels.
 * @returns The next point; the caller disposes it.
 * @see Croce & Hein 2020, Reliable Evaluation of Adversarial Robustness, Algorithm 1, lines 3, 7.
 */
export function projectedAscent<I extends tf.Tensor>(
  tensors: AscentTensors<I>,
  threat: ThreatModel,
  step: AscentStep,
  toIterate?: (point: I) => I,
): I {
  const {norm, features} = threat;
  const isPlain = toIterate === undefined && features === undefined;
  const swept = isPlain ? sweptAscent(tensors, threat, step) : undefined;
  if (swept !== undefined) return swept;
  const {x, current, previous, gradient} = tensors;
  return tf.tidy(() => {
    const project = ballProjection(x, threat);
    const length = broadcastPerExample(step.stepSizes, x);
    const way = tf.mul(steepestIn(gradient, norm, features), length);
    const ahead = project(tf.add<I>(current, way));
    const pull = tf.mul(tf.sub(ahead, current), step.momentum);
    const inertia = tf.mul(tf.sub(current, previous), 1 - step.momentum);
    return (toIterate ?? project)(tf.add<I>(tf.add(current, pull), inertia));
  });
}
