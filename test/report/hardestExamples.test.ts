import {describe, expect, it} from 'vitest';

import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import type {Attack} from '../../src/core/attack';
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
});
