import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {createRng} from '../../src/core/rng';
import {arrayDataset} from '../../src/data/arrayDataset';
import {type CounterexampleSearch, findCounterexample} from '../../src/testing/counterexample';
import {expectNoLeak} from '../support/tensors';

// z = (0, w · x - 1): class 1 is lost once the weighted sum falls to 1 or below.
const WEIGHTS = [3, 0.25, 0, 1];
const model = (x: tf.Tensor4D): tf.Tensor2D => {
  const sum = tf.matMul(tf.reshape(x, [-1, 4]) as tf.Tensor2D, tf.tensor2d(WEIGHTS, [4, 1]));
  const score = tf.sub(sum, 1);
  return tf.concat([tf.zerosLike(score), score], 1) as tf.Tensor2D;
};

// w · x - 1 is 0.12 at this image: it takes 0.12 / 4.25 = 7.2/255 of every pixel under linf.
const pixels = Float32Array.of(0.2, 0.48, 0.5, 0.4);
const dataset = arrayDataset(pixels, [1], {shape: [2, 2, 1], numClasses: 2});
const search: CounterexampleSearch<tf.Tensor4D> = {
  ...{classify: model, dataset, attack: pgdAttack, norm: 'linf', epsilon: 0.2, clip: [0, 1]},
  rng: createRng(1),
};

describe('findCounterexample', () => {
  it('has the smallest epsilon and the fewest pixels', async () => {
    const found = (await findCounterexample(search, 0))!;
    expect(found).toMatchObject({example: 0, label: 1, answer: 0, pixels: 4, shape: [2, 2, 1]});
    expect(found.epsilon).toBeCloseTo(8 / 255, 10);
    // At 8/255 the first and the last pixel are needed (3 and 1 of 0.0314 make 0.1255); the second
    // can go, and the third never mattered.
    expect(found.changed).toBe(2);
    expect(found.distance).toBeLessThanOrEqual(8 / 255 + 1e-6);
    const moved = Array.from(found.adversarial, (v, i) => Math.abs(v - found.clean[i]!) > 0);
    expect(moved).toEqual([true, false, false, true]);
    const logits = tf.tidy(() => model(tf.tensor4d(found.adversarial, [1, 2, 2, 1])).dataSync());
    expect(logits[1]).toBeLessThanOrEqual(0);
  });

  it('has grey levels where these break the model, too', async () => {
    const bytes = Uint8Array.of(51, 122, 128, 102);
    const found = await findCounterexample(
      {...search, dataset: arrayDataset(bytes, [1], {shape: [2, 2, 1], numClasses: 2})},
      0,
    );
    expect(found!.isImage).toBe(true);
    for (const value of found!.adversarial)
      expect(255 * value).toBeCloseTo(Math.round(255 * value), 4);
  });

  it('leaves features without a range as they are', async () => {
    const found = await findCounterexample({...search, clip: null}, 0);
    expect(found).toMatchObject({isImage: false, changed: 2});
    expect(found!.epsilon).toBeGreaterThanOrEqual(7.2 / 255 - 1e-6);
  });

  it('works under L2, and with attacks that return a verdict', async () => {
    const attack = restartedPgdAttack;
    const found = (await findCounterexample({...search, attack, norm: 'l2', epsilon: 0.64}, 0))!;
    // The distance to the plane is 0.12 / |w|, 0.0379: the next of 32 parts of epsilon is 0.04.
    expect(found.epsilon).toBeCloseTo(0.04, 10);
    expect(found.distance).toBeLessThanOrEqual(0.04 * (1 + 1e-5));
  });

  it('is none where the attack does not break the example', async () => {
    expect(await findCounterexample({...search, epsilon: 5 / 255}, 0)).toBeUndefined();
  });

  it('counts the channels of a pixel once', async () => {
    const colours = arrayDataset(pixels, [1], {shape: [1, 1, 4], numClasses: 2});
    const found = await findCounterexample({...search, dataset: colours}, 0);
    expect(found).toMatchObject({changed: 1, pixels: 1});
  });

  it('leaves no tensor behind, also where it is aborted', async () => {
    const {signal} = AbortSignal.abort(new Error('stop')) && {
      signal: AbortSignal.abort(new Error('stop')),
    };
    await expectNoLeak(() => findCounterexample(search, 0));
    await expectNoLeak(() =>
      expect(findCounterexample({...search, signal}, 0)).rejects.toThrow('stop'),
    );
  });
});
