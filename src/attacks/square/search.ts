import * as tf from '@tensorflow/tfjs-core';

import {liveRows, withoutDecided} from '../search/liveRows';
import {rowOf} from '../search/logits';
import {countedPasses} from '../search/passes';
import type {Outcome, Problem} from '../search/problem';
import {scoreOf} from './acceptance';
import {copyEntries, type ImageShape} from './images';
import type {Change, Moves} from './moves';

const NOTHING = new Int32Array(0);

/** What a search goes by. */
export interface SearchSettings {
  readonly queries: number;
  readonly loss: 'margin' | 'ce';
  /** `[batch]` classes to reach, or `undefined` for any wrong one. */
  readonly targets: Int32Array | undefined;
}

/**
 * One random search on the examples that are not broken yet: a change is kept if it lowers the
 * loss, and an example leaves once its margin is not positive.
 *
 * Images stay on the JavaScript side, where only the windows are written; an iteration costs one
 * upload, one forward pass and one read of the logits.
 *
 * @param problem - What is attacked.
 * @param outcome - Where what is found is recorded.
 * @param shape - Of the images.
 * @param moves - Of the norm, for this restart.
 * @param settings - See {@link SearchSettings}.
 * @see Andriushchenko et al. 2020, Square Attack, Alg. 1.
 */
export async function randomSearch(
  problem: Problem<tf.Tensor4D>,
  outcome: Outcome,
  shape: ImageShape,
  moves: Moves,
  {queries, loss, targets}: SearchSettings,
): Promise<void> {
  const {labels, numClasses} = problem;
  const {height, width, channels} = shape;
  const size = height * width * channels;
  const exampleOf = (images: Float32Array, i: number) => images.subarray(i * size, (i + 1) * size);
  const passes = countedPasses(problem, outcome);
  const lowest = new Float64Array(labels.length).fill(Infinity);
  const hasLeft = Uint8Array.from(labels, (_, row) => (outcome.points.has(row) ? 1 : 0));

  // `best` has all examples of the problem; `candidates` those in the search, without gaps, and
  // equals `best` but for the pixels of the change under test.
  let rows = liveRows(labels.length, (row) => hasLeft[row] === 1);
  const best = new Float32Array(labels.length * size);
  const candidates = new Float32Array(rows.positions.length * size);
  const canvas = {best, candidates};
  rows.positions.forEach((row, i) => {
    const image = exampleOf(best, row);
    if (i < rows.live) moves.start(row, image);
    candidates.set(image, i * size);
  });
  const start: Change = () => NOTHING;

  for (let query = 0; query <= queries && rows.live > 0; query++) {
    await problem.pause(labels.length - outcome.points.size);
    const change = query === 0 ? start : moves.change(query - 1);
    const changed = Array.from({length: rows.live}, (_, i) => {
      const row = rows.positions[i] as number;
      return change(row, canvas, i * size);
    });
    const logits = await ask();
    changed.forEach((entries, i) => {
      const row = rows.positions[i] as number;
      const score = scoreOf(
        rowOf(logits, i, numClasses),
        labels[row] as number,
        targets?.[row],
        loss,
      );
      const improves = score.loss < (lowest[row] as number);
      if (improves) lowest[row] = score.loss;
      const leaves = score.margin <= 0 || score.success;
      if (improves || leaves) {
        copyEntries(candidates, i * size, best, row * size, entries);
        moves.accepted(row);
      } else {
        copyEntries(best, row * size, candidates, i * size, entries);
      }
      if (leaves) hasLeft[row] = 1;
      if (!score.success) return;
      outcome.points.set(row, exampleOf(candidates, i).slice());
      if (targets !== undefined) outcome.targets.set(row, targets[row] as number);
    });
    const next = withoutDecided(rows, (row) => hasLeft[row] === 1);
    if (next === undefined) continue;
    next.from.subarray(0, next.rows.live).forEach((from, to) => {
      candidates.copyWithin(to * size, from * size, (from + 1) * size);
    });
    rows = next.rows;
  }

  async function ask(): Promise<Float32Array> {
    const count = rows.positions.length;
    const images = tf.tensor4d(candidates.subarray(0, count * size), [
      ...[count, height, width],
      channels,
    ] as [number, number, number, number]);
    try {
      return await passes.query(rows, images);
    } finally {
      images.dispose();
    }
  }
}
