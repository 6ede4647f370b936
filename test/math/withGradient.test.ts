import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ofRank} from '../../src/core/rank';
import {withGradient} from '../../src/math/withGradient';
import {expectClose, expectNoLeak} from '../support/tensors';

describe('withGradient', () => {
  // x² y with gradients that are told apart from the true ones by a factor.
  const product = (x: tf.Tensor1D, y: tf.Tensor1D, seen: string[][] = []): tf.Tensor1D =>
    withGradient(
      [x, y],
      () => {
        const square = tf.square(x);
        return {value: tf.mul<tf.Tensor1D>(square, y), keep: {square, factor: y}};
      },
      (dy, kept) => {
        seen.push(Object.keys(kept));
        return [tf.mul(dy, tf.mul(kept.factor, 10)), tf.mul(dy, tf.mul(kept.square, 100))];
      },
    );

  it('differentiates by what it is given, with the kept tensors under their names', () => {
    tf.tidy(() => {
      const seen: string[][] = [];
      const [dx, dy] = tf.grads((x: tf.Tensor, y: tf.Tensor) =>
        product(ofRank(x, 1), ofRank(y, 1), seen),
      )([tf.tensor1d([2, 3]), tf.tensor1d([5, 7])]);
      expectClose(dx as tf.Tensor, [50, 70]);
      expectClose(dy as tf.Tensor, [400, 900]);
      expect(seen).toEqual([['square', 'factor']]);
    });
  });

  it('takes one gradient for one input, and keeps nothing where no tape is written', async () => {
    const x = tf.tensor1d([1, 2]);
    await expectNoLeak(() => {
      const value = tf.tidy(() => product(x, x));
      expectClose(value, [1, 8]);
      value.dispose();
    });
    const slope = tf.grad((z: tf.Tensor) =>
      withGradient(
        [z],
        () => ({value: tf.clone(z), keep: {}}),
        (dy) => tf.mul(dy, 3),
      ),
    )(x);
    expectClose(slope, [3, 3]);
    tf.dispose([x, slope]);
  });
});
