import type * as tf from '@tensorflow/tfjs-core';

import type {DatasetSource} from '../core/asDataset';
import {computedOn} from '../core/computedOn';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {fingerprintOf} from '../core/fingerprint';
import {identityOf, type Identity} from '../core/identity';
import type {Model} from '../core/classifier';
import {stateOf} from './evaluationCounts';
import type {EvaluationState} from './evaluationState';
import {
  prepareEvaluation,
  type EvaluateRobustnessOptions,
  type PreparedEvaluation,
} from './prepareEvaluation';
import type {ClassSelection} from './robustnessReport';
import {runEvaluation} from './runEvaluation';

const WHERE = 'evaluateShard';

/** A part of an evaluation. */
export interface Shard {
  /** The part, from 1 to `of`. */
  readonly part: number;
  /** Number of parts that the evaluation is split into. */
  readonly of: number;
}

/** What one part of an evaluation gave: plain data, ready for `JSON.stringify`. */
export interface EvaluationShard extends Shard {
  /** What this is, and its version. */
  readonly format: 'lt-robust evaluation shard 1';
  /** What decides the numbers of the whole evaluation; all its shards have the same. */
  readonly evaluation: Identity;
  /** What the report of the whole says besides its scores. */
  readonly frame: {
    /** Examples of the whole evaluation. */
    readonly examples: number;
    /** Number of classes. */
    readonly numClasses: number;
    /** Whether an example had to be right on its clean input too. */
    readonly strict: boolean;
    /** Whether the predicted class of every example is listed. */
    readonly predictions: boolean;
    /** Which classes are reported together. */
    readonly selection: ClassSelection;
    /** Names of the attacks, in their order. */
    readonly attacks: readonly string[];
  };
  /** Dataset indices of the examples of this part, in their order. */
  readonly examples: readonly number[];
  /** What was counted. */
  readonly state: EvaluationState;
}

/**
 * Evaluates one part of the examples, for an evaluation that is spread over processes or machines.
 * A part is a run of whole batches, and randomness is keyed by example: {@link mergeShards} makes of
 * all parts the report that {@link evaluateRobustness} would have made, to the last bit on the same
 * backend. With `checkpoints`, a job that was killed resumes where it stopped; each part has its
 * own key.
 *
 * @param model - As of `evaluateRobustness`.
 * @param source - As of `evaluateRobustness`: **all** examples, not those of this part.
 * @param shard - Which part. With more parts than examples, some are empty.
 * @param options - As of `evaluateRobustness`; the same for every part. If there are fewer batches
 *   than parts, batches are made smaller, which changes no verdict.
 * @returns Plain data: write it as JSON, or return it from a job of a queue.
 * @throws What `evaluateRobustness` throws; {@link InvalidArgumentError} if there is no such part.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {evaluateShard, mergeShards} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.4, 0.6, 0.9]), [0, 0, 1, 1], {
 *   shape: [1, 1, 1],
 *   numClasses: 2,
 * });
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const options = {batchSize: 1};
 * const shards = [
 *   await evaluateShard(model, dataset, {part: 1, of: 2}, options), // on one machine
 *   await evaluateShard(model, dataset, {part: 2, of: 2}, options), // on another
 * ];
 * const report = await mergeShards(shards);
 * report.clean.accuracy; // => 1
 * ```
 */
export async function evaluateShard<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  source: DatasetSource<I>,
  shard: Shard,
  options: EvaluateRobustnessOptions<I> = {},
): Promise<EvaluationShard> {
  const {part, of} = checkShard(WHERE, shard);
  const given = await prepareEvaluation(WHERE, model, source, options);
  const {dataset, selection, indices} = given;
  const {strict, predictions, attacks, checkpointKey} = given.settings;
  const prepared = {
    ...given,
    settings: {
      ...given.settings,
      batchSize: Math.min(given.settings.batchSize, Math.ceil(indices.length / of)),
      checkpointKey: `${checkpointKey} ${part} of ${of}`,
    },
  };
  const {examples, before} = examplesOf(prepared, {part, of});
  const counts = await runEvaluation(prepared, examples, before);
  return {
    ...{format: 'lt-robust evaluation shard 1', part, of},
    evaluation: await evaluationOf(prepared),
    frame: {
      ...{examples: indices.length, numClasses: dataset.numClasses, strict, predictions, selection},
      attacks: Object.keys(attacks),
    },
    examples: [...examples],
    state: stateOf(examples.length, counts),
  };
}

/** Throws unless there can be such a part. */
function checkShard(where: string, shard: Shard): Shard {
  const fail = (argument: string, expected: string, found: unknown): never => {
    throw new InvalidArgumentError({
      ...{where, argument, expected, found: describeValue(found)},
      remedy: 'The first of three parts is {part: 1, of: 3}.',
    });
  };
  if (typeof shard !== 'object' || (shard as unknown) === null) {
    return fail('shard', 'be an object {part, of}', shard);
  }
  const {part, of} = shard;
  if (!Number.isSafeInteger(of) || of < 1) fail('shard.of', 'be an integer >= 1', of);
  if (!Number.isSafeInteger(part) || part < 1 || part > of) {
    fail('shard.part', `be an integer from 1 to ${of}`, part);
  }
  return {part, of};
}

// Whole batches, so that every example is in the same batch as in one process.
function examplesOf<I extends tf.Tensor>(
  {indices, settings: {batchSize}}: PreparedEvaluation<I>,
  {part, of}: Shard,
): {readonly examples: Int32Array; readonly before: number} {
  const batches = Math.ceil(indices.length / batchSize);
  const batchesUntil = (p: number) => Math.floor((p * batches) / of);
  const [before, end] = [batchesUntil(part - 1), batchesUntil(part)];
  return {examples: indices.subarray(before * batchSize, end * batchSize), before};
}

const evaluationOf = <I extends tf.Tensor>({
  classify,
  dataset,
  settings,
  selection,
  indices,
}: PreparedEvaluation<I>): Promise<Identity> =>
  identityOf({
    model: classify,
    ...{attacks: settings.attacks, strict: settings.strict, batchSize: settings.batchSize},
    ...{numClasses: dataset.numClasses, groups: selection.groups, tail: selection.tail},
    examples: fingerprintOf([indices]),
    labels: fingerprintOf([indices.map((id) => dataset.labels[id] ?? -1)]),
    seed: settings.rng?.state().slice(0, 2) ?? 'none',
    backend: computedOn(),
  });
