import * as tf from '@tensorflow/tfjs-core';

import {takeRows} from '../../math/rows';

/**
 * The examples of a problem that are still undecided, and where they lie in the state tensors of
 * an attack.
 */
export interface LiveRows {
  /** Row of the problem that each row of the state holds. Rows from `live` on are padding. */
  readonly positions: Int32Array;
  /** How many rows count. */
  readonly live: number;
}

// These compile a program per shape: few batch sizes, each at least 8, save more than the padding
// costs.
const COMPILES_PER_SHAPE = new Set(['webgl', 'webgpu']);

/** How many rows the state has for `live` examples on the current backend. */
export const paddedSize = (live: number): number =>
  COMPILES_PER_SHAPE.has(tf.getBackend()) ? 2 ** Math.max(3, Math.ceil(Math.log2(live))) : live;

function pad(positions: number[]): LiveRows {
  const live = positions.length;
  const padding = new Array<number>(live === 0 ? 0 : paddedSize(live) - live).fill(
    positions[0] as number,
  );
  return {positions: Int32Array.from([...positions, ...padding]), live};
}

/** Every example of a problem but those that are decided already. */
export const liveRows = (batchSize: number, isDecided: (position: number) => boolean): LiveRows =>
  pad(Array.from({length: batchSize}, (_, i) => i).filter((position) => !isDecided(position)));

/**
 * Lets decided examples go.
 *
 * @param rows - The rows so far.
 * @param isDecided - By row of the problem.
 * @returns The rows that stay, and for each the row of the old state to take it from; `undefined`
 *   if the state may stay as it is.
 */
export function withoutDecided(
  rows: LiveRows,
  isDecided: (position: number) => boolean,
): {readonly rows: LiveRows; readonly from: Int32Array} | undefined {
  const kept: number[] = [];
  for (let row = 0; row < rows.live; row++) {
    if (!isDecided(rows.positions[row] as number)) kept.push(row);
  }
  if (kept.length === rows.live) return undefined;
  const next = pad(kept.map((row) => rows.positions[row] as number));
  const padding = new Array<number>(next.positions.length - kept.length).fill(kept[0] as number);
  return {rows: next, from: Int32Array.from([...kept, ...padding])};
}

/** The rows `from` of every tensor; the old ones are disposed, the new ones the caller's. */
export function gatherRows<T extends Readonly<Record<string, tf.Tensor>>>(
  state: T,
  from: Int32Array,
): T {
  const gathered = Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [name, takeRows(tensor, from)]),
  );
  tf.dispose(state as unknown as tf.NamedTensorMap);
  return gathered as unknown as T;
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

/** One value per row of the state, ready to broadcast against `[rows, ...]`. */
export const perRow = ({positions}: LiveRows, values: ArrayLike<number>, rank: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from(positions, (position) => values[position] as number),
    [positions.length, ...new Array<number>(rank - 1).fill(1)],
  );
