import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {marginLoss} from '../../src/losses/marginLoss';
import {linearFour as four, linearModel, twoLayerModel} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const X = [[0.6, 0.4]];

const tidy = (body: () => void) => () => {
  tf.tidy(body);
};

describe('pgdAttack, golden values', () => {
  const attacked = (options: Parameters<typeof pgdAttack>[3]): tf.Tensor2D =>
    pgdAttack<tf.Tensor2D>(twoLayerModel, tf.tensor2d(X), int([0]), options);
  const loss = (x: tf.Tensor2D) => crossEntropy(twoLayerModel(x), int([0])).dataSync()[0] as number;

  it(
    'follows the L∞ trajectory step by step',
    tidy(() => {
      const iterates = [
        [0.6, 0.4],
        [0.56, 0.44],
        [0.52, 0.48],
        [0.5, 0.5],
        [0.5, 0.5],
      ];
      const losses = [0.978761, 1.081163, 1.200722, 1.267138, 1.267138];
      iterates.forEach((expected, steps) => {
        const x = attacked({epsilon: 0.1, stepSize: 0.04, steps});
        expectClose(x, expected, 1e-6);
        expect(loss(x)).toBeCloseTo(losses[steps] as number, 5);
      });
    }),
  );

  it(
    'follows the L2 trajectory step by step',
    tidy(() => {
      const iterates = [
        [0.561383, 0.410427],
        [0.5232, 0.422347],
        [0.504534, 0.429771],
        [0.50504, 0.431347],
      ];
      const losses = [1.058406, 1.144041, 1.189431, 1.189624];
      iterates.forEach((expected, i) => {
        const x = attacked({norm: 'l2', epsilon: 0.1, stepSize: 0.04, steps: i + 1});
        expectClose(x, expected, 2e-6);
        expect(loss(x)).toBeCloseTo(losses[i] as number, 5);
      });
    }),
  );

  it(
    'ascends any loss: the KL divergence of TRADES from a given start',
    tidy(() => {
      const clean = twoLayerModel(tf.tensor2d(X));
      const kl = (z: tf.Tensor2D) => klDivergence(clean, z);
      // From x + (.001, -.002) the iterates are (.641, .358), (.681, .318), (.7, .3): here the ball
      // is moved so that the attack, which starts at x, starts there.
      const start = tf.tensor2d([[0.601, 0.398]]);
      const end = pgdAttack<tf.Tensor2D>(twoLayerModel, start, int([0]), {
        ...{epsilon: 0.1, stepSize: 0.04, steps: 2, loss: kl},
      });
      expectClose(end, [0.681, 0.318], 1e-6);
      expect(kl(tf.tidy(() => twoLayerModel(tf.tensor2d([[0.7, 0.3]])))).dataSync()[0]).toBeCloseTo(
        0.02496374,
        6,
      );
    }),
  );
});

describe('pgdAttack', () => {
  // The third pixel has no say: its gradient is exactly zero.
  const model = linearModel(
    [
      [1, -2, 0],
      [-1, 1, 0],
    ],
    [0.6, 0.3],
  );
  const x = [[0.5, 0.4, 0.6]];

  it(
    'has 10 steps of a quarter of epsilon, L∞ 8/255 and pixels from 0 to 1 as defaults',
    tidy(() => {
      const given = pgdAttack(model, tf.tensor2d(x), int([0]));
      expectClose(given, [0.5 - 8 / 255, 0.4 + 8 / 255, 0.6], 1e-6);
      const one = pgdAttack(model, tf.tensor2d(x), int([0]), {steps: 1});
      expectClose(one, [0.5 - 2 / 255, 0.4 + 2 / 255, 0.6], 1e-6);
      // 0.001 a step: ten of them, and no eleventh.
      const ten = pgdAttack(model, tf.tensor2d(x), int([0]), {stepSize: 0.001});
      expectClose(ten, [0.49, 0.41, 0.6], 1e-6);
      expectClose(pgdAttack(model, tf.tensor2d([[0.01, 0.4, 0.6]]), int([0])), [
        0,
        0.4 + 8 / 255,
        0.6,
      ]);
    }),
  );

  it(
    'takes a quarter of each epsilon as the default step, and step sizes per example',
    tidy(() => {
      const two = tf.tensor2d([x[0] as number[], x[0] as number[]]);
      const labels = int([0, 0]);
      expectClose(
        pgdAttack(model, two, labels, {epsilon: [0.04, 0.08], steps: 1}),
        [0.49, 0.41, 0.6, 0.48, 0.42, 0.6],
        1e-6,
      );
      expectClose(
        pgdAttack(model, two, labels, {
          epsilon: 0.08,
          stepSize: Float32Array.of(0.01, 0.03),
          steps: 2,
        }),
        [0.48, 0.42, 0.6, 0.44, 0.46, 0.6],
        1e-6,
      );
    }),
  );

  it(
    'leaves the pixel range only with clip: null',
    tidy(() => {
      const corner = tf.tensor2d([[0, 0.4, 0.6]]);
      expectClose(pgdAttack(model, corner, int([0]), {epsilon: 0.1, clip: null}), [-0.1, 0.5, 0.6]);
      expectClose(pgdAttack(model, corner, int([0]), {epsilon: 0.1}), [0, 0.5, 0.6]);
      const wide = tf.tensor2d([[-1, 0.4, 0.6]]);
      expectClose(pgdAttack(model, wide, int([0]), {epsilon: 0.1, clip: [-1, 1]}), [-1, 0.5, 0.6]);
    }),
  );

  it(
    'descends the loss to a target, and needs not know the true label for it',
    tidy(() => {
      const one = tf.tensor2d(x);
      const toward1 = pgdAttack(model, one, int([0]), {epsilon: 0.05, targets: int([1])});
      expectClose(toward1, [0.45, 0.45, 0.6], 1e-6);
      const toward0 = pgdAttack(model, one, int([0]), {epsilon: 0.05, targets: int([0])});
      expectClose(toward0, [0.55, 0.35, 0.6], 1e-6);
    }),
  );

  it(
    'starts at a random point only with rng, and two seeds give two starts',
    tidy(() => {
      const start = (seed: number, steps = 0) =>
        numbers(
          pgdAttack(model, tf.tensor2d(x), int([0]), {steps, epsilon: 0.1, rng: createRng(seed)}),
        );
      expect(start(1)).not.toEqual(start(2));
      expect(start(1)).not.toEqual(x[0]);
      expect(start(1)).toEqual(start(1));
      expectClose(pgdAttack(model, tf.tensor2d(x), int([0]), {steps: 0}), x[0] as number[], 1e-7);
    }),
  );

  it(
    'starts at a point of your own, outside of ball and range too, which the first step projects',
    tidy(() => {
      const one = tf.tensor2d(x);
      const labels = int([0]);
      const options = {epsilon: 0.1, stepSize: 0.01};
      // One-sided noise, as RoBal has it: 0.6, 0.5, 0.7, then a step of 0.01 along -, +, 0.
      const above = (from: tf.Tensor2D) => tf.add(from, 0.1);
      const stepped = pgdAttack(model, one, labels, {...options, steps: 1, start: above});
      expectClose(stepped, [0.59, 0.5, 0.7], 1e-6);
      const far = tf.fill<tf.Rank.R2>([1, 3], 7);
      const projected = [0.6, 0.5, 0.7];
      expectClose(pgdAttack(model, one, labels, {...options, steps: 1, start: far}), projected);
      expectClose(pgdAttack(model, one, labels, {...options, steps: 0, start: far}), projected);
      expect(far.isDisposed).toBe(false);
      expect(() => pgdAttack(model, one, labels, {start: tf.zeros([2, 3])})).toThrow(
        /pgdAttack: "start" must be a tensor of the shape of x, \[1, 3\], or give one/,
      );
    }),
  );

  it(
    'ascends a loss that sees the input through both of its ways to it',
    tidy(() => {
      const one = tf.tensor2d(x);
      // z0 alone pulls x0 up and x1 down; 3 (x1 - x0) on top of it turns both.
      const seeing = {
        atInput: (input: tf.Tensor2D) => (z: tf.Tensor2D) => {
          const [x0, x1] = tf.split(input, [1, 1, 1], 1) as [tf.Tensor2D, tf.Tensor2D];
          const pull = tf.mul(3, tf.sub(x1, x0));
          return tf.sum<tf.Tensor1D>(tf.add(pull, tf.slice(z, [0, 0], [1, 1])), 1);
        },
      };
      const options = {epsilon: 0.05, loss: seeing};
      expectClose(pgdAttack(model, one, int([0]), options), [0.45, 0.45, 0.6], 1e-6);
      // Towards a target it is descended.
      const toward = pgdAttack(model, one, int([0]), {...options, targets: int([1])});
      expectClose(toward, [0.55, 0.35, 0.6], 1e-6);
    }),
  );

  it(
    'starts with Gaussian noise of the given deviation, projected when there is no step',
    tidy(() => {
      const many = tf.fill<tf.Rank.R2>([400, 3], 0.5);
      const labels = tf.zeros<tf.Rank.R1>([400], 'int32');
      const common = {steps: 0, rng: createRng(4), startDeviation: 0.01};
      const noise = numbers(
        tf.sub(pgdAttack(model, many, labels, {...common, epsilon: 0.5}), many),
      );
      const deviation = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / noise.length);
      expect(deviation).toBeGreaterThan(0.0093);
      expect(deviation).toBeLessThan(0.0107);
      const projected = numbers(
        tf.sub(pgdAttack(model, many, labels, {...common, epsilon: 0.005}), 0.5),
      );
      expect(Math.max(...projected.map(Math.abs))).toBeLessThanOrEqual(0.005 + 1e-6);
      // With a step it is the step's projection that brings the start back into the ball.
      const stepped = pgdAttack(model, many, labels, {...common, steps: 1, epsilon: 0.005});
      expect(Math.max(...numbers(tf.sub(stepped, 0.5)).map(Math.abs))).toBeLessThanOrEqual(
        0.005 + 1e-6,
      );
    }),
  );

  it(
    'takes a start of its own as it is, and projects it by the first step',
    tidy(() => {
      const input = tf.tensor2d(x);
      const seen: number[][] = [];
      const watched = (z: tf.Tensor2D) => {
        seen.push(numbers(z));
        return model(z);
      };
      const start = (from: tf.Tensor) => tf.add(from, 5);
      const options = {epsilon: 0.1, stepSize: 0.01, start};
      const one = pgdAttack(watched, input, int([0]), {...options, steps: 1});
      expectClose(
        seen[0] as number[],
        (x[0] as number[]).map((v) => v + 5),
        1e-6,
      );
      const reach = numbers(tf.sub(one, input)).map(Math.abs);
      expect(Math.max(...reach)).toBeLessThanOrEqual(0.1 + 1e-6);
      const none = pgdAttack(model, input, int([0]), {...options, steps: 0});
      expect(Math.max(...numbers(tf.sub(none, input)))).toBeLessThanOrEqual(0.1 + 1e-6);
      expect(() => pgdAttack(model, input, int([0]), {start: () => tf.zeros([2, 2])})).toThrow(
        /^pgdAttack: "start" must be a tensor of the shape of x/,
      );
    }),
  );

  it(
    'does not move where the gradient is zero',
    tidy(() => {
      const flat = (input: tf.Tensor2D) => tf.mul<tf.Tensor2D>(tf.slice(input, [0, 0], [-1, 2]), 0);
      for (const norm of ['linf', 'l2'] as const) {
        expectClose(
          pgdAttack(flat, tf.tensor2d(x), int([0]), {norm, epsilon: 0.1, checkValues: false}),
          x[0] as number[],
          1e-7,
        );
      }
    }),
  );

  it(
    'ascends the margin loss to the exact worst case of a multi-class linear model',
    tidy(() => {
      const found = pgdAttack(four, tf.tensor2d(x), int([0]), {epsilon: 0.05, loss: marginLoss});
      // Class 2 is the best wrong one (margin 0.45): w2 - w0 = (-1.5, 0.5, 0.5).
      expectClose(found, [0.45, 0.45, 0.65], 1e-6);
    }),
  );

  it(
    'refuses settings out of range',
    tidy(() => {
      const one = tf.tensor2d(x);
      const run = (options: Parameters<typeof pgdAttack>[3]) => () =>
        pgdAttack(model, one, int([0]), options);
      expect(run({steps: -1})).toThrow(/pgdAttack: "steps" must be an integer >= 0, found -1/);
      expect(run({steps: 1.5})).toThrow(/"steps".*1\.5/);
      expect(run({stepSize: -0.1})).toThrow(/"stepSize".*-0\.1/);
      expect(run({stepSize: [0.1, 0.1]})).toThrow(/"stepSize".*1 examples.*2 numbers/);
      expect(run({startDeviation: -1, rng: createRng(1)})).toThrow(/"startDeviation"/);
      expect(run({targets: int([5])})).toThrow(/"targets".*\[0, 2\).*found 5/);
      expect(run({targets: tf.tensor1d([1])})).toThrow(/"targets".*int32/);
      expect(run({exampleIds: [1, 2]})).toThrow(
        /"exampleIds" must have one identity for each of the 1 examples, found 2/,
      );
      expect(run({exampleIds: [7], rng: createRng(1)})).not.toThrow();
      const rough = (input: tf.Tensor2D): tf.Tensor2D =>
        tf.sqrt(tf.mul<tf.Tensor2D>(tf.slice(input, [0, 0], [-1, 2]), 0));
      expect(() => pgdAttack(rough, one, int([0]))).toThrow(
        /^pgdAttack: no example has a usable gradient\. Of 1, it is zero for 0 and not finite for 1/,
      );
      expect(() => pgdAttack(rough, one, int([0]), {checkValues: false})).not.toThrow();
    }),
  );

  it(
    'blames the model, not the loss, for an output that is no matrix of logits',
    tidy(() => {
      const one = tf.tensor2d(x);
      const run = (output: (input: tf.Tensor2D) => unknown) => () =>
        pgdAttack(output as typeof model, one, int([0]), {checkValues: false});
      expect(run((input) => tf.sum(input))).toThrow(
        'pgdAttack: "model" must give logits [1, classes] with at least 2 classes, ' +
          'found float32 []. Keep the batch axis: one row for a single example, too.',
      );
      expect(run((input) => tf.sum(input, 1, true))).toThrow(/"model".*found float32 \[1, 1\]/);
      expect(run((input) => Promise.resolve(input))).toThrow(
        /"model".*found a promise\. Return the tensor itself/,
      );
    }),
  );

  it('costs one forward pass a step', () => {
    let calls = 0;
    const counted: typeof model = (input) => {
      calls++;
      return model(input);
    };
    tf.tidy(() => pgdAttack(counted, tf.tensor2d(x), int([0]), {steps: 7}));
    expect(calls).toBe(7);
  });

  it('keeps the number of tensors alive constant over the steps', () => {
    const peaks: number[] = [];
    const watched: typeof model = (input) => {
      peaks.push(tf.memory().numTensors);
      return model(input);
    };
    tf.tidy(() => pgdAttack(watched, tf.tensor2d(x), int([0]), {steps: 6, rng: createRng(1)}));
    expect(new Set(peaks.slice(1)).size).toBe(1);
  });
});
