import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {withCompleteBatchNorms} from '../../src/core/layers/completeBatchNorm';
import {freezeWeights} from '../../src/math/freezeWeights';
import {rememberModel} from '../../src/core/layers/layersModel';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {unchanged} from '../../src/diagnostics/auditRun';
import {seeded} from '../support/models';
import {type RandomNet, randomNet} from '../support/randomNets';
import {randomRareNet, RARE_KINDS} from '../support/randomRareNets';
import {numbers} from '../support/tensors';
import {expectSameRegistries, onWasm, registries} from './support';

// 300 were run once, see docs/gradient-audit.md; RANDOM_NETS=300 runs them again.
const COUNT = Number(process.env['RANDOM_NETS'] ?? 60);

interface Gradients {
  readonly input: number[];
  readonly weights: number[][];
}

type Scope = <T>(body: () => T) => T;

/** Gradients to the input in inference mode, and to the weights in training mode. */
function gradientsOf({model, x, isRandom}: RandomNet, scope: Scope): Gradients {
  const classify = rememberModel(
    (v: tf.Tensor) => model.apply(v, {training: false}) as tf.Tensor2D,
    model,
  );
  const frozen = freezeWeights(classify);
  const weighted = (y: tf.Tensor): tf.Scalar => tf.sum(tf.mul(y, seeded(y.shape, 3)));
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const statistics = model.nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = () =>
    withCompleteBatchNorms(model, () =>
      weighted(model.apply(x, {training: !isRandom}) as tf.Tensor),
    );
  try {
    return tf.tidy(() => {
      // Token numbers have no gradient.
      const input = x.dtype === 'int32' ? [[], []] : [1, 2].map(() => numbers(scope(() => tf.grad((v) => weighted(frozen.classify(v)))(x)))); // prettier-ignore
      // The second time, what is kept of the weights is used.
      expect(differ(input[0] as number[], input[1] as number[])).toBeLessThan(1e-5);
      const {grads} = unchanged([...new Set(statistics)], () =>
        scope(() => tf.variableGrads(loss, [...new Set(variables)])),
      );
      const weights = variables.map(({name}) => (grads[name] ? numbers(grads[name]) : []));
      return {input: input[1] as number[], weights};
    });
  } finally {
    frozen.dispose();
  }
}

/** ‖a − b‖ / ‖b‖, 0 where both vanish in rounding. */
function differ(a: readonly number[], b: readonly number[]): number {
  const norm = Math.hypot(...b);
  const error = Math.hypot(...b.map((value, i) => value - (a[i] ?? NaN)));
  return a.length !== b.length ? Infinity : error < 1e-5 ? 0 : error / norm;
}

const plain: Scope = (body) => body();

async function check(net: RandomNet): Promise<void> {
  const weights = net.model.getWeights().map(numbers);
  const before = tf.memory().numTensors;
  const scoped = gradientsOf(net, withGradientKernels);
  expect(tf.memory().numTensors - before).toBe(0);
  const undo = await registerGradientKernels();
  const registered = gradientsOf(net, withGradientKernels);
  undo();
  expect(tf.memory().numTensors - before).toBe(0);
  expect(net.model.getWeights().map(numbers)).toEqual(weights);
  await tf.setBackend('cpu');
  const expected = gradientsOf(net, net.isPlain ? plain : withGradientKernels);
  await tf.setBackend('wasm');
  for (const own of [scoped, registered]) {
    expect(differ(own.input, expected.input)).toBeLessThan(1e-3);
    own.weights.forEach((values, i) => {
      expect(differ(values, expected.weights[i] as number[])).toBeLessThan(1e-3);
    });
  }
  expect(Math.max(...expected.weights.flat().map(Math.abs))).toBeGreaterThan(0);
}

/** What is wrong with nets, one line for each. */
async function failuresOf(nets: Iterable<RandomNet>): Promise<{failures: string[]; plain: number}> {
  const failures: string[] = [];
  let plainNets = 0;
  for (const net of nets) {
    try {
      await check(net);
    } catch (error) {
      failures.push(`${net.story}: ${String(error).slice(0, 300)}`);
      await tf.setBackend('wasm');
    } finally {
      if (net.isPlain) plainNets++;
      net.x.dispose();
      net.model.dispose();
    }
  }
  return {failures, plain: plainNets};
}

function* seedsOf(count: number, make: (seed: number) => RandomNet): Generator<RandomNet> {
  for (let seed = 1; seed <= count; seed++) yield make(seed);
}

onWasm('random nets', () => {
  it(`${COUNT} have the gradients of cpu, change nothing and leak nothing`, async () => {
    const registered = registries();
    const {failures, plain: plainNets} = await failuresOf(seedsOf(COUNT, randomNet));
    expect(failures).toEqual([]);
    // Many are compared with what tfjs itself computes on cpu.
    expect(plainNets).toBeGreaterThan(COUNT / 5);
    expectSameRegistries(registered);
  }, 900_000);

  it.each(RARE_KINDS)(
    'of rare layers, too: %s',
    async (kind) => {
      const registered = registries();
      const make = (seed: number) => randomRareNet(seed, kind);
      const {failures} = await failuresOf(seedsOf(Math.ceil(COUNT / 6), make));
      expect(failures).toEqual([]);
      expectSameRegistries(registered);
    },
    900_000,
  );
});
