/**
 * AutoAttack's standard version as a whole beside the official code: the same networks and images, one
 * thread, CPU time. Networks other than that of the stored verdicts are trained here, adversarially, on the
 * Fashion-MNIST images of the repository.
 *
 *   git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
 *   PYTHONPATH=auto-attack PYTORCH_PYTHON=/path/to/python npm run bench autoAttackOfficial
 *
 * That Python needs torch (test/reference/requirements.txt); without it nothing is measured, and that is
 * said. BENCH_IMAGES is how many images are attacked, 200 by default; BENCH_NETWORKS chooses networks by
 * parts of their names, between commas. Both sides take turns BENCH_ROUNDS times, once by default; the least of
 * their times counts. On Node 20 our side runs with its flag for relaxed SIMD. Fails where
 * the goal is missed.
 */
import {spawn} from 'node:child_process';
import {loadavg} from 'node:os';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {asClassifier} from '../../src/core/classifier';
import {computedOn} from '../../src/core/computedOn';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {readDataset} from '../../src/node/readDataset';
import {sgd} from '../../src/optimizers/sgd';
import {train} from '../../src/training/train';
import {encodeFloats, readImages, readNetFixture, restoreNet} from '../reference/readFixture';
import {judge, row} from './judge';
import {smallNetwork, strided4} from './networks';

const PYTHON = process.env['PYTORCH_PYTHON'] ?? '';
const IMAGES = Number(process.env['BENCH_IMAGES'] ?? 200);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 1);
const WANTED = (process.env['BENCH_NETWORKS'] ?? '').split(',');
/** Speed of ours in that of the official code. */
const GOAL = 1.5;
/** Of a network that has learnt something. */
const LEAST_ACCURACY = 0.5;

interface Network {
  readonly name: string;
  readonly epsilon: number;
  readonly model: () => Promise<layers.LayersModel>;
}

/** Trained by PGD at half of the radius at which it is attacked, and then at all of it: at once it learns nothing. */
async function trained(model: layers.LayersModel, epsilon: number): Promise<layers.LayersModel> {
  const {train: data} = await readDataset('examples/data/fashion-mnist');
  if (data === undefined) throw new Error('The training images are missing.');
  for (const radius of [epsilon / 2, epsilon]) {
    const options = {epsilon: radius, steps: 5, stepSize: radius / 3, checkValues: false};
    const attack: Attack = (m, x, y, context) => pgdAttack(m, x, y, {...context, ...options});
    const recipe = {
      method: pgdTraining({attack}),
      ...{epochs: 3, batchSize: 64},
      optimizer: () => sgd({learningRate: 0.02, momentum: 0.9}),
    };
    await train(model, data, recipe, {rng: createRng(0)});
  }
  return model;
}

const fixture = readNetFixture();
const NETWORKS: readonly Network[] = [
  {
    name: 'three 3x3, stride 2 (stored verdicts)',
    epsilon: fixture.epsilon.linf,
    model: () => Promise.resolve(restoreNet(fixture)),
  },
  {name: 'two 4x4, stride 2', epsilon: 0.1, model: () => trained(strided4(), 0.1)},
  {name: 'two 3x3, max pooling', epsilon: 0.1, model: () => trained(smallNetwork('pool'), 0.1)},
];

const tensorOf = (tensor: tf.Tensor) => ({
  shape: tensor.shape,
  float32: encodeFloats(tensor.dataSync() as Float32Array),
});

/** The layers of a network as the other side reads them. */
function describe(model: layers.LayersModel) {
  return model.layers.flatMap((layer) => {
    const config = layer.getConfig();
    const weights = layer.getWeights().map(tensorOf);
    const relu = config['activation'] === 'relu';
    switch (layer.getClassName()) {
      case 'Conv2D':
        return {kind: 'conv', weights, relu, stride: (config['strides'] as number[])[0]};
      case 'MaxPooling2D':
        return {kind: 'maxPool'};
      case 'Flatten':
        return {kind: 'flatten'};
      case 'Dense':
        return {kind: 'dense', weights, relu};
      case 'InputLayer':
        return [];
      default:
        throw new Error(`No layer ${layer.getClassName()} on the other side.`);
    }
  });
}

interface Answer {
  readonly seconds: number;
  readonly robust: readonly number[];
  readonly logits: readonly number[];
}

async function compare(
  {name, epsilon, model: make}: Network,
  ask: (line: object) => Promise<Answer>,
) {
  const model = await make();
  const {x, labels} = await readImages(Array.from({length: IMAGES}, (_, i) => i));
  const question = {
    ...{layers: describe(model), images: tensorOf(x), labels: Array.from(labels.dataSync())},
    epsilon,
  };
  const theirs = await ask(question);
  const classify = asClassifier<tf.Tensor4D>(model);
  const logits = tf.tidy(() => classify(tf.slice(x, 0, 8)).dataSync());
  const difference = Math.max(...logits.map((z, i) => Math.abs(z - (theirs.logits[i] ?? NaN))));
  if (!(difference < 1e-3)) throw new Error(`${name}: logits differ by ${difference}.`);
  // The first run lets the engine compile; a few images do.
  const few = tf.tidy(() => [tf.slice(x, 0, 8), tf.slice(labels, 0, 8)] as const);
  await autoAttack(classify, few[0], few[1], {epsilon, diagnostics: false, rng: createRng(1)});
  const run = async () => {
    const started = process.cpuUsage();
    const {samples, robustAccuracy} = await autoAttack(classify, x, labels, {
      ...{epsilon, diagnostics: false, batchSize: 250, rng: createRng(0)},
    });
    const {user, system} = process.cpuUsage(started);
    return {samples, robustAccuracy, seconds: (user + system) / 1e6};
  };
  const {samples, robustAccuracy, ...first} = await run();
  let [ours, official] = [first.seconds, theirs.seconds];
  for (let round = 1; round < ROUNDS; round++) {
    official = Math.min(official, (await ask(question)).seconds);
    ours = Math.min(ours, (await run()).seconds);
  }
  const differing = samples.filter(
    ({verdict}, i) => (verdict === 'robust') !== (theirs.robust[i] === 1),
  ).length;
  // A network that names one class for every image is robust, and says nothing of speed.
  const clean = samples.filter(({verdict}) => verdict !== 'misclassified').length / IMAGES;
  if (clean < LEAST_ACCURACY)
    throw new Error(`${name} has an accuracy of ${clean}: train it better.`);
  const left = theirs.robust.reduce((sum, flag) => sum + flag, 0) / IMAGES;
  console.log(`${name}, L∞ ${epsilon}, ${IMAGES} images`);
  row(['  robust, ours and theirs', robustAccuracy.toFixed(3), left.toFixed(3)]);
  row(['  verdicts that differ', `${differing}`]);
  row(['  seconds, ours and theirs', ours.toFixed(1), official.toFixed(1)]);
  judge('  speed in that of the official code', official / ours, GOAL);
  tf.dispose([x, labels, ...few]);
  model.dispose();
}

if (PYTHON === '') {
  console.log('PYTORCH_PYTHON names no Python with torch: nothing is measured.');
} else {
  await tf.setBackend('wasm');
  await registerGradientKernels();
  const program = fileURLToPath(new URL('../reference/autoattack_steps_torch.py', import.meta.url));
  const child = spawn(PYTHON, [program], {stdio: ['pipe', 'pipe', 'inherit']});
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('The other side ended before its time.');
    return JSON.parse(line.value);
  };
  const said = JSON.stringify(await answer());
  console.log(
    `${computedOn()}, Node ${process.version}, ${said}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const network of NETWORKS) {
    if (!WANTED.some((part) => network.name.includes(part))) continue;
    await compare(network, (line) => {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return answer() as Promise<Answer>;
    });
  }
  child.stdin.end();
}
