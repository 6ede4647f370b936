import * as tf from '@tensorflow/tfjs-core';

import type {ThreatModel} from '../../core/threatModel';
import {levelOf, levelsOf, pixelOf} from '../../math/lattice';
import {predictedClass, rowOf} from './logits';
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

/** Norm of `point − center`, in double precision. */
export function distanceOf(
  norm: ThreatModel['norm'],
  point: Float32Array,
  center: Float32Array,
): number {
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < point.length; i++) {
    const difference = (point[i] as number) - (center[i] as number);
    squares += difference * difference;
    largest = Math.max(largest, Math.abs(difference));
  }
  return norm === 'l2' ? Math.sqrt(squares) : largest;
}

/**
 * How much a norm may exceed its bound by rounding, where pixels and bound are float32.
 *
 * @param epsilon - The bound.
 * @param threat - Its norm and the range of the pixels.
 */
export function roundingTolerance(epsilon: number, {norm, clip}: ThreatModel): number {
  if (norm === 'l2') return 1e-6 * epsilon + 1e-6;
  const largest = clip === null ? 1 : Math.max(Math.abs(clip[0]), Math.abs(clip[1]));
  return 1e-6 * epsilon + 2 ** -24 * largest;
}

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
  const clean = await x.data<'float32'>();
  const values = new Float32Array(claims.length * size);
  const distances = claims.map(([row, point], i) => {
    const center = clean.subarray(row * size, (row + 1) * size);
    const {epsilon, clip} = threat;
    const own = typeof epsilon === 'number' ? epsilon : (epsilon[row] as number);
    const exact =
      levels === undefined || clip === null
        ? point
        : point.map((pixel) => {
            const lattice = {levels, clip};
            return pixelOf(levelOf(pixel, lattice), lattice);
          });
    values.set(exact, i * size);
    const distance = distanceOf(threat.norm, exact, center);
    const inside =
      clip === null || exact.every((v) => v >= Math.fround(clip[0]) && v <= Math.fround(clip[1]));
    if (
      !inside ||
      !(distance <= own + roundingTolerance(own, threat)) ||
      !withinLevels(exact, center, own, problem)
    ) {
      throw new Error(
        `${where}: a point left the ${threat.norm} ball of ${own} (distance ${distance}) or the ` +
          'valid range. This is a mistake of lt-robust: please report it.',
      );
    }
    return distance;
  });
  const logits = tf.tidy(() =>
    problem.model(tf.tensor(values, [claims.length, ...x.shape.slice(1)]) as I),
  );
  try {
    const output = await logits.data<'float32'>();
    claims.forEach(([row], i) => {
      const prediction = predictedClass(rowOf(output, i, numClasses));
      if (!all && prediction === labels[row]) return;
      verified.set(row, {
        prediction,
        values: values.slice(i * size, (i + 1) * size),
        distance: distances[i] as number,
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
  const radius = levelsOf(epsilon, lattice) + 1e-6;
  let squares = 0;
  for (let i = 0; i < point.length; i++) {
    const steps = levelOf(point[i] as number, lattice) - levelOf(center[i] as number, lattice);
    if (norm === 'linf' && Math.abs(steps) > radius) return false;
    squares += steps * steps;
  }
  return norm === 'linf' || squares <= radius * radius;
}
