import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {imageSeries} from '../../core/layers/imageSeries';
import {forEachLive, type LiveRows, liveRows} from '../search/liveRows';
import {liveRun} from '../search/liveRun';
import {rowOf} from '../search/logits';
import {packedExamples} from '../search/packedExamples';
import {countedPasses} from '../search/passes';
import type {Outcome, Problem} from '../search/problem';
import {scoreOf} from './acceptance';
import {copyEntries, type ImageShape} from './images';
import type {Canvas, Moves, SharedChange} from './moves';

const NOTHING = new Int32Array(0);

/** Settings of a search. */
export interface SearchSettings {
  readonly queries: number;
  readonly loss: 'margin' | 'ce';
  /** `[batch]` classes to reach, or `undefined` for any wrong one. */
  readonly targets: Int32Array | undefined;
}

/**
 * One random search on the examples that are not broken yet: a change is kept if it lowers the
 * loss, and an example is finished once its margin is not positive.
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
  settings: SearchSettings,
): Promise<void> {
  const {x, labels} = problem;
  const size = shape.height * shape.width * shape.channels;
  const passes = countedPasses(problem, outcome);
  const isFinished = Uint8Array.from(labels, (_, row) => Number(outcome.points.has(row)));
  const rows = liveRows(labels.length, (row) => isFinished[row] === 1);
  const canvas = canvasOf(rows, labels.length, size, moves);
  const {candidates} = canvas;
  const accept = acceptance(problem, settings, canvas, moves);
  const series = imageSeries();
  const search = liveRun(problem, {
    rows,
    steps: settings.queries + 1,
    isFinished: (row) => isFinished[row] === 1,
    undecided: () => labels.length - outcome.points.size,
    start: () => ({}),
    step: async (run, query) => {
      const {apply, window} = query === 0 ? asItIs : moves.change(query - 1);
      const changed: Int32Array[] = [];
      forEachLive(run.rows, (row, i) => {
        changed.push(apply(row, canvas, i * size));
      });
      const count = run.rows.positions.length;
      const images = packedExamples(candidates.subarray(0, count * size), x).upload();
      if (window) {
        const rectangle = {...window, height: window.side, width: window.side};
        const {positions} = run.rows;
        series.announce(images, rectangle, () =>
          packedExamples(canvas.best, x).gather(positions).upload(),
        );
      } else series.forget();
      const logits = await passes.query(run.rows, images).finally(() => {
        images.dispose();
      });
      forEachLive(run.rows, (row, i) => {
        const {isOver, isKept, success} = accept(row, i, logits, at(changed, i));
        if (isKept && window) series.keep(i);
        if (isOver) isFinished[row] = 1;
        if (!success) return;
        outcome.points.set(row, candidates.slice(i * size, (i + 1) * size));
        if (settings.targets !== undefined) outcome.targets.set(row, at(settings.targets, row));
      });
    },
    compact: (from, live) => {
      series.forget();
      from.subarray(0, live).forEach((before, i) => {
        candidates.copyWithin(i * size, before * size, (before + 1) * size);
      });
    },
  });
  await search.finally(() => {
    series.forget();
  });
}

const asItIs: SharedChange = {apply: () => NOTHING};

// `best` has all examples of the problem; `candidates` those in the search, without gaps, and equals
// `best` but for the pixels of the change under test.
function canvasOf(rows: LiveRows, batchSize: number, size: number, moves: Moves): Canvas {
  const best = new Float32Array(batchSize * size);
  const candidates = new Float32Array(rows.positions.length * size);
  rows.positions.forEach((row, i) => {
    const image = best.subarray(row * size, (row + 1) * size);
    if (i < rows.live) moves.start(row, image);
    candidates.set(image, i * size);
  });
  return {best, candidates};
}

// Keeps a candidate or undoes its change.
function acceptance(
  {labels, numClasses}: Problem<tf.Tensor4D>,
  {loss, targets}: SearchSettings,
  {best, candidates}: Canvas,
  moves: Moves,
) {
  const size = best.length / labels.length;
  const lowest = new Float64Array(labels.length).fill(Infinity);
  return (row: number, i: number, logits: Float32Array, entries: Int32Array) => {
    const scores = rowOf(logits, i, numClasses);
    const score = scoreOf(scores, at(labels, row), targets?.[row], loss);
    const improves = score.loss < at(lowest, row);
    if (improves) lowest[row] = score.loss;
    const isOver = score.margin <= 0 || score.success;
    const isKept = improves || isOver;
    if (isKept) {
      copyEntries(candidates, i * size, best, row * size, entries);
      moves.accepted(row);
    } else {
      copyEntries(best, row * size, candidates, i * size, entries);
    }
    return {isOver, isKept, success: score.success};
  };
}
