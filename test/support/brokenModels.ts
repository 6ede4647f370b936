import * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../../src/core/classifier';
import type {WarningCode} from '../../src/attacks/autoAttack/diagnostics';
import {createRng} from '../../src/core/rng';

const [HEIGHT, WIDTH] = [6, 6];
const PIXELS = HEIGHT * WIDTH;

/** Weights of a linear classifier of 6x6 images into 4 classes, seeded. */
const WEIGHTS = (() => {
  const rng = createRng(5);
  return Float32Array.from({length: PIXELS * 4}, () => rng.normal());
})();

/** Logits of a linear classifier on 6x6 grey images; sound. */
export const soundModel: Classifier = (x) =>
  tf.matMul(tf.sub(tf.reshape(x, [-1, PIXELS]), 0.5), tf.tensor2d(WEIGHTS, [PIXELS, 4]));

/** Images, and the labels that `soundModel` gives them. */
export function soundExamples(count: number, seed = 3): {x: tf.Tensor4D; labels: tf.Tensor1D} {
  const rng = createRng(seed);
  const x = tf.tensor4d(
    Float32Array.from({length: count * PIXELS}, () => 0.1 + 0.8 * rng.uniform()),
    [count, HEIGHT, WIDTH, 1],
  );
  const labels = tf.tidy(() => tf.argMax<tf.Tensor1D>(soundModel(x), 1));
  return {x, labels};
}

/** A model that fakes robustness or cannot be evaluated, and the warning that it must get. */
export interface BrokenModel {
  readonly code: WarningCode;
  readonly make: () => {model: Classifier; dispose?: () => void};
}

// Passes values on; of every other pixel's gradient the sign is turned.
const masked: Classifier = (x) => {
  const signs = Float32Array.from({length: PIXELS}, (_, i) => (i % 2 === 0 ? 1 : -1));
  const pass = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.tensor(signs, [1, HEIGHT, WIDTH, 1])),
  }));
  return soundModel(pass(x) as tf.Tensor4D);
};

/** Deliberately broken models, by what is broken. */
export const BROKEN_MODELS: Readonly<Record<string, BrokenModel>> = {
  'input rounded to few levels': {
    code: 'zero-gradient',
    make: () => ({model: (x) => soundModel(tf.div(tf.round(tf.mul(x, 16)), 16))}),
  },
  'gradients of the wrong sign': {
    code: 'black-box-stronger',
    make: () => ({model: masked}),
  },
  'noise in the model': {
    code: 'randomized',
    make: () => {
      const rng = createRng(1);
      const noise = (shape: number[]) => tf.randomNormal(shape, 0, 0.3, 'float32', rng.seed());
      return {model: (x) => soundModel(tf.add(x, noise(x.shape)))};
    },
  },
  'softmax at the end': {
    code: 'probabilities',
    make: () => ({model: (x) => tf.softmax(soundModel(x))}),
  },
  'purifies its input by gradient steps': {
    code: 'test-time-optimization',
    make: () => {
      const energy = tf.grad((x: tf.Tensor) => tf.sum(tf.square(tf.sub(x, 0.5))));
      return {model: (x) => soundModel(tf.sub(x, tf.mul(energy(x), 0.05)))};
    },
  },
  'learns at test time': {
    code: 'test-time-optimization',
    make: () => {
      const mean = tf.variable(tf.scalar(0.5), false);
      return {
        model: (x) => {
          mean.assign(tf.tidy(() => tf.add(tf.mul(mean, 0.999), tf.mul(tf.mean(x), 0.001))));
          return soundModel(tf.add(tf.sub(x, mean), 0.5));
        },
        dispose: () => {
          mean.dispose();
        },
      };
    },
  },
  'normalises by the batch': {
    code: 'batch-dependent',
    make: () => ({
      model: (x) => soundModel(tf.add(tf.sub(x, tf.mean(x, 0, true)), 0.5)),
    }),
  },
  'logits scaled up': {
    code: 'logit-scale',
    make: () => ({model: (x) => tf.mul(soundModel(x), 1e4)}),
  },
  'NaN for dark pixels': {
    code: 'non-finite-logits',
    make: () => ({
      model: (x) =>
        soundModel(tf.add(x, tf.mul(0, tf.log(tf.sub(tf.mean(x, [1, 2, 3], true), 0.4))))),
    }),
  },
};
