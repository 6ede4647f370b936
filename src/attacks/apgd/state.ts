import * as tf from '@tensorflow/tfjs-core';

import {threatOfRows} from '../../core/threatModel';
import {takeRows} from '../../math/rows';
import {classesOfRows, floatsOfRows, type LiveRows} from '../search/liveRows';
import type {Problem} from '../search/problem';
import {verdictProjection} from '../search/projection';
import {projectedAscent} from './projectedAscent';

/** Tensors of one run, a row for each live example. A type, so that it is a record of tensors. */
export type AscentState<I extends tf.Tensor> = {
  /** Clean inputs. */
  readonly x: I;
  readonly labels: tf.Tensor1D;
  readonly targets: tf.Tensor1D;
  readonly current: I;
  readonly previous: I;
  /** Of the loss at `current`. */
  readonly gradient: I;
  readonly best: I;
  readonly bestGradient: I;
};

/**
 * Where a run starts; gradients are there only once one was computed.
 *
 * @param problem - What is attacked.
 * @param rows - Which of its rows.
 * @param targets - Class to go to, by row of the problem.
 * @param start - Where an example starts, `undefined` for the clean one; what lies outside
 *   ball or range is projected back.
 */
export function initialState<I extends tf.Tensor>(
  problem: Problem<I>,
  rows: LiveRows,
  targets: Int32Array,
  start: ((position: number) => Float32Array) | undefined,
): AscentState<I> {
  return tf.tidy(() => {
    const x = takeRows(problem.x, rows.positions);
    const project = verdictProjection(
      x,
      threatOfRows(problem.threat, rows.positions),
      problem.levels,
    );
    const current = project(start === undefined ? x : packed(x, rows, start));
    return {
      x,
      labels: classesOfRows(rows, problem.labels),
      targets: classesOfRows(rows, targets),
      current,
      previous: tf.clone(current),
      gradient: tf.clone(current),
      best: tf.clone(current),
      bestGradient: tf.clone(current),
    };
  });
}

function packed<I extends tf.Tensor>(
  x: I,
  {positions}: LiveRows,
  start: (position: number) => Float32Array,
): I {
  const values = new Float32Array(x.size);
  positions.forEach((position, row) => {
    values.set(start(position), (row * x.size) / positions.length);
  });
  return tf.tensor(values, x.shape) as I;
}

/**
 * The next iterate: a step of steepest ascent, and from the second step on part of the last move.
 *
 * @param problem - What is attacked.
 * @param state - Where the run stands.
 * @param rows - Which rows of the problem it holds.
 * @param stepSizes - By row of the problem.
 * @param momentum - Fraction of steepest ascent in a step; the rest repeats the last move. 1 at the
 *   first step.
 * @see Croce & Hein 2020, Algorithm 1, lines 3 and 7.
 */
export function nextIterate<I extends tf.Tensor>(
  problem: Pick<Problem<I>, 'threat' | 'levels'>,
  state: AscentState<I>,
  rows: LiveRows,
  stepSizes: Float64Array,
  momentum: number,
): I {
  const threat = threatOfRows(problem.threat, rows.positions);
  const step = {stepSizes: floatsOfRows(rows, stepSizes), momentum};
  const {levels} = problem;
  if (levels === undefined) return projectedAscent(state, threat, step);
  // Only iterates lie on grey levels: the points that are mixed into them are not rounded.
  return tf.tidy(() =>
    projectedAscent(state, threat, step, verdictProjection(state.x, threat, levels)),
  );
}
