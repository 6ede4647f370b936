/**
 * What an attack costs beyond the gradients that it needs, in one process, interleaved.
 *
 *   npx tsx test/bench/attacks.bench.ts
 */
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier, type Classifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {smallConvNet} from '../../src/models/smallConvNet';
import {compare} from './compare';

await tf.setBackend('wasm');

// A convolutional classifier as people build it: the input gradient is most of the work.
const maxPoolNet = (): layers.LayersModel =>
  layers.sequential({
    layers: [
      layers.layers.conv2d({
        inputShape: [28, 28, 1],
        filters: 16,
        kernelSize: 3,
        activation: 'relu',
      }),
      layers.layers.maxPooling2d({poolSize: 2}),
      layers.layers.conv2d({filters: 32, kernelSize: 3, activation: 'relu'}),
      layers.layers.maxPooling2d({poolSize: 2}),
      layers.layers.flatten(),
      layers.layers.dense({units: 128, activation: 'relu'}),
      layers.layers.dense({units: 10}),
    ],
  });

async function benchmark(name: string, model: layers.LayersModel, batch: number): Promise<void> {
  const classifier: Classifier = asClassifier(model);
  const x = tf.randomUniform<tf.Rank.R4>([batch, 28, 28, 1], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Array.from({length: batch}, (_, i) => i % 10),
    'int32',
  );
  const bare = () => {
    for (let step = 0; step < 10; step++) {
      tf.dispose({...inputGradient(classifier, x, labels, crossEntropy)});
    }
  };
  const attack = (options: object) => () => {
    pgdAttack(classifier, x, labels, {epsilon: 0.1, ...options}).dispose();
  };
  const rng = createRng(1);
  await compare(`PGD-10 Linf, random start: ${name}`, attack({rng}), 'ten input gradients', bare);
  await compare(`PGD-10 L2: ${name}`, attack({norm: 'l2'}), 'ten input gradients', bare);
  tf.dispose([x, labels]);
  model.dispose();
}

await benchmark('max-pool net, batch 64', maxPoolNet(), 64);
const strided = smallConvNet({inputShape: [28, 28, 1], numClasses: 10});
await benchmark("the demo's strided net, batch 128", strided, 128);
