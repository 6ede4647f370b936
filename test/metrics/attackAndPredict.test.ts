import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {attackAndPredict, predict} from '../../src/metrics/attackAndPredict';
import {expectClose, expectNoLeak, int} from '../support/tensors';

const identity = (x: tf.Tensor2D) => tf.clone(x);
const x = tf.tensor2d([[1, 0], [0.25, 0.5]]); // prettier-ignore
const batch = {x, labels: int([0, 1])};

it('predicts, and refuses another number of classes', async () => {
  await expectNoLeak(async () => {
    expect(await predict('here', identity, x, 2)).toEqual(Int32Array.of(0, 1));
    await expect(predict('here', identity, x, 3)).rejects.toThrow(
      /here: "model" must have the 3 classes of the dataset, found 2 classes/,
    );
  });
});

it('measures what an attack adds, if asked to', async () => {
  const given = {
    name: 'swap',
    attack: (_: unknown, clean: tf.Tensor2D) => tf.reverse(clean, 1),
    context: {},
  };
  await expectNoLeak(async () => {
    const measured = await attackAndPredict('here', identity, batch, 2, given, true);
    expect(measured.predicted).toEqual(Int32Array.of(1, 0));
    expectClose([measured.perturbation], [(1 + 1 + 0.25 + 0.25) / 4]);
    const {perturbation} = await attackAndPredict('here', identity, batch, 2, given);
    expect(perturbation).toBe(0);
    const cut = {...given, attack: () => tf.zeros<tf.Rank.R2>([1, 2])};
    await expect(attackAndPredict('here', identity, batch, 2, cut)).rejects.toThrow(
      /here: "attacks.swap" must return float32 \[2, 2\], all finite/,
    );
  });
});
