// A training in a process of its own: `train.ts <folder>`. Tells its parent each step, and a hash of the
// weights when it is done.
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {createHash} from 'node:crypto';

import * as tf from '@tensorflow/tfjs-core';

import {createRng} from '../../../src/core/rng';
import {arrayDataset} from '../../../src/data/arrayDataset';
import {fileCheckpoints} from '../../../src/node/fileCheckpoints';
import {preset} from '../../../src/presets/presets';
import {scalePreset} from '../../../src/presets/scalePreset';
import {trainPreset} from '../../../src/presets/trainPreset';
import {captureModelState} from '../../../src/training/trainerState';

const [, , folder = ''] = process.argv;
await tf.setBackend('wasm');

const labels = [...Array<number>(16).fill(0), ...Array<number>(6).fill(1), 2, 2];
const random = createRng(3);
const pixels = Float32Array.from({length: labels.length * 64}, () => random.uniform());
const dataset = arrayDataset(pixels, labels, {shape: [8, 8, 1], numClasses: 3});
const row = scalePreset(preset('cifar10-lt50/resnet18/paper'), {
  ...{epochs: 24, batchSize: 8, attackSteps: 1, learningRate: 0.01},
  network: {name: 'resnet18', width: 1},
});

const {model, result} = await trainPreset(row, dataset, {
  ...{rng: createRng(11), checkpoints: fileCheckpoints(folder), selectBy: 'clean'},
  evaluate: (classifier, {epoch}) => {
    const score = tf.tidy(() => tf.max(classifier(tf.ones([1, 8, 8, 1]))).dataSync()[0]);
    return {clean: epoch % 2 === 0 ? (score ?? NaN) : 0};
  },
  onProgress: ({phase, done}) => void process.send?.(`${phase} ${done}`),
});
const {variables, statistics} = await captureModelState<tf.Tensor4D>(model);
const hash = createHash('sha256');
for (const {values} of [...variables, ...statistics]) hash.update(values);
hash.update(JSON.stringify([result.history, result.best.epoch]));
process.send?.(`weights ${hash.digest('hex')}`, () => process.exit());
