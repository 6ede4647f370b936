import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {unitsOfRow} from '../../core/features';
import type {Norm} from '../../core/threatModel';
import type {LiveRows} from '../search/liveRows';
import {logitDifference} from '../search/logitDifference';
import {rowOf} from '../search/logits';
import type {Passes} from '../search/passes';
import type {Problem} from '../search/problem';

/** Where the linearised model stops giving the true class, for each row of the state. */
export interface Hyperplanes {
  /** `[rows, ...]` gradients w of f = z_j − z_y, row by row. */
  readonly normals: Float32Array;
  /** `[rows]` f at the point. */
  readonly values: Float64Array;
  /** `[rows]` 1 where every gradient was zero. */
  readonly flat: Uint8Array;
  /** `[rows]` 1 where a gradient was not finite. */
  readonly nonFinite: Uint8Array;
}

function dualNorm(norm: Norm, gradient: Float32Array, units?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    const value = (gradient[i] ?? NaN) * (units === undefined ? 1 : (units[i] ?? NaN));
    sum += norm === 'l2' ? value * value : Math.abs(value);
  }
  return norm === 'l2' ? Math.sqrt(sum) : sum;
}

/**
 * The hyperplane of the linearised model nearest to each point, out of those between the true class
 * and given others: one forward and one backward pass for each of these. A class whose gradient is
 * not finite is passed over; a row that has no other gets a zero normal.
 *
 * @param problem - Labels, norm and number of classes.
 * @param passes - Its passes.
 * @param rows - What `x` holds.
 * @param x - `[rows, ...]`.
 * @param classes - Each an other class for every example of the problem, by row of the problem.
 */
export async function nearestHyperplanes<I extends tf.Tensor>(
  {labels, threat, numClasses}: Problem<I>,
  passes: Passes<I>,
  rows: LiveRows,
  x: I,
  classes: readonly Int32Array[],
): Promise<Hyperplanes> {
  const {positions, live} = rows;
  const size = x.size / positions.length;
  const normals = new Float32Array(live * size);
  const values = new Float64Array(live);
  const flat = new Uint8Array(live).fill(1);
  const nonFinite = new Uint8Array(live);
  const nearest = new Float64Array(live).fill(Infinity);
  const pick = (from: Int32Array) =>
    tf.tensor1d(
      positions.map((position) => at(from, position)),
      'int32',
    );
  // The distance to a class is measured in the features' budgets, where they have them.
  const {features} = threat;
  const units = features
    ? Array.from(positions, (position) => unitsOfRow(features, position, x.shape.slice(1)))
    : [];
  const truth = tf.keep(pick(labels)); // whatever scopes the program ends meanwhile
  try {
    for (const others of classes) {
      const {logits, gradient} = await gradientTo(others);
      for (let row = 0; row < live; row++) {
        const position = at(positions, row);
        const output = rowOf(logits, row, numClasses);
        const value = at(output, at(others, position)) - at(output, at(labels, position));
        const normal = gradient.subarray(row * size, (row + 1) * size);
        const length = dualNorm(threat.norm, normal);
        if (length !== 0) flat[row] = 0;
        const reach = units[row] === undefined ? length : dualNorm(threat.norm, normal, units[row]);
        const distance = Math.abs(value) / (reach + 1e-12);
        if (!Number.isFinite(length)) nonFinite[row] = 1;
        if (!Number.isFinite(length) || !(distance < at(nearest, row))) continue;
        nearest[row] = distance;
        values[row] = value;
        normals.set(normal, row * size);
      }
    }
  } finally {
    truth.dispose();
  }
  return {normals, values, flat, nonFinite};

  async function gradientTo(others: Int32Array) {
    const goal = pick(others);
    let gradient: I | undefined;
    try {
      const evaluation = await passes.gradient(rows, x, goal, (logits, goals) =>
        logitDifference(logits, truth, goals),
      );
      gradient = evaluation.gradient;
      return {logits: evaluation.logits, gradient: await gradient.data<'float32'>()};
    } finally {
      goal.dispose();
      gradient?.dispose();
    }
  }
}
