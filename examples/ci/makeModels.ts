/**
 * Trains the two models of this example, one on clean images and one on attacked ones, and writes
 * them to `models/`. They are in the repository: run this only to make them anew.
 *
 *     npx tsx examples/ci/makeModels.ts
 */
import '@tensorflow/tfjs-backend-wasm';

import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers, sequential, type LayersModel} from '@tensorflow/tfjs-layers';
import {
  asTrainableClassifier,
  createRng,
  crossEntropy,
  pgdAttack,
  shuffledBatches,
} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';
import {readDataset} from 'lt-robust/node';

const here = path.dirname(fileURLToPath(import.meta.url));

await tf.setBackend('wasm');
registerGradientKernels();
const {train, test} = await readDataset(path.join(here, '../data/fashion-mnist'));
if (train === undefined || test === undefined) throw new Error('The data are not there.');

function network(): LayersModel {
  const init = (seed: number) => initializers.heNormal({seed});
  return sequential({
    layers: [
      layers.flatten({inputShape: [28, 28, 1]}),
      layers.dense({units: 24, activation: 'relu', kernelInitializer: init(1)}),
      layers.dense({units: 10, activation: 'softmax', kernelInitializer: init(2)}),
    ],
  });
}

async function trained(epochs: number, epsilon: number): Promise<LayersModel> {
  const model = network();
  const {inference, variables} = asTrainableClassifier(model);
  const optimizer = tf.train.adam(2e-3);
  const rng = createRng(1);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const batches = shuffledBatches(train!.labels.length, 64, {rng: rng.fork(epoch)});
    for (const indices of batches) {
      const {x, labels} = await train!.batch(indices);
      const options = {epsilon, steps: 7, rng: rng.fork(epoch), exampleIds: indices};
      const input = epsilon === 0 ? x : pgdAttack(inference, x, labels, options);
      optimizer.minimize(() => tf.mean(crossEntropy(inference(input), labels)), false, [
        ...variables,
      ]);
      tf.dispose([x, input, labels]);
    }
    console.log(`epoch ${epoch} of ${epochs}`);
  }
  return model;
}

for (const [name, model] of [
  ['weak', await trained(12, 0)],
  ['strong', await trained(25, 12 / 255)],
] as const) {
  const folder = path.join(here, 'models', name);
  await mkdir(folder, {recursive: true});
  await model.save({
    async save({modelTopology, weightSpecs, weightData}) {
      const weights = weightData as ArrayBuffer;
      const manifest = [{paths: ['weights.bin'], weights: weightSpecs}];
      const json = {format: 'layers-model', modelTopology, weightsManifest: manifest};
      await writeFile(path.join(folder, 'model.json'), JSON.stringify(json));
      await writeFile(path.join(folder, 'weights.bin'), new Uint8Array(weights));
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    },
  });
}
