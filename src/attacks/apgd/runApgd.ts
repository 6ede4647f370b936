import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {unitsOfRow} from '../../core/features';
import {epsilonAt} from '../../core/threatModel';
import {liveRows} from '../search/liveRows';
import {predictedClass, rankedClasses, rowOf} from '../search/logits';
import {countedPasses} from '../search/passes';
import {emptyOutcome, type Outcome, type Problem} from '../search/problem';
import {sphereStart} from '../search/sphereStart';
import {ascend, type AscentRun, type BestPoints} from './ascend';
import {APGD_DEFAULTS, type ApgdSettings, apgdRuns} from './settings';

/**
 * APGD on a problem: run after run, each on the examples that are still robust, for the targeted
 * loss a round of them for each target.
 *
 * @param problem - What is attacked. Without its `rng` runs start at `x`.
 * @param given - What differs from the defaults.
 * @returns What was found. With `returns: 'best-loss'` its `points` are those of the highest loss,
 *   one for each example, whether they break it or not.
 */
export async function runApgd<I extends tf.Tensor>(
  problem: Problem<I>,
  given: Partial<ApgdSettings>,
): Promise<Outcome> {
  const settings = {...APGD_DEFAULTS, ...given};
  const {labels, logits, numClasses, ids, threat} = problem;
  const outcome = emptyOutcome(labels.length);
  const passes = countedPasses(problem, outcome);
  const ranked = Array.from(labels, (_, row) => rankedClasses(rowOf(logits, row, numClasses)));
  const wrong = [...labels.keys()].filter(
    (row) => predictedClass(rowOf(logits, row, numClasses)) !== labels[row],
  );
  const clean = await problem.x.data<'float32'>();
  const size = clean.length / labels.length;
  const cleanAt = (row: number) => clean.subarray(row * size, (row + 1) * size);
  const context = {problem, settings, passes, outcome, fallen: new Set(wrong)};
  const best: BestPoints = new Map();
  const isFinished = (position: number) =>
    settings.returns === 'broken' && outcome.points.has(position);
  const runs = apgdRuns(settings, numClasses);
  for (let run = 0; run < runs; run++) {
    const rows = liveRows(labels.length, isFinished);
    if (rows.live === 0) break;
    // Rank 0 is the label: these examples are classified right.
    const rank = settings.loss === 'targeted-dlr' ? 1 + Math.floor(run / settings.restarts) : 0;
    const targets = Int32Array.from(ranked, (classes) => at(classes, rank));
    const start = startOf(run % settings.restarts, rank);
    for (const [position, found] of await ascend(context, {rows, targets, start})) {
      const before = best.get(position);
      if (before === undefined || found.loss > before.loss) best.set(position, found);
    }
  }
  for (const [position, {values}] of best) outcome.points.set(position, values);
  return outcome;

  function startOf(restart: number, rank: number): AscentRun['start'] {
    const rng = problem.rng?.fork('apgd').fork(restart).fork(rank);
    if (rng === undefined) return undefined;
    return (row) =>
      sphereStart(
        ...[cleanAt(row), epsilonAt(threat, row), threat.norm, rng.fork(at(ids, row))],
        threat.features && unitsOfRow(threat.features, row, problem.x.shape.slice(1)),
      );
  }
}
