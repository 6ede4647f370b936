import * as tf from '@tensorflow/tfjs-core';

import {disposeAfter} from '../core/memory';
import {crossEntropy} from '../losses/crossEntropy';
import {inputGradient} from '../math/inputGradient';
import {type AuditRun, type Forward, lossesAt, nudged, NUDGES} from './auditRun';
import {directionalError, dot, moved, randomSigns, rootMeanSquare} from './directionalError';
import {recordOps} from './recordedOps';

// Step sizes, relative to the size of what is moved.
const STEPS = [1e-2, 1e-3, 3e-2, 1e-4];

/**
 * Error at inputs with noise of a fraction of their size; without noise, operations are recorded.
 */
async function errorNear(
  run: AuditRun,
  forward: Forward,
  original: Float32Array,
  nudge: number,
): Promise<number> {
  const rng = run.rng.fork('input').fork(String(nudge));
  return disposeAfter(async (own) => {
    const x = nudged(run.x, original, nudge, rng);
    if (nudge !== 0) own(x);
    const recording = (input: tf.Tensor) =>
      nudge === 0 ? recordOps([input], run.ops, () => forward(input)) : forward(input);
    run.passes++;
    const {logits, losses, gradient} = own({
      ...inputGradient(recording, x, run.labels, crossEntropy, 'auditGradients'),
    });
    const [values, scores, g] = await Promise.all([
      x.data<'float32'>(),
      logits.data<'float32'>(),
      gradient.data<'float32'>(),
    ]);
    const perExample = values.length / losses.size;
    const directions = Array.from({length: run.directions}, () => randomSigns(values.length, rng));
    const slopes = directions.flatMap((direction) =>
      Array.from({length: losses.size}, (_, i) => {
        const [from, to] = [i * perExample, (i + 1) * perExample];
        return dot(g.subarray(from, to), direction.subarray(from, to));
      }),
    );
    const at = async (distance: number) => {
      const rows: number[] = [];
      for (const direction of directions) {
        const there = tf.keep(tf.tensor(moved(values, direction, distance), x.shape));
        try {
          rows.push(...(await lossesAt(run, forward, there)));
        } finally {
          there.dispose();
        }
      }
      return rows;
    };
    const size = rootMeanSquare(values) || 1;
    const scale = Math.max(1, rootMeanSquare(scores));
    const steps = STEPS.map((step) => step * size);
    return directionalError({slopes, at, scale}, steps, run.tolerance);
  });
}

/** Relative error of the gradient that an attack uses; the operations of the model are recorded. */
export async function inputError(run: AuditRun, forward: Forward): Promise<number> {
  const original = await run.x.data<'float32'>();
  let smallest = Infinity;
  for (const nudge of NUDGES) {
    smallest = Math.min(smallest, await errorNear(run, forward, original, nudge));
    if (smallest <= run.tolerance) break;
  }
  return smallest;
}
