import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {isMissingGradientsError} from '../core/errors';
import {disposeTapeOnThrow} from '../core/memory';
import {breathe} from '../core/progress';
import type {Rng} from '../core/rng';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {directionalError, dot, moved, randomSigns, rootMeanSquare} from './directionalError';
import type {RecordedOp} from './recordedOps';

/**
 * How well the gradient of one kind of operation agrees with differences, at the inputs that it has
 * in the model.
 */
export interface OpAudit {
  /** Name of its kernel, or of the operation with a gradient of its own. */
  readonly kernel: string;
  /** Shapes of the inputs where it agrees least. */
  readonly shapes: readonly (readonly number[])[];
  /** Relative error there; `Infinity` where there is no gradient. */
  readonly relativeError: number;
  /** Whether that is within the tolerance. */
  readonly ok: boolean;
  /** Why there is no gradient, where there is none. */
  readonly problem?: string;
}

interface Settings {
  readonly tolerance: number;
  readonly directions: number;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

const STEPS = [1e-2, 1e-3, 1e-4];
const NUDGES = [0, 0.03, 0.06];

/** Error of an operation at inputs with noise of a fraction of their size. */
async function errorNear(op: RecordedOp, nudge: number, settings: Settings): Promise<number> {
  const {rng, directions: count, tolerance} = settings;
  const values: Float32Array[] = [];
  for (const input of op.inputs) {
    const own = await input.data<'float32'>();
    const size = nudge * rootMeanSquare(own);
    values.push(own.map((value) => value + size * (2 * rng.uniform() - 1)));
  }
  const valuesOf = async (output: tf.Tensor) => {
    try {
      return await tf.keep(output).data<'float32'>();
    } finally {
      output.dispose();
    }
  };
  const run = (inputs: readonly Float32Array[]) =>
    valuesOf(withGradientKernels(() => op.run(inputs)));
  const output = await run(values);
  const v = randomSigns(output.length, rng);
  const gradients = disposeTapeOnThrow(() => withGradientKernels(() => op.gradients(values, v)));
  const slopesOf = await Promise.all(gradients.map(valuesOf));
  const scale = rootMeanSquare(output) * Math.sqrt(output.length);
  let worst = 0;
  for (const [i, own] of values.entries()) {
    const directions = Array.from({length: count}, () => randomSigns(own.length, rng));
    const slopes = directions.map((direction) => dot(at(slopesOf, i), direction));
    const valuesAt = async (distance: number) => {
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
    worst = Math.max(
      worst,
      await directionalError({slopes, at: valuesAt, scale}, steps, tolerance),
    );
  }
  return worst;
}

/** Error of an operation, the smallest over several inputs; or why it has no gradient. */
async function errorOf(
  op: RecordedOp,
  settings: Settings,
): Promise<Pick<OpAudit, 'relativeError' | 'problem'>> {
  let relativeError = Infinity;
  try {
    for (const nudge of NUDGES) {
      relativeError = Math.min(relativeError, await errorNear(op, nudge, settings));
      if (relativeError <= settings.tolerance) break;
    }
  } catch (error) {
    if (!isMissingGradientsError(error)) throw error;
    return {relativeError: Infinity, problem: error.message};
  }
  return {relativeError};
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
    const found = await errorOf(op, {...settings, rng});
    const {kernel, inputs} = op;
    const shapes = inputs.map(({shape}) => [...shape]);
    if (found.relativeError >= (worst.get(kernel)?.relativeError ?? 0)) {
      worst.set(kernel, {kernel, shapes, ok: found.relativeError <= tolerance, ...found});
    }
  }
  return [...worst.values()].sort((a, b) => b.relativeError - a.relativeError);
}
