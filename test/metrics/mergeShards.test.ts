import type * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {evaluateShard, type EvaluationShard} from '../../src/metrics/evaluateShard';
import {mergeShards} from '../../src/metrics/mergeShards';
import {cornerDataset, denseNet, quickAttack} from '../support/trainings';

const dataset = cornerDataset([3, 2, 3]);
const base = {attacks: {quick: quickAttack}, batchSize: 2, rng: createRng(1)};
const shardOf = (part: number, more: object = {}, seed = 1): Promise<EvaluationShard> =>
  evaluateShard<tf.Tensor2D>(denseNet({seed}), dataset, {part, of: 2}, {...base, ...more});

describe('mergeShards', () => {
  let first: EvaluationShard;
  let second: EvaluationShard;
  beforeAll(async () => {
    [first, second] = [await shardOf(1), await shardOf(2)];
  });
  const refusal = (shards: unknown) =>
    mergeShards(shards as EvaluationShard[]).then(
      () => expect.fail('accepted'),
      (error: unknown) => {
        expect(error).toMatchObject({name: 'InvalidArgumentError', argument: 'shards'});
        return (error as Error).message;
      },
    );

  it('counts a part that came twice once', async () => {
    const whole = await evaluateRobustness<tf.Tensor2D>(denseNet(), dataset, base);
    expect(await mergeShards([second, first, second, structuredClone(first)])).toStrictEqual(whole);
  });

  it('names the parts that are missing', async () => {
    expect(await refusal([second])).toContain('found no part 1.');
    expect(await refusal([])).toContain('found none');
  });

  it('refuses parts of other evaluations, and says in what they differ', async () => {
    expect(await refusal([first, await shardOf(2, {}, 2)])).toContain('evaluation.model');
    expect(await refusal([first, await shardOf(2, {rng: createRng(2)})])).toContain('seed');
    expect(await refusal([first, await shardOf(2, {batchSize: 3})])).toContain('batchSize');
    expect(await refusal([first, await shardOf(2, {indices: [0, 1, 2]})])).toContain('examples');
    expect(await refusal([first, await shardOf(2, {attacks: {}})])).toContain('attacks');
  });

  it('refuses two results of one part', async () => {
    const {state} = first;
    const correct = state.clean.correct.map(() => 0);
    expect(correct).not.toEqual(state.clean.correct);
    const other = {...first, state: {...state, clean: {...state.clean, correct}}};
    expect(await refusal([first, second, other])).toContain('two different ones of part 1');
  });

  it.each([
    ['no array', {}],
    ['a report', [{examples: 3}]],
    ['null', [null]],
    ['a string', ['x']],
  ])('refuses %s', async (_, shards) => {
    await refusal(shards);
  });
});
