// The closed forms of Theorem 1 are what the regressions of Figures 2 and 3 tend to; tolerances are
// three standard deviations over seeds, training.md 6.3.
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {sampleGaussianMixture} from '../../src/theory/gaussianMixture';
import {gaussianTheory} from '../../src/theory/gaussianTheory';
import {linearErrors, type LinearClassifier} from '../../src/theory/linearErrors';
import {logisticRegression} from '../../src/theory/logisticRegression';

const offsetOf = ({weights, bias}: LinearClassifier) => bias / Math.hypot(...Array.from(weights));
const SIZE = 20_000;

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
  const lossOf = (parameters: readonly number[], epsilon: number) => {
    const weights = parameters.slice(0, 2);
    const reach = epsilon * weights.reduce((sum, w) => sum + Math.abs(w), 0);
    let loss = 0;
    labels.forEach((c, i) => {
      const score = weights.reduce((sum, w, k) => sum + w * (x[2 * i + k] as number), 0);
      loss += Math.log1p(Math.exp(-((c === 0 ? 1 : -1) * (score + (parameters[2] ?? 0)) - reach)));
    });
    return loss / labels.length;
  };

  it.each([0, 0.3])('is at a minimum of the loss against ε %d', (epsilon) => {
    const {weights, bias} = logisticRegression(x, labels, {epsilon});
    const optimum = [...weights, bias];
    const least = lossOf(optimum, epsilon);
    for (let k = 0; k < 3; k++) {
      for (const step of [-1e-3, 1e-3]) {
        const moved = optimum.map((p, l) => p + (l === k ? step : 0));
        expect(lossOf(moved, epsilon)).toBeGreaterThan(least);
      }
    }
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
    expect(() => logisticRegression(x, labels, {epsilon: 3})).toThrow(/non-zero weights/);
    expect(() => logisticRegression([1, 2, 3], [0, 1])).toThrow(/"x" must have the same number/);
    expect(() => logisticRegression([1, 2, NaN, 4], [0, 1])).toThrow(/"x\[2\]" must be .*finite/);
    expect(() => logisticRegression(new Array(4098).fill(1), [0, 1])).toThrow(
      /"x.length \/ labels.length" must be .*2048, found 2049/,
    );
    expect(() => logisticRegression([1, 2], [0, 0])).toThrow(/"labels".*both classes/);
    expect(() => logisticRegression([1, 2], [0, 2])).toThrow(/"labels"/);
    expect(() => logisticRegression(x, labels, {maxSteps: 0})).toThrow(/"maxSteps"/);
    expect(() => logisticRegression(x, labels, {tolerance: 0})).toThrow(/"tolerance"/);
    expect(() => logisticRegression(x, labels, {epsilon: -1})).toThrow(/"epsilon"/);
  });
});
