import type * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {createRng} from '../../src/core/rng';
import type {EvaluateRobustnessOptions} from '../../src/metrics/prepareEvaluation';
import {linearModel} from './models';
import {cornerDataset} from './trainings';

/** What the workers of the tests evaluate: the same in every process. */
export const dataset = cornerDataset([40, 25, 15]);
export const model = linearModel([[1, 0.1, 0], [0, 1, 0.2], [0.1, 0, 1]], [0, 0.1, 0]); // prettier-ignore

const pgd: Attack<tf.Tensor2D> = (classify, x, labels, context) =>
  pgdAttack(classify, x, labels, {...context, epsilon: 0.25, steps: 3});

export const options = (): EvaluateRobustnessOptions<tf.Tensor2D> => ({
  ...{attacks: {pgd}, batchSize: 2, rng: createRng(3), predictions: true, tail: [2]},
});
