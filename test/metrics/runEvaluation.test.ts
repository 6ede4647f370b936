import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import type {Progress} from '../../src/core/progress';
import {prepareEvaluation} from '../../src/metrics/prepareEvaluation';
import {runEvaluation} from '../../src/metrics/runEvaluation';
import {linearModel} from '../support/models';
import {cornerDataset} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

// The class of a corner is its largest coordinate.
const model = linearModel([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0]); // prettier-ignore

it('counts the examples that it is given, and no other', async () => {
  const seen: number[] = [];
  const steps: Progress[] = [];
  const attack: Attack<tf.Tensor2D> = (_, x, __, {exampleIds = []} = {}) => {
    seen.push(...Array.from(exampleIds));
    return tf.clone(x);
  };
  const prepared = await prepareEvaluation('here', model, cornerDataset([3, 2, 4]), {
    ...{attacks: {attack}, batchSize: 2},
    onProgress: (progress) => void steps.push(progress),
  });
  await expectNoLeak(async () => {
    const counts = await runEvaluation(prepared, Int32Array.of(1, 4, 8));
    expect(counts.totals).toEqual([1, 1, 1]);
    expect(counts.clean.correct).toEqual([1, 1, 1]);
  });
  expect(seen).toEqual([1, 4, 8]);
  expect(steps.map(({done, total}) => [done, total])).toEqual([
    [1, 2],
    [2, 2],
  ]);
});
