import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {differencesOf} from '../core/identity';
import type {EvaluationShard} from './evaluateShard';
import {absorb, countsFrom, reportOf} from './evaluationCounts';
import type {RobustnessReport} from './robustnessReport';

const WHERE = 'mergeShards';

/**
 * Puts the parts of an evaluation together: the report is the one that {@link evaluateRobustness}
 * would have made in one process, to the last bit. A part that occurs twice, since a queue may
 * deliver it twice, counts once.
 *
 * @param shards - All parts, in any order, as {@link evaluateShard} returned them or read from JSON.
 * @returns The report of all examples.
 * @throws {@link InvalidArgumentError} if a part is missing, two of the same number differ, or they
 *   are of different evaluations: another model, other examples, attacks, randomness or backend.
 * @throws {@link UnusableGradientError} if no example of any part had a gradient that an attack could
 *   follow.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {evaluateShard, mergeShards} from 'lt-robust';
 *
 * const dataset = {x: tf.tensor2d([[2, 1], [0, 3]]), labels: [0, 1]};
 * const model = (x: tf.Tensor2D) => tf.clone(x);
 * const only = await evaluateShard(model, dataset, {part: 1, of: 1});
 * const report = await mergeShards([only]);
 * report.clean.accuracy; // => 1
 * ```
 */
export async function mergeShards(shards: readonly EvaluationShard[]): Promise<RobustnessReport> {
  return countedReport(inOrder(await checkedShards(shards)));
}

/**
 * The counts of some parts, in their order, as a report. One part gives a report too, which says
 * little about the whole.
 */
export function countedReport([first, ...others]: readonly [
  EvaluationShard,
  ...(readonly EvaluationShard[]),
]): RobustnessReport {
  const {frame} = first;
  const noAttack = () => Promise.reject(new Error('not run here'));
  const attacks = Object.fromEntries(frame.attacks.map((name) => [name, noAttack]));
  const counts = countsFrom(first.state, attacks, frame.numClasses);
  for (const {state} of others) absorb(counts, state);
  const examples = counts.totals.reduce((sum, total) => sum + total, 0);
  return reportOf(WHERE, counts, {...frame, examples});
}

const refuse = (expected: string, found: string, remedy: string): never => {
  throw new InvalidArgumentError({where: WHERE, argument: 'shards', expected, found, remedy});
};

/** The parts in order of their numbers, each once; throws unless all are there. */
function inOrder(
  shards: readonly EvaluationShard[],
): [EvaluationShard, ...(readonly EvaluationShard[])] {
  const [first] = shards;
  if (first === undefined) {
    return refuse('hold all parts of an evaluation', 'none', 'Pass what evaluateShard returned.');
  }
  const parts = new Map<number, EvaluationShard>();
  for (const shard of shards) {
    const differences = differencesOf(identityOf(first), identityOf(shard));
    if (differences.length > 0) {
      const list = differences.map(
        ({field, saved, now}) => `${field} ${JSON.stringify(saved)} and ${JSON.stringify(now)}`,
      );
      refuse(
        'be of one evaluation',
        `parts ${first.part} and ${shard.part} with ${list.join('; ')}`,
        'Evaluate all parts with the same model, data, attacks, seed, backend and batch size.',
      );
    }
    const same = parts.get(shard.part);
    if (same !== undefined && JSON.stringify(same.state) !== JSON.stringify(shard.state)) {
      refuse(
        'give one result for each part',
        `two different ones of part ${shard.part}`,
        'Give the attacks an rng, so that they find the same each time.',
      );
    }
    parts.set(shard.part, shard);
  }
  const missing = Array.from({length: first.of}, (_, i) => i + 1).filter((i) => !parts.has(i));
  if (missing.length > 0) {
    refuse(
      `hold all ${first.of} parts`,
      `no part ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', ...' : ''}`,
      'Evaluate the missing parts: the others need not be done again.',
    );
  }
  const [least, ...rest] = [...parts.values()].sort((a, b) => a.part - b.part);
  return [least ?? first, ...rest];
}

const identityOf = ({of, evaluation, frame}: EvaluationShard) => ({
  ...{of, evaluation},
  frame: {...frame, selection: {...frame.selection, groups: {...frame.selection.groups}}},
});

// The parts come from files and queues.
async function checkedShards(
  shards: readonly EvaluationShard[],
): Promise<readonly EvaluationShard[]> {
  if (!Array.isArray(shards)) {
    refuse('be an array', describeValue(shards), 'Pass the results of evaluateShard in an array.');
  }
  const {shardProblem} = await import('./evaluationShardSchema');
  shards.forEach((shard, i) => {
    const problem = shardProblem(shard);
    if (problem === undefined) return;
    refuse(
      'hold results of evaluateShard of this version',
      `something else at ${i} (${problem})`,
      'Read each as JSON and pass it as it is.',
    );
  });
  return shards;
}
