import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {tieSaved} from '../../src/kernels/savedTensors';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {expectClose} from '../support/tensors';

const X = [-1.2, -0.3, 0.4, 1.1];

/** The second derivative of an elementwise function, element by element. */
function second(f: (x: tf.Tensor) => tf.Tensor): number[] {
  return tf.tidy(() => {
    const slope = (x: tf.Tensor) => tf.grad((v: tf.Tensor) => tf.sum(f(v)))(x);
    const curve = withGradientKernels(() => tf.grad((x) => tf.sum(slope(x)))(tf.tensor1d(X)));
    return Array.from(curve.dataSync());
  });
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe('gradients of gradients', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number]>([
    ['exp', (x) => tf.exp(x), Math.exp],
    ['tanh', (x) => tf.tanh(x), (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ['sigmoid', (x) => tf.sigmoid(x), (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x))],
    ['softplus', (x) => tf.softplus(x), (x) => sigmoid(x) * (1 - sigmoid(x))],
    [
      'a layer of softmax over [x, 0]',
      (x) => {
        const layer = layers.layers.softmax({axis: -1});
        const logits = tf.stack([x, tf.zerosLike(x)], 1);
        return tf.squeeze(tf.slice(layer.apply(logits) as tf.Tensor2D, [0, 0], [-1, 1]), [1]);
      },
      (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x)),
    ],
  ])('%s has its second derivative', (_, f, wanted) => {
    expectClose(second(f), X.map(wanted), 1e-5);
  });

  it('leak nothing', () => {
    const before = tf.memory().numTensors;
    second((x) => tf.exp(x));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is refused where a gradient reads what its operation made within itself', () => {
    const odd = tf.customGrad(
      (x: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
        const within = tf.exp(x as tf.Tensor);
        (save as tf.GradSaveFunc)([within]);
        return {
          value: tf.mul(within, 2),
          gradFunc: (dy, [saved]) => tf.mul(tf.mul(dy, saved as tf.Tensor), 2),
        };
      },
    );
    const x = tf.tensor1d(X);
    const first = withGradientKernels(() => tf.grad((v: tf.Tensor) => tf.sum(odd(v)))(x));
    expectClose(
      first,
      X.map((v) => 2 * Math.exp(v)),
      1e-5,
    );
    expect(() => second((v) => odd(v))).toThrow(/the model computes a gradient itself/);
    tf.dispose([x, first]);
  });
});

describe('tieSaved', () => {
  it('moves copies of outputs behind their operation, and leaves copies of inputs', () => {
    const [x, y, ofX, ofY] = [1, 2, 3, 4].map((v) => tf.scalar(v)) as [
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
    ];
    const copy = (id: number, source: tf.Tensor, made: tf.Tensor) => ({
      ...{id, kernelName: '', inputs: {x: source}, outputs: [made], saved: []},
    });
    const operation = {id: 3, kernelName: 'Op', inputs: {x}, outputs: [y], saved: [ofX, ofY]};
    const tape = [copy(1, x, ofX), copy(2, y, ofY), operation];
    tieSaved(tape);
    expect(tape.map(({id}) => id)).toEqual([1, 3, 2]);
    tieSaved([]);
    tf.dispose([x, y, ofX, ofY]);
  });
});
