import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Classifier} from '../../src/core/classifier';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import {createRng} from '../../src/core/rng';
import {robalTraining} from '../../src/methods/robalTraining';
import {adjustedClassifier} from '../../src/models/adjustedClassifier';
import {scoredClassifier} from '../../src/training/scored';
import {cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectClose, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const counts = [9, 5, 3];
const dataset = cornerDataset(counts);
const head = (model: Classifier<Vectors>) =>
  adjustedClassifier<Vectors>(model, counts, {scale: 10, tau: 0.5});

async function run(options: object = {}) {
  const model = denseNet();
  const scored: number[][] = [];
  const method = robalTraining<Vectors>({classCounts: counts, attack: quickAttack});
  const {history} = await trainWith(model, method, dataset, {
    ...{epochs: 2, batchSize: 5, rng: createRng(2)},
    evaluate: (net) => {
      scored.push(numbers(tf.tidy(() => net(tf.ones([1, 3])))));
      return {};
    },
    ...options,
  });
  const bare = numbers(tf.tidy(() => model.apply(tf.ones([1, 3])) as Vectors));
  const after = numbers(tf.tidy(() => scoredClassifier<Vectors>(model, options)(tf.ones([1, 3]))));
  model.dispose();
  return {losses: history.map(({loss}) => loss), scored, bare, after};
}

describe('the head of a recipe', () => {
  it('is what evaluate sees, and leaves the training as it is', async () => {
    const [plain, headed] = [await run(), await run({head})];
    expect(headed.losses).toEqual(plain.losses);
    expect(headed.bare).toEqual(plain.bare);
    expect(plain.scored[1]).toEqual(plain.bare);
    const shift = counts.map((n) => 0.5 * Math.log(n / 17));
    expectClose(
      headed.scored[1] ?? [],
      headed.bare.map((z, c) => 10 * z - (shift[c] ?? 0)),
    );
    expect(headed.after).toEqual(headed.scored[1]);
    expect(plain.after).toEqual(plain.bare);
  });

  it('is part of the identity of a training', async () => {
    const checkpoints = memoryCheckpoints();
    await run({head, checkpoints});
    await run({head, checkpoints});
    await expect(run({checkpoints})).rejects.toThrow(/head was .* and is nothing/);
  });
});
