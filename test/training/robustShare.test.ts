import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {robustShare} from '../../src/training/robustShare';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

it('is the share of one batch that is right under the attack, in inference mode', async () => {
  const dataset = cornerDataset([4, 4, 4]);
  const net = denseNet();
  const model = {inference: (x: tf.Tensor2D) => net.predict(x) as tf.Tensor2D};
  const seen: number[][] = [];
  const context = {
    ...{model, dataset, takesSingles: true},
    recipe: {
      batches: () => [
        [0, 4, 8, 9],
        [1, 2],
      ],
      batchSize: 4,
      dropLast: false,
    },
    settings: {rng: createRng(1), signal: undefined},
  } as unknown as Parameters<typeof robustShare<tf.Tensor2D>>[0];
  await expectNoLeak(async () => {
    const {x, labels} = dataset.batch([0, 4, 8, 9]);
    const right = tf.tidy(
      () =>
        tf
          .mean(tf.cast(tf.equal(tf.argMax(model.inference(x), 1), labels), 'float32'))
          .dataSync()[0],
    );
    const none = await robustShare(
      context,
      {
        fall: 0.2,
        attack: (_, batch, classes) => {
          seen.push(Array.from(classes.dataSync()));
          return tf.clone(batch);
        },
      },
      1,
    );
    expect(none).toBeCloseTo(right ?? NaN, 6);
    tf.dispose([x, labels]);
  });
  expect(seen).toEqual([[0, 1, 2, 2]]);
  net.dispose();
});
