import {readFile} from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {expectClose, int, numbers} from '../support/tensors';

// test/golden/batchNorm-torch.json, as test/reference/batch_norm_torch.py writes it.
interface Fixture {
  readonly settings: Readonly<
    Record<
      | 'steps'
      | 'batch'
      | 'size'
      | 'classes'
      | 'epsilon'
      | 'stepSize'
      | 'attackSteps'
      | 'learningRate'
      | 'momentum'
      | 'weightDecay',
      number
    >
  >;
  readonly pixels: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  readonly initial: readonly {readonly shape: number[]; readonly values: number[]}[];
  readonly losses: readonly number[];
  readonly final: readonly {readonly values: number[]}[];
}

const {layers} = tfl;

function network({settings, initial}: Fixture): tfl.Sequential {
  const norm = () => layers.batchNormalization({momentum: 0.9, epsilon: 1e-5});
  const net = tfl.sequential({
    layers: [
      layers.conv2d({inputShape: [settings.size, settings.size, 1], filters: 4, kernelSize: 3}),
      norm(),
      layers.activation({activation: 'tanh'}),
      layers.conv2d({filters: 6, kernelSize: 2}),
      norm(),
      layers.activation({activation: 'tanh'}),
      layers.flatten(),
      layers.dense({units: settings.classes}),
    ],
  });
  const weights = initial.map(({shape, values}) => tf.tensor(values, shape));
  net.setWeights(weights);
  tf.dispose(weights);
  return net;
}

// Losses and final weights of adversarial training on the fixture's batches.
async function followed(fixture: Fixture, bnVariance: 'biased' | 'unbiased') {
  const {settings, pixels, labels} = fixture;
  const {epsilon, stepSize, attackSteps: steps, size, batch} = settings;
  const net = network(fixture);
  const attack: Attack = (model, x, y) =>
    pgdAttack(model, x, y, {epsilon, stepSize, steps, checkValues: false});
  const optimizer = sgd({
    ...{learningRate: settings.learningRate, momentum: settings.momentum},
    weightDecay: settings.weightDecay,
  });
  const losses: number[] = [];
  for (const [step, values] of pixels.entries()) {
    const x = tf.tidy(() => tf.div(tf.tensor4d([...values], [batch, size, size, 1]), 255));
    const given = {x: x as tf.Tensor4D, labels: int([...(labels[step] ?? [])])};
    const loss = await trainStep(net, pgdTraining({attack}), given, optimizer, {bnVariance});
    losses.push(...numbers(loss));
    tf.dispose([loss, given.x, given.labels]);
  }
  const weights = net.getWeights().map(numbers);
  net.dispose();
  optimizer.dispose();
  return {losses, weights};
}

const largestGap = (a: readonly number[][], b: readonly {readonly values: number[]}[]) =>
  Math.max(
    ...a.flatMap((values, i) => values.map((v, j) => Math.abs(v - (b[i]?.values[j] ?? NaN)))),
  );

it('twenty steps of adversarial training agree with stock PyTorch to 1e-4', async () => {
  const url = new URL('../golden/batchNorm-torch.json', import.meta.url);
  const fixture = JSON.parse(await readFile(url, 'utf8')) as Fixture;
  const {losses, weights} = await followed(fixture, 'unbiased');
  expectClose(losses, [...fixture.losses], 1e-4);
  expect(largestGap(weights, fixture.final)).toBeLessThan(1e-4);
  // It is the option that does it.
  const biased = await followed(fixture, 'biased');
  expect(largestGap(biased.weights, fixture.final)).toBeGreaterThan(1e-3);
});
