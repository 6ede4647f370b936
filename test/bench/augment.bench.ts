/**
 * What augmenting a batch costs beside one attack step, in one process, interleaved. The target is
 * a tenth.
 *
 *   npx tsx test/bench/augment.bench.ts
 */
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {augmentInTurn} from '../../src/data/augment/augmentInTurn';
import {autoAugment} from '../../src/data/augment/autoAugment';
import {cropAndFlip} from '../../src/data/augment/cropAndFlip';
import {cutMix} from '../../src/data/augment/cutMix';
import {cutout} from '../../src/data/augment/cutout';
import {mixUp} from '../../src/data/augment/mixUp';
import {randAugment} from '../../src/data/augment/randAugment';
import {smallConvNet} from '../../src/models/smallConvNet';
import {compare} from './compare';
import {judge} from './judge';
import {resnet18} from './networks';

await tf.setBackend('wasm');

const BATCH = 128;
const TARGET = 0.1;
const rng = createRng(1);
const values = Float32Array.from({length: BATCH * 32 * 32 * 3}, () => rng.integer(256) / 255);
const x = tf.tensor4d(values, [BATCH, 32, 32, 3]);
const labels = tf.tensor1d(
  Array.from({length: BATCH}, (_, i) => i % 10),
  'int32',
);
const batch = {x, labels};

const augmentations: Record<string, () => unknown> = {
  cropAndFlip: () => cropAndFlip()(x, rng),
  'randAugment (2, 8)': () => randAugment()(x, rng),
  autoAugment: () => autoAugment()(x, rng),
  'randAugment, then cropAndFlip': () => augmentInTurn(randAugment(), cropAndFlip())(x, rng),
  cutout: () => cutout()(x, rng),
  mixUp: () => mixUp({numClasses: 10})(batch, rng),
  cutMix: () => cutMix({numClasses: 10})(batch, rng),
};

const models = {
  'the small CNN': smallConvNet({inputShape: [32, 32, 3], numClasses: 10}),
  'ResNet-18, 16 channels': resnet18(16),
};

const ratios: [name: string, ratio: number][] = [];
for (const [modelName, model] of Object.entries(models)) {
  const step = () => {
    pgdAttack(model, x, labels, {steps: 1, checkValues: false}).dispose();
  };
  for (const [name, augment] of Object.entries(augmentations)) {
    const run = async () => {
      const result = (await augment()) as tf.TensorContainer;
      tf.dispose(result);
    };
    const ratio = await compare(name, run, `an attack step on ${modelName}`, step);
    ratios.push([`${name} beside ${modelName}`, ratio]);
  }
}
for (const [name, ratio] of ratios) judge(name, ratio, undefined, TARGET);
