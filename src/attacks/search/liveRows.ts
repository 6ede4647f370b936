import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {takeRows} from '../../math/rows';

/**
 * The examples of a problem whose search goes on, and where they lie in the state tensors of an
 * attack.
 */
export interface LiveRows {
  /** Row of the problem that each row of the state holds. Rows from `live` on are padding. */
  readonly positions: Int32Array;
  /** Number of rows that are not padding. */
  readonly live: number;
}

// These backends compile a program per shape. Few batch sizes, each at least 8, save more than the
// padding costs.
const COMPILES_PER_SHAPE = new Set(['webgl', 'webgpu']);

/** How many rows the state has for `live` examples on the current backend. */
export const paddedSize = (live: number): number =>
  COMPILES_PER_SHAPE.has(tf.getBackend()) ? 2 ** Math.max(3, Math.ceil(Math.log2(live))) : live;

// Repeats the first row.
function padded(rows: readonly number[]): Int32Array {
  const [first] = rows;
  if (first === undefined) return new Int32Array(0);
  const all = new Int32Array(paddedSize(rows.length)).fill(first);
  all.set(rows);
  return all;
}

const liveOf = (positions: readonly number[]): LiveRows => ({
  positions: padded(positions),
  live: positions.length,
});

/** Every example of a problem but those whose search is finished already. */
export const liveRows = (batchSize: number, isFinished: (position: number) => boolean): LiveRows =>
  liveOf(Array.from({length: batchSize}, (_, i) => i).filter((position) => !isFinished(position)));

/** Calls `visit` for every live row with its row of the problem. */
export function forEachLive(
  {positions, live}: LiveRows,
  visit: (position: number, row: number) => void,
): void {
  positions.subarray(0, live).forEach(visit);
}

/** The rows of the problem that are live. */
export const livePositions = ({positions, live}: LiveRows): number[] =>
  Array.from(positions.subarray(0, live));

/**
 * Drops finished rows.
 *
 * @param rows - The rows so far.
 * @param isFinished - By row of the problem.
 * @returns The rows that remain, and for each the row of the old state to take it from; `undefined`
 *   if the state may stay as it is.
 */
export function withoutFinished(
  rows: LiveRows,
  isFinished: (position: number) => boolean,
): {readonly rows: LiveRows; readonly from: Int32Array} | undefined {
  const kept: number[] = [];
  forEachLive(rows, (position, row) => {
    if (!isFinished(position)) kept.push(row);
  });
  if (kept.length === rows.live) return undefined;
  const positions = kept.map((row) => at(rows.positions, row));
  return {rows: liveOf(positions), from: padded(kept)};
}

/** The rows `from` of every tensor; the old ones are disposed, the new ones the caller's. */
export function gatherRows<T extends tf.NamedTensorMap>(state: T, from: Int32Array): T {
  const gathered = Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [name, takeRows(tensor, from)]),
  );
  tf.dispose(state);
  return gathered as T;
}

/** The values of some rows, an array each. */
export async function readRows(
  tensor: tf.Tensor,
  rows: readonly number[],
): Promise<Float32Array[]> {
  if (rows.length === 0) return [];
  const picked = tf.tidy(() => tf.gather(tensor, tf.tensor1d([...rows], 'int32')));
  try {
    const values = await picked.data<'float32'>();
    const size = values.length / rows.length;
    return rows.map((_, i) => values.slice(i * size, (i + 1) * size));
  } finally {
    picked.dispose();
  }
}

/** Values by row of the problem as values by row of the state. */
export const floatsOfRows = ({positions}: LiveRows, values: ArrayLike<number>): Float32Array =>
  Float32Array.from(positions, (position) => at(values, position));

/** Classes by row of the problem as a tensor by row of the state; the caller disposes it. */
export const classesOfRows = ({positions}: LiveRows, classes: ArrayLike<number>): tf.Tensor1D =>
  tf.tensor1d(
    positions.map((position) => at(classes, position)),
    'int32',
  );

/** One value per row of the state, ready to broadcast against `[rows, ...]`. */
export const perRow = (rows: LiveRows, values: ArrayLike<number>, rank: number): tf.Tensor =>
  tf.tensor(floatsOfRows(rows, values), [
    rows.positions.length,
    ...new Array<number>(rank - 1).fill(1),
  ]);
