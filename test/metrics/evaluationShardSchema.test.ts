import {fc, test} from '@fast-check/vitest';
import type * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {evaluateShard, type EvaluationShard} from '../../src/metrics/evaluateShard';
import {shardProblem} from '../../src/metrics/evaluationShardSchema';
import {mergeShards} from '../../src/metrics/mergeShards';
import {cornerDataset, denseNet, quickAttack} from '../support/trainings';

let shard: EvaluationShard;
beforeAll(async () => {
  shard = await evaluateShard<tf.Tensor2D>(
    ...([denseNet(), cornerDataset([3, 2, 3]), {part: 1, of: 1}] as const),
    {attacks: {quick: quickAttack}, predictions: true, groups: {head: [0]}, tail: [2]},
  );
});

/** Paths of all values in plain data. */
const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, field]) => pathsOf(field, [...path, key]))]
    : [path];

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : {...(value as object)}
  ) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe('shardProblem', () => {
  it('has nothing against what evaluateShard returned, nor against its JSON', () => {
    expect(shardProblem(shard)).toBeUndefined();
    expect(shardProblem(JSON.parse(JSON.stringify(shard)))).toBeUndefined();
  });

  it.each([
    [['format'], 'lt-robust evaluation shard 2', 'at format'],
    [['part'], 2, 'a part beyond the last'],
    [['part'], 0, 'at part'],
    [['of'], 1e9, 'at of'],
    [['frame', 'numClasses'], 4, 'state, at totals'],
    [['frame', 'attacks'], [], 'state, at attacks'],
    [['frame', 'selection', 'tail'], [3], 'groups of classes'],
    [['examples'], [0], 'state, at done'],
    [['state', 'done'], 7, 'counts of more or fewer'],
    [['examples'], [0, 1, 2, 3, 4, 5, 6, 7, 8], 'counts of other examples'],
    [['state', 'done'], -1, 'state, at done'],
    [['state', 'totals'], [8, 0, NaN], 'state, at totals.2'],
    [['state', 'clean', 'correct'], [3, 2, 4], 'more right answers'],
    [['state', 'clean', 'predictions'], [], 'predictions of others'],
  ] as const)('at %j: %j', (path, by, text) => {
    expect(shardProblem(replaced(shard, path, by))).toContain(text);
  });

  test.prop(
    {
      position: fc.nat(),
      by: fc.constantFrom<unknown>(
        ...[null, undefined, NaN, -1, 0.5, 1e9, '', 'x', true, [], {}, [1], {__proto__: 1}],
      ),
    },
    {numRuns: 200, seed: 1},
  )('never lets a raw error through', async ({position, by}) => {
    const paths = pathsOf(shard).filter(([first]) => first !== 'evaluation');
    const hostile = replaced(shard, paths[position % paths.length] ?? [], by);
    const outcome = await mergeShards([hostile as EvaluationShard]).then(
      (report) => report.examples,
      (error: unknown) => error,
    );
    if (typeof outcome !== 'number') expect(outcome).toHaveProperty('name', 'InvalidArgumentError');
  });
});
