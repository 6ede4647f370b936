/**
 * WebGPU in Node on a real GPU: `npm run device`. It compares attacks and training steps of a small net
 * with cpu, the input gradient of ResNet-18 with wasm, and times attack and training steps of ResNet-18
 * at full width. It takes under five minutes; without a GPU it says so and ends well, unless
 * REQUIRE_GPU is set. `-- --software` runs it without a GPU, on a narrow net.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {resnet18} from '../../src/models/resnet18';
import {startWebGpu} from '../../src/node/startWebGpu';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {tinyConvNet} from '../support/models';
import {WEBGPU_RUNS, webgpuInputs} from '../support/webgpuRuns';

const software = process.argv.includes('--software');
const WIDTH = software ? 8 : 64;
const BATCH = software ? 2 : 128;
/** Seconds in which the repeats of one figure have to end. */
const SECONDS = software ? 1 : 15;

const say = (text: string) => process.stdout.write(`${text}\n`);
let failures = 0;
function check(name: string, error: number, tolerance: number): void {
  const ok = error <= tolerance; // not for NaN
  if (!ok) failures++;
  say(`${ok ? 'ok    ' : 'FAILED'} ${name}: largest difference ${error.toExponential(1)}`);
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length
    ? Array.from(a).reduce((max, value, i) => {
        const error = Math.abs(value - (b[i] ?? NaN));
        return error <= max ? max : error;
      }, 0)
    : NaN;

/** Small nets, everything with default options, against cpu. */
async function compareWithCpu(): Promise<void> {
  for (const [name, run] of Object.entries(WEBGPU_RUNS)) {
    const found: ArrayLike<number>[] = [];
    for (const backend of ['cpu', 'webgpu']) {
      await tf.setBackend(backend);
      const [model, inputs] = [tinyConvNet(), webgpuInputs()];
      found.push(await run(model, inputs));
      model.dispose();
      tf.dispose(Object.values(inputs));
    }
    check(`${name}, against cpu`, largestDifference(found[0] ?? [], found[1] ?? []), 1e-4);
  }
}

const images = (batch: number) =>
  tf.tidy(() => tf.randomUniform<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 3));
const classes = (batch: number) =>
  tf.tensor1d(
    Int32Array.from({length: batch}, (_, i) => i % 10),
    'int32',
  );
const network = () => resnet18({width: WIDTH, numClasses: 10, inputShape: [32, 32, 3], seed: 1});

/** The gradient at the input of ResNet-18, relative to its largest value, against wasm. */
async function compareResnet(): Promise<void> {
  const found: Float32Array[] = [];
  for (const backend of ['wasm', 'webgpu']) {
    await tf.setBackend(backend);
    const undo = await registerGradientKernels();
    const [model, x, labels] = [network(), images(4), classes(4)];
    const {gradient, ...rest} = inputGradient(asClassifier(model), x, labels, crossEntropy);
    found.push(await gradient.data<'float32'>());
    tf.dispose([gradient, rest, x, labels]);
    model.dispose();
    undo();
  }
  const [wasm = new Float32Array(), gpu = new Float32Array()] = found;
  const scale = wasm.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  check('gradient of ResNet-18, against wasm', largestDifference(wasm, gpu) / scale, 1e-3);
}

/** Median time of a call, whose result is awaited; the first call, which compiles shaders, apart. */
async function time(name: string, work: () => Promise<tf.Tensor>): Promise<void> {
  const once = async () => {
    const start = performance.now();
    const result = await work();
    await result.data();
    result.dispose();
    return performance.now() - start;
  };
  const first = await once();
  const times: number[] = [];
  const until = performance.now() + SECONDS * 1000;
  do times.push(await once());
  while (times.length < 10 && performance.now() < until);
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
  const rate = (BATCH * 1000) / median;
  say(
    `       ${name}: ${median.toFixed(0)} ms, ${rate.toFixed(0)} images/s; first ${first.toFixed(0)} ms`,
  );
}

async function timeResnet(): Promise<void> {
  await tf.setBackend('webgpu');
  const undo = await registerGradientKernels();
  const [model, x, labels] = [network(), images(BATCH), classes(BATCH)];
  const optimizer = sgd({learningRate: 0.01, momentum: 0.9});
  say(`ResNet-18, width ${WIDTH}, batches of ${BATCH} images of 32 x 32`);
  const step = {steps: 1, checkValues: false};
  await time('forward pass', async () => tf.tidy(() => asClassifier<tf.Tensor4D>(model)(x)));
  await time('attack step', async () => pgdAttack(model, x, labels, step));
  await time('training step', () => trainStep(model, naturalTraining(), {x, labels}, optimizer));
  await time('PGD-10 training step', () =>
    trainStep(model, pgdTraining(), {x, labels}, optimizer, {rng: createRng(1)}),
  );
  tf.dispose([x, labels]);
  optimizer.dispose();
  model.dispose();
  undo();
}

tf.enableProdMode();
const started = await startWebGpu().catch((error: unknown) => String(error));
const problem =
  typeof started === 'string'
    ? started
    : started.isSoftware && !software
      ? `${started.adapter} is no GPU`
      : undefined;
if (typeof started === 'string' || problem !== undefined) {
  say(`No GPU is at hand, so nothing was checked: ${problem}`);
  process.exitCode = (process.env['REQUIRE_GPU'] ?? '') === '' ? 0 : 1;
} else {
  say(`WebGPU on ${started.adapter}`);
  await compareWithCpu();
  await compareResnet();
  await timeResnet();
  process.exitCode = failures === 0 ? 0 : 1;
}
