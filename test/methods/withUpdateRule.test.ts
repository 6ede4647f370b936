import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import type {UpdateRule} from '../../src/core/updateRule';
import {gradientStep} from '../../src/methods/gradientStep';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {int} from '../support/tensors';

it("wraps the plain rule, or the method's own, the outermost first", async () => {
  const seen: UpdateRule[] = [];
  const outer: UpdateRule = () => tf.scalar(1);
  const inner: UpdateRule = () => tf.scalar(2);
  const first = withUpdateRule(naturalTraining<tf.Tensor2D>(), (rule) => {
    seen.push(rule);
    return inner;
  });
  const second = withUpdateRule(first, (rule) => {
    seen.push(rule);
    return outer;
  });
  const batch = {x: tf.tensor2d([[1]]), labels: int([0])};
  const {objective} = await preparedStep(second, linearModel([[1], [0]], [0, 0]), batch);
  expect(seen).toEqual([gradientStep, inner]);
  expect(objective.update).toBe(outer);
  expect(objective.adversarial).toBe(batch.x);
  tf.dispose({...batch});
});
