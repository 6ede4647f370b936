/*
 * Run by scripts/peers.ts in a folder where the packed package and some version of TensorFlow.js are
 * installed: attacks against a closed form, AutoAttack, an audit against finite differences, a
 * training step against its formula, a model saved and loaded, and a graph model of TensorFlow's converter
 * against TensorFlow's logits and gradient, on cpu and wasm.
 */
import assert from 'node:assert/strict';
import {Buffer} from 'node:buffer';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {stdout} from 'node:process';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import {loadGraphModel} from '@tensorflow/tfjs-converter';
import * as layers from '@tensorflow/tfjs-layers';
import {
  asClassifier,
  auditGradients,
  autoAttack,
  createRng,
  crossEntropy,
  evaluateRobustness,
  inputGradient,
  naturalTraining,
  pgdAttack,
  pgdTraining,
  sgd,
  trainStep,
} from 'lt-robust';
import {fileModel} from 'lt-robust/node';

const near = (found, expected, tolerance = 1e-5) => {
  assert.equal(found.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(found[i] - value) <= tolerance, `${found[i]} is not ${value} (value ${i})`);
  });
};
const glorot = (seed) => layers.initializers.glorotUniform({seed});
const convNet = () =>
  layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...{inputShape: [8, 8, 1], filters: 4, kernelSize: 3, kernelInitializer: glorot(1)},
      }),
      layers.layers.batchNormalization(),
      layers.layers.reLU(),
      layers.layers.maxPooling2d({poolSize: 2}),
      layers.layers.depthwiseConv2d({kernelSize: 2, depthwiseInitializer: glorot(3)}),
      layers.layers.flatten(),
      layers.layers.dense({units: 3, activation: 'softmax', kernelInitializer: glorot(2)}),
    ],
  });

const fixture = JSON.parse(await readFile('graph-keras.json', 'utf8'));
async function checkGraph() {
  const {weights, weightsManifest, ...topology} = fixture.model;
  const bytes = Buffer.from(weights, 'base64');
  const graph = await loadGraphModel({
    load: () => ({
      ...topology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    }),
  });
  const x = tf.tensor4d(fixture.x, [4, 6, 6, 2]);
  const labels = tf.tensor1d(fixture.labels, 'int32');
  near(asClassifier(graph)(x).dataSync(), fixture.logits, 1e-4);
  const {gradient} = inputGradient(asClassifier(graph), x, labels, crossEntropy);
  near(gradient.dataSync(), fixture.gradient, 1e-4);
}

for (const backend of ['cpu', 'wasm']) {
  assert.ok(await tf.setBackend(backend));
  const weights = tf.tensor2d([
    [1, -1],
    [-2, 2],
  ]);
  const linear = (x) => tf.matMul(x, weights);
  const rows = tf.tensor2d([
    [0.5, 0.5],
    [0.4, 0.1],
  ]);
  const two = tf.tensor1d([0, 0], 'int32');
  near(pgdAttack(linear, rows, two, {epsilon: 0.1}).dataSync(), [0.4, 0.6, 0.3, 0.2]);
  const report = await autoAttack(linear, rows, two, {
    ...{epsilon: 0.06, rng: createRng(1), attacks: ['apgd-ce', 'apgd-t', 'fab-t']},
  });
  // Margins 2 (x - 2 y): -1 is wrong from the start, 0.4 stands 0.06 (which takes 6 times as much).
  assert.deepEqual(
    report.samples.map(({verdict}) => verdict),
    ['misclassified', 'robust'],
  );

  const model = convNet();
  const x = tf.tensor4d(
    Array.from({length: 6 * 64}, (_, i) => 0.5 + 0.4 * Math.sin(i * i)),
    [6, 8, 8, 1],
  );
  const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
  const audit = await auditGradients(model, x, labels);
  assert.ok(audit.ok, `gradients on ${backend}: ${JSON.stringify(audit)}`);
  const {clean} = await evaluateRobustness(model, {x, labels}, {attacks: {pgd: pgdAttack}});
  const classes = Array.from(tf.argMax(model.predict(x), 1).dataSync());
  const right = [0, 1, 2, 0, 1, 2].filter((label, i) => label === classes[i]).length;
  assert.equal(clean.accuracy, right / 6);

  // One step of a linear net: w - rate * mean of x (p - y).
  const net = layers.sequential({
    layers: [
      layers.layers.dense({units: 2, inputShape: [2], useBias: false, kernelInitializer: 'zeros'}),
    ],
  });
  const optimizer = sgd({learningRate: 1});
  const loss = await trainStep(net, naturalTraining(), {x: rows, labels: two}, optimizer);
  near(loss.dataSync(), [Math.log(2)]);
  near(net.getWeights()[0].dataSync(), [0.225, -0.225, 0.15, -0.15]);
  const robust = await trainStep(model, pgdTraining(), {x, labels}, optimizer, {rng: createRng(1)});
  assert.ok(Number.isFinite(robust.dataSync()[0]));

  const folder = await mkdtemp(path.join(tmpdir(), 'lt-robust-'));
  await model.save(fileModel(folder));
  const loaded = await layers.loadLayersModel(fileModel(folder));
  near(loaded.predict(x).dataSync(), Array.from(model.predict(x).dataSync()), 1e-6);
  await rm(folder, {recursive: true});
  await checkGraph();
  stdout.write(`${backend}: ok, tfjs ${tf.version_core}\n`);
}
