/*
 * An attack and a training step of random nets on wasm, against gradients of the loss written out and
 * computed on cpu: by tfjs alone where it has them right.
 */
import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {isUnusableGradientError} from '../../src/core/errors';
import {withCompleteBatchNorms} from '../../src/core/layers/completeBatchNorm';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {type RandomNet, randomNet} from '../support/randomNets';
import {numbers} from '../support/tensors';
import {onWasm} from './support';

const FIRST = Number(process.env['FIRST_NET'] ?? 1001);
const COUNT = Number(process.env['RANDOM_NETS'] ?? 30);
const [EPSILON, RATE] = [0.05, 0.1];

/** Mean cross-entropy of what a net gives, by the activation that it ends in. */
function lossOf({story}: RandomNet, output: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  const own = tf.oneHot(tf.tensor1d([...labels], 'int32'), Math.max(2, output.shape[1]));
  const isSigmoid = story.endsWith('sigmoid');
  const probabilities = isSigmoid
    ? tf.concat([tf.sub(1, output), output], 1)
    : story.endsWith('logits')
      ? tf.softmax(output)
      : output;
  const likelihood = tf.sum(tf.mul(tf.cast(own, 'float32'), probabilities), 1);
  return tf.neg(tf.mean<tf.Scalar>(tf.log(likelihood)));
}

/** Runs on cpu, in a scope only where tfjs itself has no right gradients. */
async function onCpu<T>({isPlain}: RandomNet, body: () => T): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return tf.tidy(() => (isPlain ? body() : withGradientKernels(body)) as never);
  } finally {
    await tf.setBackend('wasm');
  }
}

/** How an attack moves the input; nothing where it says that the model has no gradient. */
function movedBy({model, x}: RandomNet, labels: readonly number[]): number[] | undefined {
  const own = tf.tensor1d([...labels], 'int32');
  try {
    const adversarial = fgsmAttack(model, x as tf.Tensor4D, own, {epsilon: EPSILON, clip: null});
    const moved = tf.tidy(() => numbers(tf.sub(adversarial, x)));
    adversarial.dispose();
    return moved;
  } catch (error) {
    if (isUnusableGradientError(error)) return undefined;
    throw error;
  } finally {
    own.dispose();
  }
}

async function checkAttack(net: RandomNet, labels: readonly number[]): Promise<void> {
  const {model, x} = net;
  const moved = movedBy(net, labels);
  const slopes = await onCpu(net, () =>
    numbers(
      tf.grad((v) => lossOf(net, model.apply(v, {training: false}) as tf.Tensor2D, labels))(x),
    ),
  );
  const largest = Math.max(...slopes.map(Math.abs));
  if (!moved) {
    expect(largest).toBeLessThan(1e-6);
    return;
  }
  slopes.forEach((slope, i) => {
    // Signs of what is zero but for rounding say nothing.
    if (Math.abs(slope) < 1e-3 * largest || Math.abs(slope) < 1e-6) return;
    expect(moved[i]).toBeCloseTo(EPSILON * Math.sign(slope), 5);
  });
}

async function checkStep(net: RandomNet, labels: readonly number[]): Promise<void> {
  const {model, x} = net;
  const before = model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
  const own = tf.tensor1d([...labels], 'int32');
  const optimizer = sgd({learningRate: RATE});
  const batch = {x: x as tf.Tensor4D, labels: own};
  const loss = await trainStep(model, naturalTraining(), batch, optimizer);
  const trained = model.getWeights().map(numbers);
  model.setWeights(before);
  optimizer.dispose();
  tf.dispose([own, loss]);
  const variables = [...new Set(model.trainableWeights.map((w) => w.read() as tf.Variable))];
  const expected = await onCpu(net, () => {
    const run = () => lossOf(net, model.apply(x, {training: true}) as tf.Tensor2D, labels);
    const {grads} = tf.variableGrads(() => withCompleteBatchNorms(model, run), variables);
    for (const variable of variables) {
      const slope = grads[variable.name];
      if (slope) variable.assign(tf.sub(variable, tf.mul(slope, RATE)));
    }
    return model.getWeights().map(numbers);
  });
  model.setWeights(before);
  tf.dispose(before);
  trained.forEach((values, i) => {
    const size = Math.max(1, ...values.map(Math.abs));
    values.forEach((value, k) => {
      expect(Math.abs(value - (expected[i]?.[k] ?? NaN)) / size).toBeLessThan(1e-4);
    });
  });
}

onWasm('steps of random nets', () => {
  it(`${COUNT} are attacked and trained as on cpu, change nothing else and leak nothing`, async () => {
    const failures: string[] = [];
    let [attacked, trained] = [0, 0];
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const net = randomNet(seed);
      const labels = [1, net.story.endsWith('sigmoid') ? 0 : 2];
      const weights = net.model.getWeights().map(numbers);
      const pixels = numbers(net.x);
      const before = tf.memory().numTensors;
      try {
        await checkAttack(net, labels);
        attacked++;
        expect(net.model.getWeights().map(numbers)).toEqual(weights);
        // What chance does in training mode is another thing on every backend.
        if (!net.isRandom) {
          await checkStep(net, labels);
          trained++;
        }
        expect(numbers(net.x)).toEqual(pixels);
        expect(tf.memory().numTensors - before).toBe(0);
      } catch (error) {
        failures.push(`${net.story}: ${String(error).slice(0, 300)}`);
        await tf.setBackend('wasm');
      } finally {
        net.x.dispose();
        net.model.dispose();
      }
    }
    expect(failures).toEqual([]);
    expect([attacked, trained > COUNT / 3]).toEqual([COUNT, true]);
  }, 900_000);
});
