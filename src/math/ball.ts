import * as tf from '@tensorflow/tfjs-core';

import {checkExampleIds} from '../core/checks/checkExampleIds';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkRng} from '../core/checks/checkRng';
import {checkSameShape, isTensor} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {isPlainObject, plainOptions} from '../core/options';
import type {Rng} from '../core/rng';
import {featureThreat, type FeatureThreatModel} from '../core/featureThreat';
import {type Features, unitTensor} from '../core/features';
import type {Norm, ThreatModel} from '../core/threatModel';
import {featureAscent, featureProjection, isByFeature} from './featureBall';
import {broadcastPerExample, exampleAxes, l2Norms} from './perExample';
import {sign} from './sign';

// Keep divisions finite where a perturbation or a gradient is zero: a zero stays zero.
const TINY_NORM = 1e-12;
const SMALLEST_NORMAL = 2 ** -126;

const clipTo = <I extends tf.Tensor>(x: I, clip: ThreatModel['clip']): I =>
  clip === null ? x : tf.clipByValue(x, clip[0], clip[1]);

/**
 * The projection onto the ball around `center` and then the valid range, with what it needs
 * computed once: an attack projects at every step around the same center.
 *
 * @param center - `[batch, ...]` inside `clip`.
 * @param threat - The ball and the range.
 * @returns A function that projects `[batch, ...]`; call it in a `tf.tidy` of your own, and this
 *   function too.
 */
export function ballProjection<I extends tf.Tensor>(
  center: I,
  threat: ThreatModel,
): (point: I) => I {
  if (isByFeature(threat)) return featureProjection(center, threat);
  const {norm, clip} = threat;
  const epsilon = broadcastPerExample(threat.epsilon, center);
  if (norm === 'linf' && tf.getBackend() === 'wasm') return offsetClipping(center, threat);
  if (norm === 'linf') {
    // Ball and range are both boxes: their intersection is one, and clipping to it is exact.
    const lower = clipTo(tf.sub<I>(center, epsilon), clip);
    const upper = clipTo(tf.add<I>(center, epsilon), clip);
    return (point) => tf.minimum<I>(tf.maximum<I>(point, lower), upper);
  }
  return (point) => {
    const offset = tf.sub(point, center);
    const norms = tf.maximum(l2Norms(offset), TINY_NORM);
    const scale = tf.minimum(tf.div(epsilon, norms), 1);
    // The center lies in the range, so clipping shortens the offset: the ball still holds.
    return clipTo(tf.add<I>(center, tf.mul(offset, scale)), clip);
  };
}

// The same up to rounding, for wasm: its maximum and minimum take 30 times as long as these
// operations.
function offsetClipping<I extends tf.Tensor>(
  center: I,
  {epsilon, clip}: ThreatModel,
): (point: I) => I {
  if (typeof epsilon === 'number') {
    return (point) => {
      const offset = tf.clipByValue(tf.sub(point, center), -epsilon, epsilon);
      return clipTo(tf.add<I>(center, offset), clip);
    };
  }
  const radius = broadcastPerExample(epsilon, center);
  const inverse = broadcastPerExample(
    Array.from(epsilon, (value) => 1 / Math.max(value, TINY_NORM)),
    center,
  );
  return (point) => {
    const offset = tf.clipByValue(tf.mul(tf.sub(point, center), inverse), -1, 1);
    return clipTo(tf.add<I>(center, tf.mul(offset, radius)), clip);
  };
}

/**
 * Projects points onto the ball around their centers and then into the valid range. For L∞ this is
 * the exact projection onto the intersection; for L2 it is a point of it, not always the nearest.
 *
 * @param point - `[batch, ...]` float32.
 * @param center - Same shape, inside `threat.clip`.
 * @param threat - Norm, epsilon (one value, one per example or one per feature), range and mask.
 * @returns Same shape; the caller disposes it.
 * @see Madry et al. 2018, Sec. 2.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {projectToBall, type ThreatModel} from 'lt-robust';
 *
 * const threat: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: [0, 1]};
 * projectToBall(tf.tensor2d([[0.5, 2]]), tf.tensor2d([[0, 0.5]]), threat).dataSync();
 * // => [0.25, 0.75]
 * ```
 */
export function projectToBall<I extends tf.Tensor>(
  point: I,
  center: I,
  threat: FeatureThreatModel,
): I {
  const where = 'projectToBall';
  checkFloats(where, 'center', center);
  checkFloats(where, 'point', point);
  checkSameShape(where, 'point', point, center);
  const checked = featureThreat(where, threatGiven(where, threat), center.shape);
  return tf.tidy(() => ballProjection(center, checked)(point));
}

/**
 * The unit step that raises a loss with this gradient fastest: its sign for L∞, the gradient over
 * its length for L2. Where an example's gradient is zero, so is its step.
 *
 * @param gradient - `[batch, ...]` float32.
 * @param norm - Norm in which the step has length 1.
 * @returns Same shape; the caller disposes it.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {steepestAscent} from 'lt-robust';
 *
 * steepestAscent(tf.tensor2d([[3, -4]]), 'l2').dataSync(); // => [0.6, -0.8]
 * ```
 */
export function steepestAscent<I extends tf.Tensor>(gradient: I, norm: Norm): I {
  checkFloats('steepestAscent', 'gradient', gradient);
  checkOneOf('steepestAscent', 'norm', norm, ['linf', 'l2']);
  return tf.tidy(() => {
    if (norm === 'linf') return sign(gradient);
    // A confident model's gradients are so small that their squares underflow: scale them first.
    const largest = tf.max(tf.abs(gradient), exampleAxes(gradient), true);
    const parts = tf.div<I>(gradient, tf.maximum(largest, SMALLEST_NORMAL));
    // On wasm clipping turns NaN into a number. It has to happen here: where the point is clipped
    // to its range, it would leave the ball.
    const scaled = tf.getBackend() === 'wasm' ? tf.clipByValue(parts, -1, 1) : parts;
    return tf.div<I>(scaled, tf.maximum(l2Norms(scaled), TINY_NORM));
  });
}

/** {@link steepestAscent} where features may have budgets of their own. */
export const steepestIn = <I extends tf.Tensor>(
  gradient: I,
  norm: Norm,
  features: Features | undefined,
): I =>
  features === undefined
    ? steepestAscent(gradient, norm)
    : featureAscent(gradient, features, (inUnits) => steepestAscent(inUnits, norm));

/**
 * A random point of the ball around `x`, clipped to the valid range. L∞: uniform. L2: Gaussian
 * direction, length uniform in `[0, ε]`, as in the code of AT-AWP and torchattacks (uniform in the
 * radius, so not in the volume).
 *
 * Noise is keyed by `rng` and the id of the example: it depends neither on the batch size nor on
 * the order.
 *
 * @param x - `[batch, ...]` float32.
 * @param threat - The ball: epsilon is one value, one per example or one per feature.
 * @param rng - Only forked, never advanced.
 * @param exampleIds - One integer per example. Default: its position in the batch.
 * @returns Same shape; the caller disposes it.
 * @see Madry et al. 2018, Sec. 2.1.
 */
export function randomStart<I extends tf.Tensor>(
  x: I,
  threat: FeatureThreatModel,
  rng: Rng,
  exampleIds?: ArrayLike<number>,
): I {
  const where = 'randomStart';
  checkFloats(where, 'x', x);
  checkRng(where, rng, 'it draws from it');
  checkExampleIds(where, exampleIds, x.shape[0] ?? 0);
  const checked = featureThreat(where, threatGiven(where, threat), x.shape);
  return startInBall(x, checked, rng, exampleIds);
}

/** {@link randomStart} for a threat model that was checked. */
export function startInBall<I extends tf.Tensor>(
  x: I,
  threat: ThreatModel,
  rng: Rng,
  exampleIds?: ArrayLike<number>,
): I {
  return tf.tidy(() => {
    if (!isByFeature(threat)) {
      const offset = randomOffset(x, threat, rng, exampleIds);
      return clipTo(tf.add<I>(x, offset), threat.clip);
    }
    // The plain start, in units of the features' budgets, projected into their ranges.
    const offset = tf.mul(randomOffset(x, threat, rng, exampleIds), unitTensor(threat.features));
    return ballProjection(x, threat)(tf.add<I>(x, offset));
  });
}

function randomOffset(
  x: tf.Tensor,
  {norm, epsilon}: Pick<ThreatModel, 'norm' | 'epsilon'>,
  rng: Rng,
  exampleIds: ArrayLike<number> | undefined,
): tf.Tensor {
  const radius = broadcastPerExample(epsilon, x);
  if (norm === 'linf') {
    return tf.mul(
      exampleNoise(x, rng, exampleIds, (r) => 2 * r.uniform() - 1),
      radius,
    );
  }
  const direction = steepestAscent(
    exampleNoise(x, rng, exampleIds, (r) => r.normal()),
    'l2',
  );
  const length = exampleNoise(
    tf.zeros([x.shape[0] ?? 0, ...exampleAxes(x).map(() => 1)]),
    rng.fork('radius'),
    exampleIds,
    (r) => r.uniform(),
  );
  return tf.mul(direction, tf.mul(length, radius));
}

/**
 * `x` plus Gaussian noise, neither projected nor clipped: how TRADES, MART, AT-BSL and RSLAD start.
 * Keyed by example like {@link randomStart}.
 *
 * @param x - `[batch, ...]` float32.
 * @param deviation - Standard deviation, in the units of `x`; their code has 0.001.
 * @param rng - Only forked, never advanced.
 * @param exampleIds - One integer per example. Default: its position in the batch.
 */
export function gaussianStart<I extends tf.Tensor>(
  x: I,
  deviation: number,
  rng: Rng,
  exampleIds?: ArrayLike<number>,
): I {
  const where = 'gaussianStart';
  checkFloats(where, 'x', x);
  checkNumber(where, 'deviation', deviation, {min: 0});
  checkRng(where, rng, 'it draws from it');
  checkExampleIds(where, exampleIds, x.shape[0] ?? 0);
  return tf.tidy(() =>
    tf.add<I>(
      x,
      tf.mul(
        exampleNoise(x, rng, exampleIds, (r) => r.normal()),
        deviation,
      ),
    ),
  );
}

function checkFloats(where: string, argument: string, x: unknown): void {
  if (isTensor(x) && x.rank >= 1 && x.dtype === 'float32') return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'be a float32 tensor [batch, ...]',
    found: describeValue(x),
    remedy: 'Pass a batch of inputs.',
  });
}

function threatGiven(where: string, threat: FeatureThreatModel): FeatureThreatModel {
  if (isPlainObject(threat)) return plainOptions(where, threat, 'norm');
  throw new InvalidArgumentError({
    where,
    argument: 'threat',
    expected: 'be {norm, epsilon, clip}',
    found: describeValue(threat),
    remedy: 'Pass {...DEFAULT_THREAT, epsilon}, say.',
  });
}

// Drawn in JavaScript, so equal on every backend; one stream per example.
function exampleNoise(
  x: tf.Tensor,
  rng: Rng,
  exampleIds: ArrayLike<number> | undefined,
  draw: (rng: Rng) => number,
): tf.Tensor {
  const batchSize = x.shape[0];
  const values = new Float32Array(x.size);
  const size = batchSize === 0 ? 0 : x.size / batchSize;
  for (let i = 0; i < batchSize; i++) {
    const stream = rng.fork(exampleIds?.[i] ?? i);
    for (let j = i * size; j < (i + 1) * size; j++) values[j] = draw(stream);
  }
  return tf.tensor(values, x.shape);
}
