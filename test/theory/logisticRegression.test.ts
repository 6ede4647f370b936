// The closed forms of Theorem 1 are what the regressions of Figures 2 and 3 tend to; tolerances are
// three standard deviations over seeds, training.md 6.3.
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {sampleGaussianMixture} from '../../src/theory/gaussianMixture';
import {gaussianTheory} from '../../src/theory/gaussianTheory';
import {linearErrors, type LinearClassifier} from '../../src/theory/linearErrors';
import {logisticRegression} from '../../src/theory/logisticRegression';
import {expectClose} from '../support/tensors';

const offsetOf = ({weights, bias}: LinearClassifier) => bias / Math.hypot(...Array.from(weights));
const SIZE = 20_000;

/** The mean loss under the worst perturbation of size ε, of two weights and a bias. */
function lossOf(
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  [v = 0, w = 0, bias = 0]: readonly number[],
  epsilon: number,
): number {
  const reach = epsilon * (Math.abs(v) + Math.abs(w));
  const losses = Array.from(labels, (c, i) => {
    const score = v * (x[2 * i] as number) + w * (x[2 * i + 1] as number) + bias;
    return Math.log1p(Math.exp(reach - (c === 0 ? score : -score)));
  });
  return losses.reduce((sum, loss) => sum + loss) / losses.length;
}

/** Central differences of {@link lossOf}. */
const slopesOf = (...[x, labels, at, epsilon]: Parameters<typeof lossOf>) =>
  at.map((_, k) => {
    const moved = (step: number) =>
      lossOf(x, labels, at.map((p, l) => (l === k ? p + step : p)), epsilon); // prettier-ignore
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });

describe.each([1, 2, 5])('logisticRegression at an imbalance ratio of %d', (imbalanceRatio) => {
  const sample = sampleGaussianMixture({size: SIZE, imbalanceRatio, rng: createRng(11)});
  const theory = gaussianTheory({imbalanceRatio});

  it.each([
    ['natural', 0, 0.037, 0.019],
    ['robust', 0.5, 0.047, 0.022],
  ] as const)('%s: the boundary and the tail of the theory', (kind, epsilon, near, nearTail) => {
    const classifier = logisticRegression(sample.x, sample.labels, {epsilon});
    expect(Math.abs(offsetOf(classifier) - theory[kind].bias)).toBeLessThan(near);
    const {tail} = linearErrors(classifier, {imbalanceRatio});
    expect(Math.abs(tail.standard - theory[kind].tail.standard)).toBeLessThan(nearTail);
    expect(Math.abs(tail.robust - theory[kind].tail.robust)).toBeLessThan(nearTail);
    // w = 2 (η - ε) in each coordinate, b = ln r.
    for (const w of classifier.weights) expect(Math.abs(w - 2 * (1 - epsilon))).toBeLessThan(0.12);
    expect(Math.abs(classifier.bias - Math.log(imbalanceRatio))).toBeLessThan(0.1);
  });
});

describe('logisticRegression', () => {
  const {x, labels} = sampleGaussianMixture({size: 300, imbalanceRatio: 2, rng: createRng(5)});
  it.each([0, 0.3])('is at a minimum of the loss against ε %d', (epsilon) => {
    const {weights, bias} = logisticRegression(x, labels, {epsilon});
    const optimum = [...weights, bias];
    const least = lossOf(x, labels, optimum, epsilon);
    for (let k = 0; k < 3; k++) {
      for (const step of [-1e-3, 1e-3]) {
        const moved = optimum.map((p, l) => p + (l === k ? step : 0));
        expect(lossOf(x, labels, moved, epsilon)).toBeGreaterThan(least);
      }
    }
  });

  it('halves steps that lead uphill', () => {
    // Whole Newton steps swap the signs of these weights again and again.
    const near = [-2, 2.5, 2.5, -1.5, -1, 3, -1, 2, 0, 2, 2, 2];
    const classes = [1, 1, 0, 0, 0, 1];
    const {weights, bias} = logisticRegression(near, classes, {epsilon: 0.25});
    for (const slope of slopesOf(near, classes, [...weights, bias], 0.25)) {
      expect(Math.abs(slope)).toBeLessThan(1e-8);
    }
    expect(weights).toBeInstanceOf(Float64Array);
    expectClose([...weights, bias], [-0.28997291, 0.28224063, -0.4700981412], 1e-7);
  });

  it('stops at the tolerance, which is 1e-10 by default', () => {
    // At the start, where everything is 0, no slope is as large as 10.
    const {weights, bias} = logisticRegression(x, labels, {tolerance: 10});
    expect([...weights, bias]).toEqual([0, 0, 0]);
    const best = logisticRegression(x, labels);
    expect(best).toEqual(logisticRegression(x, labels, {epsilon: 0, tolerance: 1e-10}));
    const coarse = logisticRegression(x, labels, {tolerance: 1e-2});
    const slopes = slopesOf(x, labels, [...coarse.weights, coarse.bias], 0).map(Math.abs);
    expect(Math.max(...slopes)).toBeLessThan(1e-2);
    expect(Math.max(...slopes)).toBeGreaterThan(1e-6);
  });

  it('takes no more steps than it may', () => {
    expect(() => logisticRegression(x, labels, {maxSteps: 1})).toThrow(/none after 1 steps/);
    // One step is enough to come this near, and a second look to see it.
    const tolerance = 0.2;
    expect(() => logisticRegression(x, labels, {maxSteps: 1, tolerance})).toThrow(/"x"/);
    expect(logisticRegression(x, labels, {maxSteps: 2, tolerance}).weights).toHaveLength(2);
    const best = logisticRegression(x, labels);
    expect(logisticRegression(x, labels, {maxSteps: 20})).toEqual(best);
  });

  it('refuses coordinates that are one and the same: any split of their weights is optimal', () => {
    const twice = [2, 2, -2, -2, 1, 1, -1, -1];
    expect(() => logisticRegression(twice, [0, 1, 1, 0])).toThrow(
      /^logisticRegression: "x" must have an optimal classifier of finite, non-zero weights/,
    );
  });

  it('refuses data without an optimum, and sizes that do not fit', () => {
    expect(() => logisticRegression([2, -2], [0, 1])).toThrow(
      /^logisticRegression: "x" must have an optimal classifier of finite, non-zero weights/,
    );
    expect(() => logisticRegression(x, labels, {epsilon: 3})).toThrow(
      /non-zero weights, found none after 100 steps/,
    );
    expect(() => logisticRegression([1, 2, 3], [0, 1])).toThrow(/"x" must have the same number/);
    expect(() => logisticRegression([1, 2, NaN, 4], [0, 1])).toThrow(/"x\[2\]" must be .*finite/);
    expect(() => logisticRegression(new Array(4098).fill(1), [0, 1])).toThrow(
      /"x.length \/ labels.length" must be .*2048, found 2049/,
    );
    expect(() => logisticRegression([], [0, 1])).toThrow(
      /"x" must have the same number of coordinates for each of the 2 examples, found 0 coordinates/,
    );
    expect(() => logisticRegression(5 as never, [0, 1])).toThrow(
      /^logisticRegression: "x" must be an array of numbers, found 5/,
    );
    expect(() => logisticRegression([1, 2], 5 as never)).toThrow(/^logisticRegression: "labels"/);
    for (const labels of [
      [0, 0],
      [1, 1],
    ]) {
      expect(() => logisticRegression([1, 2], labels)).toThrow(
        /^logisticRegression: "labels" must have examples of both classes, found one class only/,
      );
    }
    expect(() => logisticRegression([1, 2], [0, 2])).toThrow(/"labels"/);
    expect(() => logisticRegression(x, labels, {maxSteps: 0})).toThrow(/"maxSteps"/);
    expect(() => logisticRegression(x, labels, {maxSteps: 1.5})).toThrow(/"maxSteps"/);
    expect(() => logisticRegression(x, labels, {steps: 1} as never)).toThrow(/"steps"/);
    expect(() => logisticRegression(x, labels, {tolerance: 0})).toThrow(/"tolerance"/);
    expect(() => logisticRegression(x, labels, {epsilon: -1})).toThrow(/"epsilon"/);
  });
});
