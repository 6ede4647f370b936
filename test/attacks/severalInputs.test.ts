import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {carliniWagnerAttack} from '../../src/attacks/carliniWagner/carliniWagnerAttack';
import {deepFoolAttack} from '../../src/attacks/deepFoolAttack';
import {fabAttack} from '../../src/attacks/fab/fabAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {squareAttack} from '../../src/attacks/square/squareAttack';
import {byExample} from '../../src/core/byExample';
import {createRng} from '../../src/core/rng';

// A linear model of two classes whose bias is a second input, one per example: the margin of an
// example is w.x + bias, and an L-infinity ball of epsilon moves it by epsilon times |w|_1 = 4.
const EPSILON = 0.05;
const BIASES = [0.5, 0.1, -0.1, 0.3, 0.15, 0.05, 0.6, 0.19];
// Those whose margin is below 0.2 fall; that of example 2 is negative, and its label 1.
const FALLS = BIASES.map((bias) => Math.abs(bias) < 4 * EPSILON);

const weights = tf.tensor2d([[1], [-1], [1], [-1]]);
const biases = tf.tensor2d(BIASES.map((bias) => [bias]));
const x = tf.fill([BIASES.length, 2, 2, 1], 0.5) as tf.Tensor4D;
const labels = tf.tensor1d(
  BIASES.map((bias) => (bias > 0 ? 0 : 1)),
  'int32',
);
const model = byExample((images, exampleIds) =>
  tf.tidy(() => {
    const rows = tf.reshape(images, [images.shape[0], 4]);
    const margin = tf.add(tf.matMul(rows, weights), tf.gather(biases, exampleIds));
    return tf.concat2d([margin, tf.neg(margin)] as tf.Tensor2D[], 1);
  }),
);
afterAll(() => tf.dispose([weights, biases, x, labels]));

const options = {epsilon: EPSILON, rng: createRng(3)};

describe('a model that needs to know which examples it sees', () => {
  it('falls to PGD exactly where the closed form says', () => {
    const predicted = tf.tidy(() => {
      const adversarial = pgdAttack(model, x, labels, {epsilon: EPSILON, steps: 20});
      return Array.from(tf.argMax(model(adversarial), 1).dataSync());
    });
    const truth = Array.from(labels.dataSync());
    expect(predicted.map((label, i) => label !== truth[i])).toEqual(FALLS);
  });

  it.each([
    ['restarted PGD', () => restartedPgdAttack(model, x, labels, options)],
    ['APGD', () => apgdAttack(model, x, labels, options)],
    ['FAB', () => fabAttack(model, x, labels, options)],
  ] as const)('falls to %s exactly there, with rows dropped on the way', async (_name, attack) => {
    const before = tf.memory().numTensors;
    const {success, adversarial} = await attack();
    adversarial.dispose();
    expect(Array.from(success)).toEqual(FALLS);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('falls to random search where the margin is small, and nowhere else', async () => {
    const {success, adversarial} = await squareAttack(model, x, labels, {...options, queries: 500});
    adversarial.dispose();
    success.forEach((falls, i) => {
      if (!FALLS[i]) expect(falls).toBe(false);
      if (Math.abs(BIASES[i]!) <= 0.1) expect(falls).toBe(true);
    });
  });

  it('has the distances of the closed form under DeepFool and Carlini & Wagner', async () => {
    for (const attack of [
      () => deepFoolAttack(model, x, labels, {clip: null, norm: 'l2'}),
      () => carliniWagnerAttack(model, x, labels, {steps: 200, clip: [-1, 2]}),
    ]) {
      const {adversarial, minimalDistances: norms} = await attack();
      // |bias| / |w|_2, and a little beyond the boundary.
      BIASES.forEach((bias, i) => {
        expect(norms[i]! / (Math.abs(bias) / 2)).toBeGreaterThan(0.999);
        expect(norms[i]! / (Math.abs(bias) / 2)).toBeLessThan(1.3);
      });
      adversarial.dispose();
    }
  });

  it('falls to AutoAttack exactly there, in batches, on a part of the examples too', async () => {
    const whole = await autoAttack(model, x, labels, {...options, batchSize: 3, version: 'fast'});
    expect(whole.samples.map(({verdict}) => verdict === 'broken')).toEqual(FALLS);
    const ids = [7, 2, 0];
    const part = {x: tf.gather(x, ids), labels: tf.gather(labels, ids)};
    const some = await autoAttack(model.forExamples!(ids), part.x, part.labels, options);
    expect(some.samples.map(({verdict}) => verdict === 'broken')).toEqual(ids.map((i) => FALLS[i]));
    tf.dispose([part.x, part.labels]);
  });
});
