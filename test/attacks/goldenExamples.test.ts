/**
 * The golden examples of the specification of the attacks, sections 12.4 to 12.6: losses, gradients
 * and iterates beside each other. What only one attack has stands in the test of that attack.
 */
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {apgdAttack, type ApgdOptions} from '../../src/attacks/apgd/apgdAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Classifier} from '../../src/core/classifier';
import type {Loss} from '../../src/core/loss';
import {createRng, type Rng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {dlrLoss} from '../../src/losses/dlrLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {targetedDlrLoss} from '../../src/losses/targetedDlrLoss';
import {inputGradient} from '../../src/math/inputGradient';
import {linearTwo as two, onePixelModel, twoLayerModel} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const tidy = (body: () => void) => () => {
  tf.tidy(body);
};

/** Loss of class 0 at each point. */
const lossesAt = (
  model: Classifier<tf.Tensor2D>,
  points: number[][],
  loss: Loss = crossEntropy,
): number[] => tf.tidy(() => numbers(loss(model(tf.tensor2d(points)), int(points.map(() => 0)))));

const targetedTo =
  (target: number): Loss =>
  (logits, labels) =>
    targetedDlrLoss(logits, labels, int([target]));

/** The points that APGD visits from one point, the first being the start, and what it returns. */
async function trajectory(
  model: Classifier<tf.Tensor2D>,
  x: number[],
  options: ApgdOptions,
): Promise<{points: number[][]; success: boolean; adversarial: number[]}> {
  const points: number[][] = [];
  const input = tf.tensor2d([x]);
  const label = int([0]);
  const {success, adversarial} = await apgdAttack(
    (batch: tf.Tensor2D) => {
      points.push(numbers(batch));
      return model(batch);
    },
    input,
    label,
    {steps: 10, ...options},
  );
  const found = numbers(adversarial);
  tf.dispose([input, label, adversarial]);
  return {points: points.slice(1), success: success[0] === true, adversarial: found};
}

describe('12.4, one pixel', () => {
  const losses = [
    0.505037, 0.31868, 0.396594, 0.584745, 0.307922, 0.349918, 0.600393, 0.339711, 0.491305,
    0.636122, 0.431541,
  ];

  it('has the losses by hand at every iterate', async () => {
    await expectNoLeak(async () => {
      const {points} = await trajectory(onePixelModel, [0.5], {epsilon: 0.3});
      expectClose(lossesAt(onePixelModel, points), losses, 1e-6);
    });
  });

  it('ends with the best loss, 0.636122', async () => {
    const {adversarial} = await trajectory(onePixelModel, [0.5], {
      ...{epsilon: 0.3, returns: 'best-loss'},
    });
    expectClose(adversarial, [0.584375], 1e-6);
    expectClose(lossesAt(onePixelModel, [adversarial]), [0.636122], 1e-6);
  });

  it("ends with 0.618647 by the paper's first comparison", async () => {
    const {adversarial} = await trajectory(onePixelModel, [0.5], {
      ...{epsilon: 0.3, returns: 'best-loss', firstComparison: 'start'},
    });
    expectClose(adversarial, [0.59375], 1e-6);
    expectClose(lossesAt(onePixelModel, [adversarial]), [0.618647], 1e-6);
  });
});

describe('12.5, two layers', () => {
  const X = [0.6, 0.4];

  it.each<[string, Loss, number, [number, number] | undefined]>([
    ['cross-entropy', crossEntropy, 0.978761, [-1.853324, 0.500434]],
    ['DLR', dlrLoss, -0.7, [0.9, -7.5]],
    ['DLR to 3', targetedTo(3), -0.451613, [-0.395421, -4.328824]],
    ['DLR to 1', targetedTo(1), -0.645161, [-1.394381, 0.728408]],
    ['DLR to 2', targetedTo(2), -1.354839, undefined],
  ])('%s at x, and its gradient to x', (_, loss, value, slope) => {
    tf.tidy(() => {
      const found = inputGradient(twoLayerModel, tf.tensor2d([X]), int([0]), loss);
      expectClose(found.logits, [0.7, 0.2, -0.35, 0.35], 1e-6);
      expectClose(found.losses, [value], 2e-6);
      if (slope !== undefined) expectClose(found.gradient, slope, 2e-6);
    });
  });

  it(
    'FGSM: the loss at the L∞ and at the L2 step',
    tidy(() => {
      const step = (norm: 'linf' | 'l2') =>
        numbers(fgsmAttack(twoLayerModel, tf.tensor2d([X]), int([0]), {norm, epsilon: 0.1}));
      expectClose(lossesAt(twoLayerModel, [step('linf')]), [1.267138], 2e-6);
      expectClose(lossesAt(twoLayerModel, [step('l2')]), [1.188768], 2e-6);
    }),
  );

  it(
    "TRADES' inner loop from x + (.001, −.002)",
    tidy(() => {
      const x = tf.tensor2d([X]);
      const clean = twoLayerModel(x);
      const kl: Loss = (logits) => klDivergence(clean, logits);
      // A generator that draws 1, then −2, whatever it is forked for.
      let draws = 0;
      const scripted: Rng = {
        ...createRng(0),
        normal: () => (draws++ % 2 === 0 ? 1 : -2),
        fork: () => scripted,
      };
      const run = (steps: number) =>
        pgdAttack(twoLayerModel, x, int([0]), {
          ...{epsilon: 0.1, stepSize: 0.04, steps, loss: kl},
          ...{rng: scripted, startDeviation: 0.001},
        });
      const divergence = (point: tf.Tensor2D) => numbers(kl(twoLayerModel(point), int([0])))[0];
      expectClose(run(0), [0.601, 0.398], 1e-6);
      expect(divergence(run(0))).toBeCloseTo(1.263345e-5, 6);
      expectClose(run(1), [0.641, 0.358], 1e-6);
      expectClose(run(2), [0.681, 0.318], 1e-6);
      expectClose(run(3), [0.7, 0.3], 1e-6);
      expect(divergence(run(3))).toBeCloseTo(0.02496374, 6);
    }),
  );

  it('APGD-CE: what it reaches, and its loss', async () => {
    const wide = await trajectory(twoLayerModel, X, {epsilon: 0.1, returns: 'best-loss'});
    expect(wide.success).toBe(true);
    expectClose(lossesAt(twoLayerModel, [wide.adversarial]), [1.267138], 2e-6);
    const narrow = await trajectory(twoLayerModel, X, {epsilon: 0.05, returns: 'best-loss'});
    expect(narrow.success).toBe(false);
    expectClose(narrow.adversarial, [0.55, 0.45], 1e-6);
    expectClose(lossesAt(twoLayerModel, [narrow.adversarial]), [1.109412], 2e-6);
  });

  it('APGD-DLR: its path, point by point, with the losses', async () => {
    const {points, success} = await trajectory(twoLayerModel, X, {loss: 'dlr', epsilon: 0.1});
    const path = points.slice(0, 4);
    expectClose(path.flat(), [0.6, 0.4, 0.7, 0.3, 0.575, 0.3, 0.5, 0.3], 1e-6);
    expectClose(lossesAt(twoLayerModel, path, dlrLoss), [-0.7, -0.5, -0.234043, 0.111111], 2e-6);
    expect(success).toBe(true);
  });

  it('APGD-T: broken at once on the way to class 3', async () => {
    const {points, success} = await trajectory(twoLayerModel, X, {
      ...{loss: 'targeted-dlr', epsilon: 0.1, numTargets: 1},
    });
    expect(success).toBe(true);
    expectClose(points[1] as number[], [0.5, 0.3], 1e-6);
    expectClose(lossesAt(twoLayerModel, [[0.5, 0.3]], targetedTo(3)), [0.066667], 2e-6);
  });

  it('APGD-CE in L2: four points, and their losses', async () => {
    const {points} = await trajectory(twoLayerModel, X, {norm: 'l2', epsilon: 0.1});
    const path = points.slice(1, 5);
    const expected = [[0.503458, 0.426068], [0.504481, 0.429599], [0.505706, 0.433295], [0.506469, 0.435384]]; // prettier-ignore
    expectClose(path.flat(), expected.flat(), 2e-6);
    expectClose(lossesAt(twoLayerModel, path), [1.188768, 1.189407, 1.189786, 1.189864], 2e-6);
  });
});

describe('12.6 (a), a linear model with two classes', () => {
  const X = [0.5, 0.4, 0.6];
  /** z_0 − z_1. */
  const marginAt = (point: number[]) => {
    const [first, second] = tf.tidy(() => numbers(two(tf.tensor2d([point]))));
    return (first as number) - (second as number);
  };
  const step = (norm: 'linf' | 'l2', epsilon: number, x = X) =>
    tf.tidy(() => numbers(fgsmAttack(two, tf.tensor2d([x]), int([0]), {norm, epsilon})));

  it('has its loss and margin at x', () => {
    expectClose(lossesAt(two, [X]), [0.644397], 1e-6);
    expect(marginAt(X)).toBeCloseTo(0.1, 6);
  });

  it.each([
    ['linf', 0.01, 0.66846, 0.05],
    ['linf', 0.03, 0.71846, -0.05],
    ['l2', 0.03, undefined, -0.0081665],
  ] as const)('%s, ε %d: loss and margin after the step', (norm, epsilon, loss, margin) => {
    const point = step(norm, epsilon);
    if (loss !== undefined) expectClose(lossesAt(two, [point]), [loss], 1e-6);
    expect(marginAt(point)).toBeCloseTo(margin, 6);
  });

  it('is cut by the range', () => {
    // The third weight is the same for both classes: no gradient but rounding.
    expectClose(step('linf', 0.03, [0.01, 0.4, 0.6]).slice(0, 2), [0, 0.43], 1e-6);
  });
});
