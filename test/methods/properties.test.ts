// Identities between methods, whatever the net, the data and the seed.
import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import type {TrainingMethod} from '../../src/core/trainingMethod';
import {createRng} from '../../src/core/rng';
import {harlLoss} from '../../src/losses/harlLoss';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {distillation} from '../../src/methods/distillation';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {martTraining} from '../../src/methods/martTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {robalTraining} from '../../src/methods/robalTraining';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {quickAttack} from '../support/trainings';
import {int} from '../support/tensors';

type Vectors = tf.Tensor2D;
type Method = TrainingMethod<Vectors>;

const CLASSES = 4;
const attack = quickAttack;
const permuted = (order: readonly number[], values: readonly number[]) =>
  order.map((c) => values[c] as number);

/** The loss of the first step on a linear model and random inputs. */
async function lossOf(method: Method, kernel: tf.Tensor2D, labels: number[], seed: number) {
  const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, kernel);
  const x = tf.tidy(() => tf.clipByValue(tf.add(seeded<tf.Rank.R2>([6, 3], seed), 0.5), 0, 1));
  const batch = {x: x as Vectors, labels: int(labels)};
  const {loss, dispose} = await preparedStep(method, model, batch, {rng: createRng(seed)});
  const value = loss((input) => ({
    logits: model(input),
    features: tf.concat<tf.Tensor2D>([input, tf.square(input)], 1),
  }));
  dispose();
  tf.dispose({...batch});
  return value;
}

const cases = fc.record({
  seed: fc.integer({min: 1, max: 1e6}),
  labels: fc.array(fc.nat(CLASSES - 1), {minLength: 6, maxLength: 6}),
});

async function checkAll(property: (seed: number, labels: number[]) => Promise<void>) {
  await fc.assert(
    fc.asyncProperty(cases, ({seed, labels}) => property(seed, labels)),
    {numRuns: 8},
  );
}

const close = (a: number, b: number, tolerance = 1e-5) =>
  expect(Math.abs(a - b) / Math.max(1, Math.abs(b))).toBeLessThan(tolerance);

describe('identities', () => {
  it('a teacher that is the student itself adds nothing', () =>
    checkAll(async (seed, labels) => {
      const kernel = seeded<tf.Rank.R2>([3, CLASSES], seed, 3);
      const itself = (x: Vectors): tf.Tensor2D => tf.matMul(x, kernel);
      const base = tradesTraining({attack});
      const bare = await lossOf(base, kernel, labels, seed);
      const matched = gradientMatching(base, {teacher: itself, alpha: 60});
      close(await lossOf(matched, kernel, labels, seed), bare);
      const distilled = distillation(base, {teacher: itself, weight: 3});
      close(await lossOf(distilled, kernel, labels, seed), bare);
      close(await lossOf(adaAdTraining({teacher: itself, attack}), kernel, labels, seed), 0);
    }));

  it('balanced softmax with equal counts is cross-entropy; without margins, so is LDAM', () =>
    checkAll(async (seed, labels) => {
      const kernel = seeded<tf.Rank.R2>([3, CLASSES], seed, 3);
      const classCounts = [7, 7, 7, 7];
      const plain = await lossOf(pgdTraining({attack}), kernel, labels, seed);
      close(await lossOf(atBslTraining({attack, classCounts}), kernel, labels, seed), plain);
      const ldam = ldamTraining({attack, classCounts, maxMargin: 0, plainShare: 0});
      close(await lossOf(ldam, kernel, labels, seed), plain);
      const robal = robalTraining({
        ...{attack, classCounts, margin: 0, marginTau: 0, priorTau: 0},
        ...{scale: 1, regularization: 0},
      });
      close(await lossOf(robal, kernel, labels, seed), plain);
    }));

  const counted: Record<string, (classCounts: number[], teacher: Vectors) => Method> = {
    trades: () => tradesTraining({attack}),
    mart: () => martTraining({attack}),
    'at-bsl': (classCounts) => atBslTraining({attack, classCounts}),
    robal: (classCounts) => robalTraining({attack, classCounts, scale: 2}),
    ldam: (classCounts) => ldamTraining({attack, classCounts, plainShare: 0}),
    reat: (classCounts) => reatTraining({attack, classCounts, tailWeight: 0}),
    harl: () => pgdTraining({attack, loss: (z, y) => harlLoss(z, y)}),
    rslad: (_, teacher) =>
      rsladTraining({attack, teacher: (x: Vectors) => tf.matMul(x, teacher) as tf.Tensor2D}),
  };

  it.each(Object.entries(counted))('%s: permuting the classes changes no loss', (_, make) =>
    checkAll(async (seed, labels) => {
      const order = [2, 0, 3, 1];
      const counts = [40, 20, 10, 5];
      const kernel = seeded<tf.Rank.R2>([3, CLASSES], seed, 3);
      const teacher = seeded<tf.Rank.R2>([3, CLASSES], seed + 1, 3);
      const move = (w: tf.Tensor2D) => tf.gather(w, int(order), 1);
      const plain = await lossOf(make(counts, teacher), kernel, labels, seed);
      const moved = await lossOf(
        make(permuted(order, counts), move(teacher)),
        move(kernel),
        labels.map((y) => order.indexOf(y)),
        seed,
      );
      // Noise in the attack's signs where a gradient is nearly 0: 6e-4 at most in what has been seen.
      close(moved, plain, 3e-3);
    }),
  );
});
