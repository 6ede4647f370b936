/**
 * A suite that a project may have in its CI: it fails if the model has become less robust than was
 * asked. `MODEL=weak` or `MODEL=strong` chooses the model.
 */
import '@tensorflow/tfjs-backend-wasm';

import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import {pgdAttack, type Dataset} from 'lt-robust';
import {readDataset} from 'lt-robust/node';
import {
  accuracyDoesNotRise,
  problemsOf,
  ROBUSTNESS_TIMEOUT,
  robustnessMatchers,
  staysInBall,
} from 'lt-robust/testing';
import {beforeAll, describe, expect, it} from 'vitest';

import {loadModel} from './loadModel';

expect.extend(robustnessMatchers);

const here = path.dirname(fileURLToPath(import.meta.url));
const classNames =
  'T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, boot'.split(', ');

let model: LayersModel;
let test: Dataset;

beforeAll(async () => {
  await tf.setBackend('wasm');
  model = await loadModel(
    path.join(here, 'models', process.env['MODEL'] ?? 'strong', 'model.json'),
  );
  const parts = await readDataset(path.join(here, '../data/fashion-mnist'));
  if (parts.test === undefined) throw new Error('There are no test images.');
  test = parts.test;
});

describe('the classifier of clothes', () => {
  it(
    'is robust against 8 grey levels, and so is each kind of clothes',
    async () => {
      await expect(model).toBeRobust(test, {
        epsilon: 8 / 255,
        atLeast: 0.6,
        perClass: 0.25,
        tail: {classes: [5, 7, 9], atLeast: 0.7}, // shoes, rare in the training set
        examples: 1000,
        classNames,
        ...(process.env['FOLDER'] === undefined ? {} : {folder: process.env['FOLDER']}),
      });
    },
    ROBUSTNESS_TIMEOUT,
  );

  it('is attacked within the ball, and a larger ball makes it no more robust', async () => {
    const problems = await problemsOf(model, test, {norms: ['linf'], maxBatch: 24});
    await fc.assert(staysInBall(pgdAttack, problems), {numRuns: 10});
    await fc.assert(accuracyDoesNotRise(pgdAttack, problems), {numRuns: 10});
  });

  it('keeps its answer when an image is a grey level brighter or darker', async () => {
    const {x} = await test.batch(Array.from({length: 200}, (_, i) => i));
    const answers = (change: number) =>
      tf.tidy(() => {
        const input = tf.clipByValue(tf.add(x, change / 255), 0, 1);
        return tf.argMax(model.predict(input) as tf.Tensor2D, 1).dataSync();
      });
    const before = answers(0);
    fc.assert(
      fc.property(fc.integer({min: -1, max: 1}), (change) => {
        const changed = answers(change).filter((answer, i) => answer !== before[i]).length;
        expect(changed).toBeLessThanOrEqual(10);
      }),
      {numRuns: 3},
    );
    x.dispose();
  });
});
