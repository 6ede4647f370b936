import * as tf from '@tensorflow/tfjs-core';

import {mapPerExample, type ThreatModel} from '../core/threatModel';
import {ballProjection} from './ball';
import {broadcastPerExample, squaredNorms} from './perExample';

/** Grey levels of a valid range: `levels` values from `min` to `max`, evenly spaced. */
export interface Lattice {
  readonly levels: number;
  readonly clip: readonly [min: number, max: number];
}

// Sums of whole numbers below it are exact in float32.
const EXACT = 2 ** 24;

/** A length in levels. */
export const levelsOf = (length: number, {levels, clip}: Lattice): number =>
  (length * (levels - 1)) / (clip[1] - clip[0]);

/** A radius in whole levels: 8/255 is eight of 255 levels, even if it was rounded to float32. */
export const radiusInLevels = (epsilon: number, lattice: Lattice): number =>
  levelsOf(epsilon, lattice) * (1 + 2 ** -23) + 1e-6;

/** The level nearest to a pixel. */
export const levelOf = (pixel: number, lattice: Lattice): number =>
  Math.round(levelsOf(pixel - lattice.clip[0], lattice));

/** The float32 pixel of a level: for `[0, 1]` and 256 levels what `level / 255` is in float32. */
export const pixelOf = (level: number, {levels, clip: [min, max]}: Lattice): number =>
  Math.fround(min + (level * (max - min)) / (levels - 1));

/**
 * The projection onto the points of the lattice inside ball and range: nearest level for L∞, whose
 * ball is a box of levels; for L2 the nearest level of every pixel, or, for an example that
 * rounding would push out of the ball, the next level towards the center.
 *
 * That ball is the one of {@link radiusInLevels}, and a point never leaves it by rounding.
 *
 * @param center - `[batch, ...]` on the lattice.
 * @param threat - The ball; its `clip` is the lattice's.
 * @param levels - Number of grey levels.
 * @returns A function that projects `[batch, ...]`; call it in a `tf.tidy` of your own, and this
 *   function too.
 */
export function latticeProjection<I extends tf.Tensor>(
  center: I,
  threat: ThreatModel & {readonly clip: readonly [number, number]},
  levels: number,
): (point: I) => I {
  const [min, max] = threat.clip;
  const lattice = {levels, clip: threat.clip};
  const scale = (levels - 1) / (max - min);
  const toLevels = (x: tf.Tensor): tf.Tensor => tf.mul(tf.sub(x, min), scale);
  const toPixels = (level: tf.Tensor): I =>
    (min === 0 && max === 1
      ? tf.div(level, levels - 1) // one rounding, as in reading an image
      : tf.add(tf.div(tf.mul(level, max - min), levels - 1), min)) as I;
  const origin = tf.round(toLevels(center));
  if (threat.norm === 'linf') {
    const whole = (epsilon: number) => Math.floor(radiusInLevels(epsilon, lattice));
    const {epsilon} = threat;
    if (typeof epsilon === 'number') {
      const limit = whole(epsilon);
      return (point) => {
        // All values are whole numbers, so this is exact; wasm's maximum and minimum take 30 times
        // as long.
        const steps = tf.clipByValue(tf.sub(tf.round(toLevels(point)), origin), -limit, limit);
        return toPixels(tf.clipByValue(tf.add(origin, steps), 0, levels - 1));
      };
    }
    const radius = broadcastPerExample(Array.from(epsilon, whole), center);
    const lower = tf.maximum(tf.sub(origin, radius), 0);
    const upper = tf.minimum(tf.add(origin, radius), levels - 1);
    return (point) => toPixels(tf.minimum(tf.maximum(tf.round(toLevels(point)), lower), upper));
  }
  const project = ballProjection(center, threat);
  const limitOf = (epsilon: number) => {
    const squares = radiusInLevels(epsilon, lattice) ** 2;
    return squares < EXACT ? Math.floor(squares) : squares * (1 - 1e-4);
  };
  const {epsilon} = threat;
  const limit = broadcastPerExample(mapPerExample(epsilon, limitOf), center);
  // Rounding of an offset in levels, which is computed from pixels in float32.
  const rounding = (1e-6 * levels * Math.max(Math.abs(min), Math.abs(max))) / (max - min);
  return (point) => {
    const offset = tf.sub(toLevels(project(point)), origin);
    // No coordinate grows, so the length does not.
    const inwards = (slack: number) =>
      tf.mul(tf.sign(offset), tf.floor(tf.relu(tf.add(tf.abs(offset), slack))));
    const unlessOutside = (steps: tf.Tensor, others: tf.Tensor) => {
      const isInside = tf.lessEqual(squaredNorms(steps), limit);
      const fits = tf.cast(isInside, 'float32');
      return tf.add(tf.mul(steps, fits), tf.mul(others, tf.sub(1, fits)));
    };
    const inside = unlessOutside(inwards(rounding), inwards(-rounding));
    return toPixels(tf.add(origin, unlessOutside(tf.round(offset), inside)));
  };
}
