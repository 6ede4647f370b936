import {fc, test} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it, vi} from 'vitest';

import {autoAttackForEvaluation} from '../../src/attacks/autoAttack/autoAttackForEvaluation';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {Attack} from '../../src/core/attack';
import {createRng} from '../../src/core/rng';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {evaluateShard, type Shard} from '../../src/metrics/evaluateShard';
import {mergeShards} from '../../src/metrics/mergeShards';
import {tinyConvNet} from '../support/models';
import {cornerDataset, denseNet, quickAttack} from '../support/trainings';

const dataset = cornerDataset([9, 5, 3]);

/** Every part on its own, through JSON as between machines. */
async function inParts<I extends tf.Tensor>(
  of: number,
  run: (shard: Shard) => ReturnType<typeof evaluateShard<I>>,
) {
  const texts: string[] = [];
  for (let part = of; part >= 1; part--) texts.push(JSON.stringify(await run({part, of})));
  return texts.map((text) => JSON.parse(text) as Awaited<ReturnType<typeof run>>);
}

describe('evaluateShard and mergeShards', () => {
  test.prop(
    {
      of: fc.integer({min: 1, max: 9}),
      batchSize: fc.integer({min: 1, max: 20}),
      predictions: fc.boolean(),
      seed: fc.integer({min: 0, max: 9}),
      indices: fc.option(
        fc.uniqueArray(fc.integer({min: 0, max: 16}), {minLength: 1, maxLength: 17}),
        {nil: undefined},
      ),
    },
    {numRuns: 8, seed: 1},
  )('make the report of one process', async ({of, batchSize, predictions, seed, indices}) => {
    const model = denseNet({seed});
    const options = {
      ...{attacks: {quick: quickAttack}, batchSize, predictions, indices, rng: createRng(seed)},
      ...{groups: {head: [0]}, tail: [2], strict: true},
    };
    const whole = await evaluateRobustness<tf.Tensor2D>(model, dataset, options);
    const shards = await inParts(of, (shard) =>
      evaluateShard<tf.Tensor2D>(model, dataset, shard, options),
    );
    expect(await mergeShards(shards)).toStrictEqual(whole);
    expect(shards.flatMap(({examples}) => examples)).toHaveLength(whole.examples);
    model.dispose();
  });

  it('merge costs, components, warnings and tallies of AutoAttack', async () => {
    const x = tf.randomUniform([10, 8, 8, 1], 0, 1, 'float32', 3);
    const images = {x: x as tf.Tensor4D, labels: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]};
    // A new one for each process, as one looks at the model on its first batch.
    const options = () => ({
      attacks: {
        aa: autoAttackForEvaluation({
          ...{epsilon: 0.02, version: 'custom', attacks: ['apgd-ce', 'square']},
          ...{steps: 5, queries: 20, diagnostics: true},
        }),
      },
      ...{batchSize: 3, rng: createRng(4)},
    });
    const model = tinyConvNet({seed: 1});
    const whole = await evaluateRobustness(model, images, options());
    const shards = await inParts(3, (shard) => evaluateShard(model, images, shard, options()));
    expect(whole.attacks.aa?.components?.length).toBeGreaterThan(1);
    expect(await mergeShards(shards)).toStrictEqual(whole);
    x.dispose();
  });

  it('go on from a checkpoint, each part from its own', async () => {
    const checkpoints = memoryCheckpoints();
    const model = denseNet();
    const options = {attacks: {quick: quickAttack}, batchSize: 2, rng: createRng(1)};
    const whole = await evaluateRobustness<tf.Tensor2D>(model, dataset, options);
    const stopped = new Error('stopped');
    const run = (shard: Shard, onProgress?: () => void) =>
      evaluateShard<tf.Tensor2D>(model, dataset, shard, {...options, checkpoints, onProgress});
    let batches = 0;
    const stop = () => {
      if (++batches === 2) throw stopped;
    };
    await expect(run({part: 1, of: 2}, stop)).rejects.toBe(stopped);
    const progress = vi.fn();
    const shards = [await run({part: 2, of: 2}), await run({part: 1, of: 2}, progress)];
    expect(progress).toHaveBeenCalledTimes(2); // of four batches two were done
    expect(await mergeShards(shards)).toStrictEqual(whole);
    model.dispose();
  });

  it('makes batches smaller before it leaves a part empty', async () => {
    const parts = [1, 2, 3, 4, 5].map((part) => ({part, of: 5}));
    const shards = await Promise.all(
      parts.map((shard) =>
        evaluateShard<tf.Tensor2D>(denseNet(), dataset, shard, {batchSize: 100}),
      ),
    );
    expect(shards.map(({examples}) => examples.length)).toEqual([4, 4, 4, 4, 1]);
  });

  it('leaves a part empty where there are fewer examples than parts', async () => {
    const attack = vi.fn<Attack<tf.Tensor2D>>();
    const shard = await evaluateShard(denseNet(), dataset, {part: 1, of: 40}, {attacks: {attack}});
    expect(shard).toMatchObject({examples: [], state: {done: 0, totals: [0, 0, 0]}});
    expect(attack).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, 'shard'],
    [{part: 0, of: 3}, 'shard.part'],
    [{part: 4, of: 3}, 'shard.part'],
    [{part: 1.5, of: 3}, 'shard.part'],
    [{part: 1, of: 0}, 'shard.of'],
    [{part: '1', of: 3}, 'shard.part'],
  ])('refuses %o before the model is run', async (shard, argument) => {
    const model = vi.fn();
    await expect(evaluateShard(model, dataset as never, shard as never)).rejects.toMatchObject({
      ...{name: 'InvalidArgumentError', where: 'evaluateShard', argument},
    });
    expect(model).not.toHaveBeenCalled();
  });
});
