import type * as tf from '@tensorflow/tfjs-core';

import {forEachLive, type LiveRows} from './liveRows';
import {predictedClass, rowOf} from './logits';
import type {Problem} from './problem';

/**
 * The live rows on which the model is wrong.
 *
 * @param problem - The true classes.
 * @param rows - What the logits are of.
 * @param logits - `[rows, classes]`, row by row.
 * @returns Rows of the state.
 */
export function wrongRows(
  {labels, numClasses}: Pick<Problem<tf.Tensor>, 'labels' | 'numClasses'>,
  rows: LiveRows,
  logits: Float32Array,
): number[] {
  const wrong: number[] = [];
  forEachLive(rows, (position, row) => {
    if (predictedClass(rowOf(logits, row, numClasses)) !== labels[position]) wrong.push(row);
  });
  return wrong;
}
