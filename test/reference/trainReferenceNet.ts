/**
 * Trains the small conv net on which AutoAttack is compared with the official implementation, and
 * writes its weights and its logits on the test images. About two minutes on one core.
 *
 * Run:  npx tsx test/reference/trainReferenceNet.ts test/golden/autoattack-net.json
 * Then: test/reference/autoattack_torch.py
 */
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';

import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack, type PgdOptions} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {subset} from '../../src/core/dataset';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {smallConvNet} from '../../src/models/smallConvNet';
import {readDataset} from '../../src/node/readDataset';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {multiStep} from '../../src/optimizers/schedules';
import {sgd} from '../../src/optimizers/sgd';
import {train} from '../../src/training/train';
import {encodeFloats, type NetFixture} from './readFixture';

const COMMAND = 'npx tsx test/reference/trainReferenceNet.ts test/golden/autoattack-net.json';
const TRAINING = {
  ...{epsilon: 0.1, attackSteps: 7, epochs: 12, batchSize: 64},
  ...{learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4, milestones: [9, 11], seed: 4},
};
const ARCHITECTURE = {inputShape: [28, 28, 1], numClasses: 10, channels: [8, 16]} as const;
// At these radii about half of the images that the network gets right fall.
const EPSILON = {linf: 0.15, l2: 1};
const IMAGES = 500;

const [, , target] = process.argv;
if (target === undefined) throw new Error(`Usage: ${COMMAND}`);
await tf.setBackend('wasm');
await registerGradientKernels();

const {train: trainingSet, test} = await readDataset('examples/data/fashion-mnist');
if (trainingSet === undefined || test === undefined) throw new Error('no data');
const indices = Array.from({length: IMAGES}, (_, i) => i);
const evaluation = subset(test, indices);
const rng = createRng(TRAINING.seed);
const {epsilon, attackSteps, epochs, batchSize, learningRate, momentum, weightDecay, milestones} =
  TRAINING;
const pgd =
  (options: PgdOptions): Attack =>
  (model, x, labels, context) =>
    pgdAttack(model, x, labels, {...context, ...options, checkValues: false});

const started = performance.now();
const model = smallConvNet({...ARCHITECTURE, seed: rng.fork('weights').seed()});
const recipe = {
  method: pgdTraining({attack: pgd({epsilon, steps: attackSteps})}),
  ...{epochs, batchSize},
  optimizer: () => sgd({learningRate, momentum, weightDecay}),
  schedule: multiStep({learningRate, milestones}),
};
await train(model, trainingSet, recipe, {
  rng: rng.fork('train'),
  onEpoch: ({epoch, loss}) => {
    console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
  },
});
const report = await evaluateRobustness(model, evaluation, {
  attacks: {
    linf: pgd({epsilon: EPSILON.linf, steps: 20}),
    l2: pgd({norm: 'l2', epsilon: EPSILON.l2, steps: 20}),
  },
  rng: rng.fork('test'),
});
const score = (name: string) => report.attacks[name]?.accuracy ?? NaN;
const accuracies = {clean: report.clean.accuracy, pgd20: {linf: score('linf'), l2: score('l2')}};
console.log(accuracies, `${((performance.now() - started) / 1000).toFixed(0)} s`);

const {x} = test.batch(indices);
const logits = model.predict(x) as tf.Tensor2D;
const bytes = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;
const fixture: NetFixture = {
  provenance: {
    command: COMMAND,
    date: new Date().toISOString().slice(0, 10),
    tfjs: tf.version_core,
    node: process.version,
    training: TRAINING,
    accuracies,
  },
  architecture: ARCHITECTURE,
  epsilon: EPSILON,
  images: {
    count: IMAGES,
    pixelsSha256: createHash('sha256')
      .update(new Uint8Array(bytes(x).buffer))
      .digest('hex'),
    labels: Array.from(evaluation.labels),
  },
  weights: model.getWeights().map((w) => ({shape: w.shape, float32: encodeFloats(bytes(w))})),
  logits: encodeFloats(bytes(logits)),
};
writeFileSync(target, `${JSON.stringify(fixture, null, 1)}\n`);
