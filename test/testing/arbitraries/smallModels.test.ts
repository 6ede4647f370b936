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
