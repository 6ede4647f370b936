/**
 * The targets that gradients have to meet, each beside what is measured now: ratios to stock tfjs
 * kernels in one process, in turn, one thread, minima of CPU time (other load on the machine then
 * counts less). Where stock wasm has no filter gradient, it is stubbed at no cost.
 *
 *   npm run bench:gradients
 *
 * BENCH_SECONDS is how long each figure takes at least, 10 by default. Fails where one is missed.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

import {loadavg} from 'node:os';

import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {installGradientKernels} from '../../src/kernels/gradientKernels';
import {SIMD_GRADIENTS, SIMD_KERNELS} from '../../src/kernels/wasm/simdKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {judge, row} from './judge';
import {operationsOf, resnet18, smallNetwork, stubbed} from './networks';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);

/** Milliseconds of CPU time that this process has used. */
const clock = () => {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
};

type Timed = () => tf.TensorContainer;

/** Shortest time of each function, called in turn after a call or two to warm up. */
function minima<N extends string>(functions: Record<N, Timed>): Record<N, number> {
  const entries = Object.entries(functions) as [N, Timed][];
  const times = Object.fromEntries(entries.map(([name]) => [name, Infinity])) as Record<N, number>;
  // The second call of a gradient keeps what it made of the weights.
  entries.forEach(([, f]) => [1, 2].forEach(() => tf.dispose(f())));
  const end = performance.now() + 1000 * SECONDS;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const [name, f] of entries) {
      const start = clock();
      tf.dispose(f());
      times[name] = Math.min(times[name], clock() - start);
    }
  }
  return times;
}

/** Runs `body` as after `registerGradientKernels()`, which stock tfjs must not see. */
function registered<T>(body: () => T): T {
  const undo = installGradientKernels('wasm', SIMD_KERNELS, SIMD_GRADIENTS);
  try {
    return body();
  } finally {
    undo();
  }
}

interface Net {
  readonly name: string;
  readonly model: layers.LayersModel;
  readonly batch: number;
}

/** Functions of a network to be timed; `close` ends its attack. */
function stepsOf({model, batch}: Net) {
  const shape = model.inputs[0]?.shape.slice(1) as number[];
  const x = tf.randomUniform([batch, ...shape], 0, 1, 'float32', 12);
  const labels = tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 13);
  const classify = asClassifier<tf.Tensor>(model);
  const frozen = freezeWeights(classify);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const losses = (v: tf.Tensor, training: boolean) =>
    crossEntropy(model.apply(v, {training}) as tf.Tensor2D, labels);
  return {
    stock: () => tf.tidy(() => stubbed(() => tf.grad((v) => losses(v, false))(x))),
    attack: () => ({...inputGradient(frozen.classify, x, labels, crossEntropy)}),
    pgd10: () => pgdAttack(classify, x, labels, {steps: 10, checkValues: false}),
    training: () =>
      tf.tidy(() =>
        withGradientKernels(
          () => tf.variableGrads(() => tf.mean<tf.Scalar>(losses(x, true)), variables).grads,
        ),
      ),
    close: () => {
      frozen.dispose();
      tf.dispose([x, labels]);
    },
  };
}

/** Peak bytes of the tensors, over all kernel calls. */
const peakOf = async (f: Timed) => (await tf.profile(() => tf.dispose(f()))).peakBytes;

async function network(net: Net, target: number): Promise<void> {
  const {stock, attack, pgd10, training, close} = stepsOf(net);
  const big = tf.randomNormal([1024, 1024]);
  const product = tf.randomNormal([1024, 1024]);
  const isResnet = net.name.startsWith('ResNet');
  const withTarget = net.name.includes('width 16');
  const times = minima({
    stock,
    attack: () => registered(attack),
    composed: attack,
    pgd10: () => registered(pgd10),
    matMul: () => tf.matMul(big, product),
    training: () => registered(training),
  });
  const rate = (operations: number, ms: number) => operations / ms / 1e6;
  const peak = 2 * 1024 ** 3;
  const own = rate(2 * net.batch * operationsOf(net.model), times.attack);
  console.log(
    `${net.name}, batch ${net.batch}: attack step ${times.attack.toFixed(1)} ms, ` +
      `${own.toFixed(1)} GF/s; stock ${times.stock.toFixed(0)} ms; ` +
      `matMul ${rate(peak, times.matMul).toFixed(1)} GF/s`,
  );
  judge('  attack step, times as fast as stock', times.stock / times.attack, target);
  row([
    '  ten steps of pgdAttack, all included, likewise',
    ((10 * times.stock) / times.pgd10).toFixed(2),
  ]);
  row(['  likewise, kernels not registered for good', (times.stock / times.composed).toFixed(2)]);
  if (isResnet) judge("  share of the backend's matMul rate", own / rate(peak, times.matMul), 0.6);
  const inAttackSteps = times.training / times.attack;
  if (withTarget) judge('  training step, in attack steps', inAttackSteps, undefined, 3);
  else row(['  training step, in attack steps', inAttackSteps.toFixed(2)]);
  const ours = await peakOf(() => registered(attack));
  judge('  peak bytes, in those of stock', ours / (await peakOf(stock)), undefined, 1.3);
  close();
  tf.dispose([big, product]);
  net.model.dispose();
}

await tf.setBackend('wasm');
console.log(`load ${loadavg()[0]?.toFixed(1)} at the start, backend wasm`);
await network({name: 'ResNet-18 width 16', model: resnet18(16), batch: 32}, 6);
await network({name: 'ResNet-18 width 64', model: resnet18(64), batch: 8}, 5);
await network({name: 'CNN (pool)', model: smallNetwork('pool'), batch: 64}, 3);

await tf.setBackend('cpu');
const cpuNet = {name: 'Conv-BN-ReLU', model: smallNetwork('batchNorm'), batch: 4};
const {stock, attack, close} = stepsOf(cpuNet);
const times = minima({stock, attack});
console.log(
  `${cpuNet.name} on cpu, batch ${cpuNet.batch}: attack step ${times.attack.toFixed(1)} ms; ` +
    `stock ${times.stock.toFixed(0)} ms`,
);
judge('  attack step, times as fast as stock', times.stock / times.attack, 10);
close();
cpuNet.model.dispose();
console.log(`load ${loadavg()[0]?.toFixed(1)} at the end`);
