import * as tf from '@tensorflow/tfjs-core';
import {expect, it, vi} from 'vitest';

import {prepareEvaluation} from '../../src/metrics/prepareEvaluation';
import {linearModel} from '../support/models';
import {cornerDataset} from '../support/trainings';

const dataset = cornerDataset([3, 2]);

it('takes all examples, in their order, or those that are asked for', async () => {
  const model = linearModel([[1, 0]], [0, 0]);
  const all = await prepareEvaluation('here', model, dataset, {});
  expect([...all.indices]).toEqual([0, 1, 2, 3, 4]);
  const some = await prepareEvaluation('here', model, dataset, {indices: [4, 0]});
  expect([...some.indices]).toEqual([4, 0]);
});

it.each([
  {options: {batchSize: 0}, argument: 'batchSize'},
  {options: {attacks: {clean: () => tf.zeros([1])}}, argument: 'attacks.clean'},
  {options: {tail: 1}, argument: 'classCounts'},
  {options: {indices: [5]}, argument: 'indices'},
])('refuses $argument before the model is run', async ({options, argument}) => {
  const model = vi.fn();
  await expect(prepareEvaluation('here', model, dataset, options as never)).rejects.toMatchObject({
    ...{name: 'InvalidArgumentError', where: 'here', argument},
  });
  expect(model).not.toHaveBeenCalled();
});
