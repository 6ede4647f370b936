import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {lossForCompile} from '../../src/losses/lossForCompile';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {sgd, SgdOptimizer, type SgdOptions} from '../../src/optimizers/sgd';
import golden from '../golden/sgd-torch.json';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const scalarLoss =
  (w: tf.Variable, slope = 0.5) =>
  () =>
    tf.sum<tf.Scalar>(tf.mul(w, slope));

// Values of w after steps of a constant gradient 0.5 from w = 1 (training.md, 3.2).
function descend(options: SgdOptions, steps: number): number[] {
  const w = tf.variable(tf.scalar(1));
  const optimizer = sgd(options);
  const values = Array.from({length: steps}, () => {
    optimizer.minimize(scalarLoss(w), false, [w]);
    return numbers(w)[0] as number;
  });
  optimizer.dispose();
  w.dispose();
  return values;
}

describe('sgd', () => {
  it('takes the steps that the equations give', () => {
    const options = {learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4};
    expectClose(descend(options, 3), [0.94995, 0.8548575025, 0.7192315118749], 1e-6);
    expectClose(
      descend({...options, nesterov: true}, 3),
      [0.904905, 0.769278534025, 0.597182353911768],
      1e-6,
    );
  });

  it('keeps v = μv + g', async () => {
    const w = tf.variable(tf.scalar(1));
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
    const velocities: number[] = [];
    for (let step = 0; step < 3; step++) {
      optimizer.minimize(scalarLoss(w), false, [w]);
      const [iterations, velocity] = await optimizer.getWeights();
      velocities.push(...numbers(velocity?.tensor as tf.Tensor));
      iterations?.tensor.dispose();
    }
    expectClose(velocities, [0.5005, 0.950924975, 1.35625990625], 1e-6);
    tf.dispose(w);
    optimizer.dispose();
  });

  it('by default has neither momentum nor decay', () => {
    fc.assert(
      fc.property(
        fc.double({min: 0, max: 1, noNaN: true}),
        fc.double({min: 0, max: 0.1, noNaN: true}),
        (learningRate, weightDecay) => {
          expectClose(descend({learningRate}, 2), [1 - 0.5 * learningRate, 1 - learningRate]);
          const first = 1 - learningRate * (0.5 + weightDecay);
          expectClose(descend({learningRate, weightDecay, momentum: 0.9}, 1), [first]);
        },
      ),
      {numRuns: 20},
    );
  });

  it.each(golden.traces.map((trace) => [JSON.stringify(trace.settings), trace] as const))(
    'follows torch.optim.SGD with %s',
    async (_, trace) => {
      const {settings} = trace;
      const {lr, ...rest} = settings as Record<string, number | boolean> & {lr: number};
      const optimizer = sgd({
        learningRate: lr,
        momentum: (rest['momentum'] as number | undefined) ?? 0,
        weightDecay: (rest['weight_decay'] as number | undefined) ?? 0,
        dampening: (rest['dampening'] as number | undefined) ?? 0,
        nesterov: rest['nesterov'] === true,
      });
      const model = layers.sequential({
        layers:
          trace.network === 'mlp'
            ? [
                layers.layers.dense({inputShape: [4], units: 5, activation: 'tanh'}),
                layers.layers.dense({units: 3}),
              ]
            : [
                layers.layers.conv2d({
                  ...{inputShape: [4, 4, 1], filters: 2, kernelSize: 3, activation: 'tanh'},
                }),
                layers.layers.flatten(),
                layers.layers.dense({units: 3}),
              ],
      });
      const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      tf.tidy(() => {
        weights.forEach((w, i) => w.assign(tf.tensor(trace.start[i] as number[], w.shape)));
      });
      const x = tf.tensor(trace.x, trace.shape);
      const labels = int(trace.labels);
      const losses = trace.learningRates.map((learningRate, i) => {
        optimizer.setLearningRate(learningRate);
        const loss = () => tf.mean(crossEntropy(model.apply(x) as tf.Tensor2D, labels));
        const cost = withGradientKernels(() =>
          optimizer.minimize(loss as () => tf.Scalar, true, weights),
        );
        const after = trace.weightsAfter as unknown as Record<string, number[][]>;
        after[String(i + 1)]?.forEach((expected, j) => {
          expectClose(weights[j] as tf.Tensor, expected, 2e-6);
        });
        return numbers(cost as tf.Tensor)[0] as number;
      });
      expectClose(losses, trace.losses, 2e-6);
      expect(optimizer.iterations).toBe(20);
      tf.dispose([x, labels]);
      model.dispose();
      optimizer.dispose();
    },
  );

  it('leaves a variable without a gradient alone', () => {
    const used = tf.variable(tf.scalar(1));
    const unused = tf.variable(tf.scalar(2));
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 0.5});
    const gradient = tf.scalar(0.5);
    optimizer.applyGradients([
      {name: unused.name, tensor: undefined as unknown as tf.Tensor},
      {name: used.name, tensor: gradient},
    ]);
    expect(numbers(unused)).toEqual([2]);
    expectClose(used, [0.9]);
    optimizer.applyGradients({[used.name]: gradient}); // g = 0.95, v = 0.9 + 0.95
    expectClose(used, [0.9 - 0.1 * 1.85]);
    tf.dispose([used, unused, gradient]);
    optimizer.dispose();
  });

  it('forgets the momentum of a variable whose name came back for another', () => {
    const optimizer = sgd({learningRate: 1, momentum: 0.9});
    const gradient = tf.scalar(1);
    for (let life = 0; life < 2; life++) {
      const w = tf.variable(tf.scalar(0), true, 'reborn');
      optimizer.applyGradients({reborn: gradient});
      expectClose(w, [-1]);
      w.dispose();
    }
    gradient.dispose();
    optimizer.dispose();
  });

  it('keeps one tensor per variable and nothing else, and gives it back', async () => {
    const w = tf.variable(tf.ones([3]));
    const gradient = tf.ones([3]);
    await expectNoLeak(() => {
      const optimizer = sgd({learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1});
      const before = tf.memory().numTensors;
      for (let step = 0; step < 3; step++) optimizer.applyGradients({[w.name]: gradient});
      expect(tf.memory().numTensors - before).toBe(1);
      optimizer.dispose();
    });
    await expectNoLeak(() => sgd({learningRate: 0.1}).applyGradients({[w.name]: gradient}));
    tf.dispose([w, gradient]);
  });

  it('goes on from its weights', async () => {
    const gradient = tf.tensor1d([1, -2]);
    const run = (optimizer: SgdOptimizer, w: tf.Variable) => {
      optimizer.applyGradients({[w.name]: gradient});
      return numbers(w);
    };
    const w = tf.variable(tf.zeros([2]));
    const options = {learningRate: 0.1, momentum: 0.9};
    const first = sgd(options);
    run(first, w);
    const saved = await first.getWeights();
    expect(saved.map(({name}) => name)).toEqual(['iter', `${w.name}/momentum`]);
    const middle = tf.clone(w);
    const expected = run(first, w);
    const [iterations, velocity] = saved;
    const restored = sgd(options);
    const old = tf.tensor1d([1, -2]); // the velocity after one step
    await restored.setWeights([
      iterations as NonNullable<typeof iterations>,
      {name: velocity?.name as string, tensor: old},
    ]);
    old.dispose();
    w.assign(middle);
    expect(restored.iterations).toBe(1);
    expect(run(restored, w)).toEqual(expected);
    await expect(
      restored.setWeights([iterations as NonNullable<typeof iterations>, {name: 'm', tensor: w}]),
    ).rejects.toThrow(/SgdOptimizer.setWeights: "weights" must be named after .* found "m"/);
    tf.dispose([w, middle, gradient, iterations?.tensor]);
    first.dispose();
    restored.dispose();
  });

  it('changes the learning rate without touching the momentum', () => {
    const w = tf.variable(tf.scalar(0));
    const gradient = tf.scalar(1);
    const optimizer = sgd({learningRate: 1, momentum: 0.5});
    optimizer.applyGradients({[w.name]: gradient});
    optimizer.setLearningRate(0.1);
    expect(optimizer.learningRate).toBe(0.1);
    optimizer.applyGradients({[w.name]: gradient});
    expectClose(w, [-1 - 0.1 * 1.5]);
    tf.dispose([w, gradient]);
    optimizer.dispose();
  });

  it('trains a compiled model', async () => {
    const undo = await registerGradientKernels();
    const model = layers.sequential({layers: [layers.layers.dense({inputShape: [2], units: 2})]});
    const optimizer = sgd({learningRate: 0.5, momentum: 0.9, weightDecay: 5e-4});
    model.compile({optimizer, loss: lossForCompile(crossEntropy)});
    const x = tf.tensor2d([
      [0, 1],
      [1, 0],
    ]);
    const labels = tf.oneHot(int([0, 1]), 2);
    const {history} = await model.fit(x, labels, {epochs: 5});
    const losses = history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(optimizer.iterations).toBe(5);
    tf.dispose([x, labels]);
    model.dispose();
    undo();
  });

  it('describes itself', () => {
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 5e-4});
    optimizer.setLearningRate(0.01);
    expect(optimizer.getClassName()).toBe('LtRobustSgd');
    const config = {
      ...{learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 5e-4, dampening: 0},
    };
    expect(optimizer.getConfig()).toEqual(config);
    expect(SgdOptimizer.fromConfig(SgdOptimizer, config).getConfig()).toEqual(config);
  });

  it.each([
    [{learningRate: -1}, /sgd: "learningRate" must be a finite number >= 0, found -1/],
    [{} as SgdOptions, /sgd: "learningRate" must be a finite number >= 0, found NaN/],
    [{learningRate: 1, momentum: -0.1}, /"momentum" must be a finite number >= 0/],
    [{learningRate: 1, weightDecay: -1}, /"weightDecay" must be a finite number >= 0/],
    [{learningRate: 1, dampening: NaN}, /"dampening" must be a finite number/],
    [
      {learningRate: 1, nesterov: true},
      /"nesterov" must go with a momentum above 0 and a dampening of 0, found momentum 0 and damp/,
    ],
    [
      {learningRate: 1, nesterov: true, momentum: 0.9, dampening: 0.1},
      /found momentum 0.9 and dampening 0.1/,
    ],
    [{learningRate: 1, lr: 1} as SgdOptions, /sgd: "lr" must be one of its options/],
  ])('refuses %j', (options, message) => {
    expect(() => sgd(options)).toThrow(message);
  });

  it('accepts zeros, and refuses wrong rates and unknown variables later', () => {
    const optimizer = sgd({learningRate: 0, momentum: 0, weightDecay: 0});
    optimizer.setLearningRate(0);
    expect(() => optimizer.setLearningRate(-1)).toThrow(/setLearningRate: "learningRate" must/);
    const gradient = tf.scalar(1);
    expect(() => optimizer.applyGradients({nobody: gradient})).toThrow(
      /applyGradients: "gradients" must name variables that exist, found "nobody"/,
    );
    gradient.dispose();
  });
});
