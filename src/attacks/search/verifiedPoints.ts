import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {forExamples} from '../../core/byExample';
import {epsilonAt, type ThreatModel} from '../../core/threatModel';
import {type Lattice, levelOf, pixelOf, radiusInLevels} from '../../math/lattice';
import {paddedSize} from './liveRows';
import {ballOf} from './exampleBall';
import {predictedClass, rowOf} from './logits';
import {logitsAt} from '../../math/logitsAt';
import {packedExamples} from './packedExamples';
import type {Outcome, Problem} from './problem';

/** An adversarial point that holds. */
export interface VerifiedPoint {
  /** Values of one example. */
  readonly values: Float32Array;
  /** Norm of the perturbation, in the units of `x`. */
  readonly distance: number;
  /** The class that the model gives; −1 where its logits are not finite. */
  readonly prediction: number;
}

/**
 * The clean values on their grey levels or, without levels, inside the range: rounding may have
 * moved them.
 */
function exactCenter(center: Float32Array, levels: number | undefined, clip: ThreatModel['clip']) {
  if (clip === null) return center;
  if (levels !== undefined) return onLevels(center, {levels, clip});
  return center.map((pixel) => Math.min(Math.max(pixel, clip[0]), clip[1]));
}

const onLevels = (pixels: Float32Array, lattice: Lattice): Float32Array =>
  pixels.map((pixel) => pixelOf(levelOf(pixel, lattice), lattice));

/**
 * The points of an outcome on which a fresh forward pass, in one batch, is wrong again. Grey levels
 * are put in place exactly first. A point outside ball or range would be a mistake of the attack:
 * it throws.
 *
 * @param problem - What was attacked.
 * @param outcome - What was claimed; one forward pass is added for each claim by the caller.
 * @param all - Keep points on which the pass is right, too.
 */
export async function verifiedPoints<I extends tf.Tensor>(
  problem: Problem<I>,
  outcome: Outcome,
  all = false,
): Promise<Map<number, VerifiedPoint>> {
  const {x, labels, threat, numClasses, levels, where} = problem;
  const claims = [...outcome.points].sort(([a], [b]) => a - b);
  const verified = new Map<number, VerifiedPoint>();
  if (claims.length === 0) return verified;
  const size = x.size / labels.length;
  const shape = x.shape.slice(1);
  const clean = await x.data<'float32'>();
  const count = paddedSize(claims.length);
  const values = new Float32Array(count * size);
  const distances = claims.map(([row, point], i) => {
    const {clip} = threat;
    const center = exactCenter(clean.subarray(row * size, (row + 1) * size), levels, clip);
    const exact = levels === undefined || clip === null ? point : onLevels(point, {levels, clip});
    values.set(exact, i * size);
    const {distance, isInBall, isInRange} = ballOf(threat, row, center, shape).look(exact);
    const own = epsilonAt(threat, row);
    if (!isInRange || !isInBall || !withinLevels(exact, center, own, problem)) {
      throw new Error(
        `${where}: a point left the ${threat.norm} ball of ${own} (distance ${distance}) or the ` +
          'valid range. This is a mistake of lt-robust: please report it.',
      );
    }
    return distance;
  });
  for (let i = claims.length; i < count; i++) values.copyWithin(i * size, 0, size);
  // Padding repeats the first claim.
  const rows = Int32Array.from({length: count}, (_, i) => (claims[i] ?? at(claims, 0))[0]);
  const model = forExamples(problem.model, rows);
  const logits = tf.tidy(() => logitsAt(where, model, packedExamples(values, x).upload()));
  try {
    const output = await logits.data<'float32'>();
    claims.forEach(([row], i) => {
      const prediction = predictedClass(rowOf(output, i, numClasses));
      if (!all && prediction === labels[row]) return;
      verified.set(row, {
        prediction,
        values: values.slice(i * size, (i + 1) * size),
        distance: at(distances, i),
      });
    });
  } finally {
    logits.dispose();
  }
  return verified;
}

// On grey levels the bound holds in integers.
export function withinLevels(
  point: Float32Array,
  center: Float32Array,
  epsilon: number,
  {levels, threat: {norm, clip}}: Pick<Problem<tf.Tensor>, 'levels' | 'threat'>,
): boolean {
  if (levels === undefined || clip === null) return true;
  const lattice = {levels, clip};
  const radius = radiusInLevels(epsilon, lattice);
  let squares = 0;
  for (let i = 0; i < point.length; i++) {
    const steps = levelOf(point[i] ?? NaN, lattice) - levelOf(center[i] ?? NaN, lattice);
    if (norm === 'linf' && Math.abs(steps) > radius) return false;
    squares += steps * steps;
  }
  return norm === 'linf' || squares <= radius * radius;
}
