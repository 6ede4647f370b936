import * as tf from '@tensorflow/tfjs-core';

import {at, itemAt} from '../../core/at';
import {unitTensor} from '../../core/features';
import type {Rng} from '../../core/rng';
import {broadcastPerExample} from '../../math/perExample';
import type {Problem} from '../search/problem';
import {verdictProjection} from '../search/projection';
import {drawWindow, entriesOf, type ImageShape} from './images';
import type {Change, Moves} from './moves';
import {windowFraction, windowSide, type SquareSchedule} from './schedule';

const SIGNS = [-1, 1] as const;

/**
 * The moves of the L∞ attack: vertical stripes first, then windows of one colour. Every pixel of
 * every candidate lies at one of the two ends of its range.
 *
 * @param problem - What is attacked.
 * @param shape - Of its images.
 * @param schedule - Sizes of the windows.
 * @param rng - Of this restart.
 * @see Andriushchenko et al. 2020, Square Attack, Alg. 2.
 */
export async function linfMoves(
  problem: Problem<tf.Tensor4D>,
  shape: ImageShape,
  schedule: SquareSchedule,
  rng: Rng,
): Promise<Moves> {
  const {height, width, channels} = shape;
  const size = height * width * channels;
  const ends = tf.tidy(() => {
    const {x, threat, levels} = problem;
    const project = verdictProjection(x, threat, levels);
    // Beyond the ball, so that what is projected lies at its end whatever the rounding.
    const radius = tf.mul(broadcastPerExample(threat.epsilon, x), 2);
    const far = threat.features ? tf.mul(radius, unitTensor(threat.features)) : radius;
    return SIGNS.map((sign) => project(tf.add(x, tf.mul(far, sign))));
  });
  const [lower, upper] = await Promise.all(ends.map((end) => end.data<'float32'>())).finally(() => {
    tf.dispose(ends);
  });
  const endOf = (stream: Rng) => (stream.uniform() < 0.5 ? lower : upper) as Float32Array;

  return {
    start(row, image) {
      const stream = rng.fork('start').fork(at(problem.ids, row));
      const line = width * channels;
      for (let stripe = 0; stripe < line; stripe++) {
        const end = endOf(stream);
        for (let i = stripe; i < size; i += line) image[i] = end[row * size + i] ?? NaN;
      }
    },
    change(iteration) {
      const stream = rng.fork(iteration);
      const side = windowSide(windowFraction(iteration, schedule), 'linf', height, width);
      const window = drawWindow(stream, side, shape);
      const entries = entriesOf(window, shape);
      const colour = Array.from({length: channels}, () => endOf(stream));
      const apply: Change = (row, {candidates}, start) => {
        const from = row * size;
        for (let channel = 0; channel < channels; channel++) {
          const end = itemAt(colour, channel);
          for (let i = channel; i < entries.length; i += channels) {
            const entry = entries[i] ?? NaN;
            candidates[start + entry] = end[from + entry] ?? NaN;
          }
        }
        return entries;
      };
      return {apply, window};
    },
    accepted: () => undefined,
  };
}
