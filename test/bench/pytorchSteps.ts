// Our side of pytorch.bench.ts: for each line that it reads one step of ours, timed, with as many
// threads as its argument says.
import {createInterface} from 'node:readline';

import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

import {asClassifier} from '../../src/core/classifier';
import {computedOn} from '../../src/core/computedOn';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {wideResnet} from '../../src/models/wideResnet';
import {startWasmThreads} from '../../src/node/startWasmThreads';
import {sgd} from '../../src/optimizers/sgd';
import {resnet18, smallNetwork} from './networks';

/** What the bench asks for. */
export interface Asked {
  readonly network: string;
  readonly batch: number;
  readonly step: 'attack' | 'training';
  /** Steps before the one that is timed. */
  readonly warmups: number;
}

const NETWORKS: Readonly<Record<string, () => layers.LayersModel>> = {
  'ResNet-18 w16': () => resnet18(16),
  'ResNet-18 w64': () => resnet18(64),
  'WRN-16-4': () => wideResnet({inputShape: [32, 32, 3], numClasses: 10, depth: 16, width: 4}),
  CNN: () => smallNetwork('pool'),
};

function stepsOf({network, batch}: Asked) {
  const model = NETWORKS[network]?.();
  if (model === undefined) throw new Error(`No network is called ${network}.`);
  const shape = model.inputs[0]?.shape.slice(1) as number[];
  const x = tf.randomUniform<tf.Rank.R4>([batch, ...shape] as never, 0, 1, 'float32', 1);
  const labels = tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2);
  const frozen = freezeWeights(asClassifier<tf.Tensor4D>(model));
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = sgd({learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4});
  const loss = () =>
    tf.mean<tf.Scalar>(crossEntropy(model.apply(x, {training: true}) as tf.Tensor2D, labels));
  return {
    attack: () => tf.dispose({...inputGradient(frozen.classify, x, labels, crossEntropy)}),
    training: () =>
      tf.tidy(() =>
        withGradientKernels(() => {
          optimizer.applyGradients(tf.variableGrads(loss, variables).grads);
        }),
      ),
    close: () => {
      frozen.dispose();
      optimizer.dispose();
      model.dispose();
      tf.dispose([x, labels]);
    },
  };
}

const threads = Number(process.argv[2]);
if (threads > 1) await startWasmThreads(threads);
else await tf.setBackend('wasm');
await registerGradientKernels();
console.log(JSON.stringify({computedOn: computedOn(), node: process.version}));

let key = '';
let steps: ReturnType<typeof stepsOf> | undefined;
for await (const line of createInterface({input: process.stdin})) {
  const asked = JSON.parse(line) as Asked;
  if (steps === undefined || key !== `${asked.network} ${asked.batch}`) {
    steps?.close();
    key = `${asked.network} ${asked.batch}`;
    steps = stepsOf(asked);
  }
  const step = steps[asked.step];
  for (let i = 0; i < asked.warmups; i++) step();
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  step();
  const {user, system} = process.cpuUsage(cpu);
  console.log(JSON.stringify({cpu: (user + system) / 1000, wall: performance.now() - wall}));
}
process.exit(0);
