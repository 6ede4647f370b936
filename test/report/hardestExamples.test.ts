import {describe, expect, it} from 'vitest';

import * as tf from '@tensorflow/tfjs-core';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import type {Attack} from '../../src/core/attack';
import {createRng} from '../../src/core/rng';
import {arrayDataset} from '../../src/data/arrayDataset';
import {hardestExamples} from '../../src/report/hardestExamples';
import {brightness, brightnessData} from '../support/onePixel';
import {expectNoLeak} from '../support/tensors';

// Robust against 0.2 where a pixel is farther than that from 0.5.
const dataset = brightnessData([0.1, 0.35, 0.45, 0.55, 0.68, 0.95]);
const attack: Attack = (m, x, y, context) => fgsmAttack(m, x, y, {...context, epsilon: 0.2});

describe('hardestExamples', () => {
  it('are those that were sure and are broken, the surest first', async () => {
    const found = await hardestExamples(brightness, dataset, attack);
    expect(found.map(({example}) => example)).toEqual([4, 1, 2, 3]);
    expect(found[0]).toMatchObject({label: 1, cleanAnswer: 1, answer: 0, shape: [1, 1, 1]});
    expect(found[0]!.clean[0]).toBeCloseTo(0.68, 6);
    expect(found[0]!.adversarial[0]).toBeCloseTo(0.48, 6);
  });

  it('do not depend on the batch size, and keep to the indices and the count', async () => {
    const all = await hardestExamples(brightness, dataset, attack);
    expect(await hardestExamples(brightness, dataset, attack, {batchSize: 2})).toEqual(all);
    const some = await hardestExamples(brightness, dataset, attack, {indices: [0, 2, 3], count: 1});
    expect(some.map(({example}) => example)).toEqual([2]);
  });

  it('are none that the model gets wrong by itself, and none where nothing breaks', async () => {
    const swapped = {...dataset, labels: dataset.labels.map((label) => 1 - label)};
    expect(await hardestExamples(brightness, swapped, attack)).toEqual([]);
    expect(await hardestExamples(brightness, dataset, (_m, x) => x)).toEqual([]);
  });

  it('leave no tensor behind', async () => {
    await expectNoLeak(() => hardestExamples(brightness, dataset, attack, {batchSize: 4}));
    const signal = AbortSignal.abort(new Error('stop'));
    await expectNoLeak(() =>
      expect(hardestExamples(brightness, dataset, attack, {signal})).rejects.toThrow('stop'),
    );
  });

  it.each([
    [{count: 0}, 'count'],
    [{batchSize: 0}, 'batchSize'],
    [{indices: [9]}, 'indices'],
  ])('refuse %j', async (options, argument) => {
    await expect(hardestExamples(brightness, dataset, attack, options)).rejects.toThrow(
      `"${argument}" must`,
    );
  });
  it('are at most twelve, of batches of a hundred, unless told', async () => {
    const pixels = Array.from({length: 150}, (_, i) => 0.4 + 0.2 * (i / 150));
    const sizes: number[] = [];
    const watched: Attack = (m, x, y, context) => {
      sizes.push(x.shape[0]);
      return attack(m, x, y, context);
    };
    const found = await hardestExamples(brightness, brightnessData(pixels), watched);
    expect(found).toHaveLength(12);
    expect(sizes).toEqual([100, 50]);
    const three = await hardestExamples(brightness, brightnessData(pixels), watched, {count: 3});
    expect(three).toEqual(found.slice(0, 3));
  });

  it('are sure against the nearest other class, and the first of equals is the answer', async () => {
    // Logits of three classes are the channels of a pixel.
    const scores = (x: tf.Tensor4D) => tf.reshape(x, [-1, 3]) as tf.Tensor2D;
    const pixels = [0.9, 0.8, 0.1, 0.7, 0.2, 0.3, 0.5, 0.1, 0.5];
    const data = arrayDataset(Float32Array.from(pixels), [0, 0, 0], {
      ...{shape: [1, 1, 3], numClasses: 3},
    });
    const turn: Attack = (_m, x) => tf.reverse(x, 3);
    const found = await hardestExamples(scores, data, turn);
    // Margins 0.1 and 0.4; the third is a tie, and stays with class 0.
    expect(found.map(({example, answer}) => [example, answer])).toEqual([
      [1, 2],
      [0, 2],
    ]);
    const rounded = (values: ArrayLike<number>) =>
      Array.from(values, (value) => Number(value.toFixed(4)));
    expect(rounded(found[0]!.clean)).toEqual([0.7, 0.2, 0.3]);
    expect(rounded(found[0]!.adversarial)).toEqual([0.3, 0.2, 0.7]);
  });

  it('hand the attack its generator, and the examples by their numbers', async () => {
    const rng = createRng(3);
    const seen: unknown[] = [];
    const watched: Attack = (m, x, y, context) => {
      seen.push(context?.rng === rng, Array.from(context?.exampleIds ?? []));
      return attack(m, x, y, context);
    };
    await hardestExamples(brightness, dataset, watched, {rng, indices: [5, 2]});
    expect(seen).toEqual([true, [5, 2]]);
  });

  it('refuse an attack that is none, or that gives something else back', async () => {
    const of = (given: unknown, data: unknown = dataset) =>
      hardestExamples(brightness, data as typeof dataset, given as Attack);
    await expect(of('pgd')).rejects.toThrow(
      /^hardestExamples: "attack" must be a function, .* Pass one such as pgdAttack\.$/,
    );
    await expect(of(attack, [])).rejects.toThrow(/^hardestExamples: "dataset"/);
    await expectNoLeak(async () => {
      await expect(of((_m: unknown, x: tf.Tensor4D) => tf.reshape(x, [-1, 1]))).rejects.toThrow(
        /^hardestExamples: "attack" must return .*\[6, 1, 1, 1\].*, found .* Return the perturbed batch\.$/,
      );
      await expect(of(() => 5)).rejects.toThrow(/"attack" must return/);
    });
    await expect(hardestExamples(5 as never, dataset, attack)).rejects.toThrow(
      /^hardestExamples: /,
    );
  });
});
