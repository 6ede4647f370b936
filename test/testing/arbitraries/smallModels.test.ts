import * as tf from '@tensorflow/tfjs-core';
import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {isUnusableGradientError} from '../../../src/core/errors';
import {fgsmAttack} from '../../../src/attacks/fgsmAttack';
import {imageBatches} from '../../../src/testing/arbitraries/imageBatches';
import {toTensor} from '../../../src/testing/arbitraries/plainTensor';
import {type SmallModel, smallModels} from '../../../src/testing/arbitraries/smallModels';
import {shrunk} from '../../support/shrunk';
import {expectClose, int} from '../../support/tensors';

// The network again, in plain numbers.
function logitsOf({hidden, output}: SmallModel, x: readonly number[]): number[] {
  const layer = (input: readonly number[], {weights, bias}: SmallModel['output']) =>
    bias.map((b, unit) => input.reduce((sum, v, i) => sum + v * weights[i]![unit]!, b));
  const features = hidden === null ? x : layer(x, hidden).map((v) => Math.max(0, v));
  return [-1, ...layer(features, output)];
}

describe('smallModels', () => {
  it.prop([smallModels(2), fc.tuple(fc.nat({max: 4}), fc.nat({max: 4}))])(
    'compute what their weights say',
    (model, [a, b]) => {
      const x = [a / 4, b / 4];
      const logits = tf.tidy(() => model.classify(tf.tensor2d([x])).dataSync());
      expectClose(logits, logitsOf(model, x), 1e-6);
    },
  );

  it.prop(
    [smallModels(4, {numClasses: 2}), imageBatches({count: 2, height: 2, width: 2, channels: 1})],
    {
      numRuns: 50,
    },
  )('are accepted by attacks, whatever their weights', (model, batch) => {
    tf.tidy(() => {
      try {
        fgsmAttack(model.classify, toTensor<tf.Tensor>(batch), int([0, 1]), {epsilon: 0.1});
      } catch (error) {
        // A model of zeros has no gradient: attacks say so, and that is all they may say.
        if (!isUnusableGradientError(error)) throw error;
      }
    });
  });

  it('shrink toward a linear model of zeros', () => {
    const {hidden, output} = shrunk(smallModels(2), () => true);
    expect(hidden).toBeNull();
    expect(output.weights).toEqual([[0, 0], [0, 0]]); // prettier-ignore
    const bent = shrunk(
      smallModels(1),
      (model) => model.hidden !== null && logitsOf(model, [1])[1]! > 0,
      (model) => model.hidden?.bias.length,
    );
    expect(bent).toBe(1);
  });

  it('print as their weights', () => {
    const [model] = fc.sample(smallModels(1, {maxHidden: 0, numClasses: 2}), {numRuns: 1, seed: 3});
    expect(fc.stringify(model)).toMatch(/^smallModels\(1\): \{"hidden":null,"output":\{"bias":\[/);
  });

  it('refuse sizes that make no model', () => {
    for (const size of [0, 1.5]) expect(() => smallModels(size)).toThrow('"inputSize" must');
    for (const numClasses of [1, 2.5]) {
      expect(() => smallModels(1, {numClasses})).toThrow('"numClasses" must');
    }
    for (const maxHidden of [-1, 0.5]) {
      expect(() => smallModels(1, {maxHidden})).toThrow('"maxHidden" must');
    }
  });
});

describe('options of smallModels', () => {
  const drawn = (...given: Parameters<typeof smallModels>) =>
    fc.sample(smallModels(...given), {numRuns: 300, seed: 1});

  it('have their defaults: three classes, and up to four hidden units', () => {
    const models = drawn(2);
    const widths = models.map(({hidden}) => hidden?.bias.length ?? 0);
    expect([Math.min(...widths), Math.max(...widths)]).toEqual([0, 4]);
    // The first class has a constant score.
    for (const {output} of models) expect(output.bias).toHaveLength(2);
  });

  it('give each layer as many weights as it has inputs and units', () => {
    for (const {hidden, output} of drawn(3, {numClasses: 4, maxHidden: 5})) {
      const width = hidden?.bias.length;
      expect(hidden?.weights.map(({length}) => length)).toEqual(width && [width, width, width]);
      expect(output.weights.map(({length}) => length)).toEqual(
        new Array<number>(width ?? 3).fill(3),
      );
    }
  });

  it('have weights in quarters from -2 to 2, of both layers', () => {
    const layers = drawn(2).flatMap(({hidden, output}) => [output, ...(hidden ? [hidden] : [])]);
    const weights = layers.flatMap((layer) => [...layer.bias, ...layer.weights.flat()]);
    expect([Math.min(...weights), Math.max(...weights)]).toEqual([-2, 2]);
    expect(weights.every((weight) => Number.isInteger(4 * weight))).toBe(true);
    // No two weights of a layer are one number drawn once.
    const apart = layers.filter(({bias, weights: rows}) => {
      const all = [...bias, ...rows.flat()];
      return new Set(all).size > all.length / 2;
    });
    expect(apart.length).toBeGreaterThan(layers.length / 2);
  });

  it('make two classes, and linear models alone', () => {
    for (const model of drawn(1, {numClasses: 2, maxHidden: 0})) {
      expect(model.hidden).toBeNull();
      const logits = tf.tidy(() => Array.from(model.classify(tf.tensor2d([[0.5]])).dataSync()));
      expectClose(logits, logitsOf(model, [0.5]), 1e-6);
    }
  });

  it('flatten images', () => {
    const [model] = drawn(4);
    if (model === undefined) throw new Error('none was drawn');
    tf.tidy(() => {
      const images = tf.tensor4d([0, 0.25, 0.5, 1, 1, 0, 0, 0.25], [2, 2, 2, 1]);
      const logits = model.classify(images);
      expect(logits.shape).toEqual([2, 3]);
      expectClose(
        logits,
        [[0, 0.25, 0.5, 1], [1, 0, 0, 0.25]].flatMap((x) => logitsOf(model, x)), // prettier-ignore
        1e-6,
      );
    });
  });

  it.each([
    [0, {}, 'smallModels: "inputSize" must be an integer >= 1, found 0'],
    [1, {numClasses: 1}, 'smallModels: "numClasses" must be an integer >= 2, found 1'],
    [1, {maxHidden: -1}, 'smallModels: "maxHidden" must be an integer >= 0, found -1'],
  ] as const)('of %j and %j are refused with what they must be', (size, options, message) => {
    expect(() => smallModels(size, options)).toThrow(message);
  });

  it('that there are not are refused', () => {
    expect(() => smallModels(1, {hidden: 1} as never)).toThrow(/^smallModels: .*hidden/);
  });
});
