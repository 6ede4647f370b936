import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {fromProbabilities} from '../../src/core/fromProbabilities';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

const constant = (values: number[][]) =>
  fromProbabilities(() => tf.tensor2d(values)) as (x?: tf.Tensor) => tf.Tensor2D;

describe('fromProbabilities', () => {
  it('gives the logarithm', () => {
    tf.tidy(() => {
      expectClose(constant([[0.25, 0.75]])(), [Math.log(0.25), Math.log(0.75)], 1e-6);
    });
  });

  it('stays finite at 0', () => {
    tf.tidy(() => {
      expectClose(constant([[0, 1]])(), [-126 * Math.LN2, 0], 1e-6);
    });
  });

  it('makes two classes of one column', () => {
    tf.tidy(() => {
      const logits = constant([[0.2], [0.5]])();
      expect(logits.shape).toEqual([2, 2]);
      expectClose(logits, [0.8, 0.2, 0.5, 0.5].map(Math.log), 1e-6);
    });
  });

  it('takes a layers model in inference mode, with softmax and with sigmoid', () => {
    const x = seeded<tf.Rank.R4>([3, 8, 8, 1], 2);
    const softmax = tinyConvNet({activation: 'softmax'});
    const sigmoid = tfl.sequential({
      layers: [
        tfl.layers.flatten({inputShape: [8, 8, 1]}),
        tfl.layers.dense({units: 1, activation: 'sigmoid'}),
      ],
    });
    tf.tidy(() => {
      const probabilities = softmax.predict(x) as tf.Tensor;
      expectClose(fromProbabilities(softmax)(x), numbers(tf.log(probabilities)), 1e-6);
      const p = numbers(sigmoid.predict(x) as tf.Tensor);
      const expected = p.flatMap((value) => [Math.log(1 - value), Math.log(value)]);
      expectClose(fromProbabilities(sigmoid)(x), expected, 1e-5);
    });
    x.dispose();
    softmax.dispose();
    sigmoid.dispose();
  });

  it('differentiates like the cross-entropy of the logits', () => {
    tf.tidy(() => {
      const model = fromProbabilities((x: tf.Tensor2D) => tf.softmax(x));
      const gradient = tf.grad((x: tf.Tensor) => tf.slice(model(x as tf.Tensor2D), [0, 0], [1, 1]));
      const p = 1 / (1 + Math.exp(-1));
      expectClose(gradient(tf.tensor2d([[1, 0]])), [1 - p, p - 1], 1e-5);
    });
  });

  it('leaks nothing but its result', async () => {
    await expectNoLeak(() => {
      constant([[0.5, 0.5]])().dispose();
      constant([[0.5]])().dispose();
    });
  });

  it('refuses what is no model, and an output that is no matrix', async () => {
    expect(() => fromProbabilities(null as never)).toThrow(
      /fromProbabilities: "model" must be a function/,
    );
    expect(() => fromProbabilities({} as never)).toThrow(/found an object/);
    const vector = fromProbabilities((() => tf.tensor1d([1, 0])) as never);
    await expectNoLeak(() => {
      expect(() => vector(undefined as never)).toThrow(
        /"model" must give probabilities \[batch, classes\], or \[batch, 1\], found float32 \[2\]/,
      );
    });
    const nothing = fromProbabilities((() => 3) as never);
    expect(() => nothing(undefined as never)).toThrow(/found \d/);
  });
});
