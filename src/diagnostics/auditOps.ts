import type * as tf from '@tensorflow/tfjs-core';

import {breathe} from '../core/progress';
import type {Rng} from '../core/rng';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {directionalError, dot, moved, randomSigns, rootMeanSquare} from './directionalError';
import type {RecordedOp} from './recordedOps';

/** How the gradient of one kind of operation agrees, at the inputs that it has in the model. */
export interface OpAudit {
  /** Name of its kernel, or of the operation with a gradient of its own. */
  readonly kernel: string;
  /** Shapes of the inputs where it agrees least. */
  readonly shapes: readonly (readonly number[])[];
  /** Relative error there. */
  readonly relativeError: number;
  /** Whether that is within the tolerance. */
  readonly ok: boolean;
}

interface Settings {
  readonly tolerance: number;
  readonly directions: number;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

const STEPS = [1e-2, 1e-3, 1e-4];
const NUDGES = [0, 0.03, 0.06];

/** Its error at inputs with noise of a share of their size. */
async function errorNear(op: RecordedOp, nudge: number, settings: Settings): Promise<number> {
  const {rng, directions: count, tolerance} = settings;
  const values: Float32Array[] = [];
  for (const input of op.inputs) {
    const own = (await input.data()) as Float32Array;
    const size = nudge * rootMeanSquare(own);
    values.push(own.map((value) => value + size * (2 * rng.uniform() - 1)));
  }
  const valuesOf = async (output: tf.Tensor) => {
    const numbers = (await output.data()) as Float32Array;
    output.dispose();
    return numbers;
  };
  const run = (inputs: readonly Float32Array[]) =>
    valuesOf(withGradientKernels(() => op.run(inputs)));
  const output = await run(values);
  const v = randomSigns(output.length, rng);
  const gradients = withGradientKernels(() => op.gradients(values, v));
  const slopesOf = await Promise.all(gradients.map(valuesOf));
  const scale = rootMeanSquare(output) * Math.sqrt(output.length);
  let worst = 0;
  for (const [i, own] of values.entries()) {
    const directions = Array.from({length: count}, () => randomSigns(own.length, rng));
    const slopes = directions.map((direction) => dot(slopesOf[i] as Float32Array, direction));
    const at = async (distance: number) => {
      const rows: number[] = [];
      for (const direction of directions) {
        const there = values.map((value, k) =>
          k === i ? moved(value, direction, distance) : value,
        );
        rows.push(dot(await run(there), v));
      }
      return rows;
    };
    const size = rootMeanSquare(own) || 1;
    const steps = STEPS.map((step) => step * size);
    worst = Math.max(worst, await directionalError({slopes, at, scale}, steps, tolerance));
  }
  return worst;
}

/**
 * Compares the gradient of each recorded operation with central differences.
 *
 * @param ops - From `recordOps`; not disposed.
 * @param settings - Tolerance, directions and where these come from.
 * @returns One entry per kernel, its worst case; the worst kernel first.
 */
export async function auditOps(ops: readonly RecordedOp[], settings: Settings): Promise<OpAudit[]> {
  const {tolerance} = settings;
  const worst = new Map<string, OpAudit>();
  for (const [index, op] of ops.entries()) {
    await breathe(settings.signal);
    const rng = settings.rng.fork('ops').fork(index);
    let relativeError = Infinity;
    for (const nudge of NUDGES) {
      relativeError = Math.min(relativeError, await errorNear(op, nudge, {...settings, rng}));
      if (relativeError <= tolerance) break;
    }
    const {kernel, inputs} = op;
    const shapes = inputs.map(({shape}) => [...shape]);
    if (relativeError >= (worst.get(kernel)?.relativeError ?? 0)) {
      worst.set(kernel, {kernel, shapes, relativeError, ok: relativeError <= tolerance});
    }
  }
  return [...worst.values()].sort((a, b) => b.relativeError - a.relativeError);
}
