import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {classifierInMode, type ClassifierMode} from '../../src/core/classifierMode';
import {passTensors} from '../../src/core/pass';
import {denseNet} from '../support/trainings';
import {expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

it('normalises by running or batch statistics, and moves the running ones in training mode', async () => {
  const net = denseNet();
  const model = asTrainableClassifier<Vectors>(net);
  const x = tf.tensor2d([[0, 1, 0], [1, 0, 0], [0.5, 0, 1]]); // prettier-ignore
  const statistics = () => model.statistics.map(numbers);
  const start = statistics();
  const logitsIn = (mode: ClassifierMode) =>
    tf.tidy(() => numbers(classifierInMode(model, mode)(x)));
  await expectNoLeak(() => {
    expect(logitsIn('inference')).toEqual(tf.tidy(() => numbers(model.inference(x))));
    const batch = logitsIn('batch-statistics');
    expect(statistics()).toEqual(start);
    expect(batch).not.toEqual(logitsIn('inference'));
    expect(logitsIn('training')).toEqual(batch);
    const moved = statistics();
    expect(moved).not.toEqual(start);
    expect(tf.tidy(() => numbers(passTensors(model.training(x)).logits))).toEqual(batch);
  });
  expect(() => classifierInMode(model, 'eval' as 'training', 'here')).toThrow(
    /here: "mode" must be one of 'inference', 'batch-statistics', 'training', found 'eval'/,
  );
  x.dispose();
  net.dispose();
});

it('puts the statistics back when the model throws', () => {
  const net = denseNet();
  const {statistics, ...rest} = asTrainableClassifier<Vectors>(net);
  const start = statistics.map(numbers);
  const failing = {
    ...{...rest, statistics},
    training: (x: Vectors) => {
      rest.training(x);
      throw new Error('no pass');
    },
  };
  const classify = classifierInMode(failing, 'batch-statistics');
  expect(() => tf.tidy(() => classify(tf.ones([2, 3])))).toThrow('no pass');
  expect(statistics.map(numbers)).toEqual(start);
  net.dispose();
});

it('carries gradients to the input by the statistics of the batch', () => {
  const net = denseNet();
  const model = asTrainableClassifier<Vectors>(net);
  const classify = classifierInMode(model, 'batch-statistics');
  tf.tidy(() => {
    const x = tf.tensor2d([[0, 1, 0], [1, 0, 0.3], [0.5, 0.2, 1]]); // prettier-ignore
    // Batch norm's output does not change when every example moves alike.
    const [gradient] = [
      tf.grad((input: tf.Tensor) => tf.sum(tf.square(classify(input as Vectors))))(x),
    ];
    const along = numbers(tf.sum(gradient, 0));
    expect(Math.max(...numbers(gradient).map(Math.abs))).toBeGreaterThan(1e-3);
    expect(Math.max(...along.map(Math.abs))).toBeLessThan(1e-5);
  });
  net.dispose();
});

it.each([
  [null, 'null'],
  [3, '3'],
  [(x: tf.Tensor) => x, 'a function'],
  [{inference: 1}, 'an object with inference'],
])('refuses the model %o, and modes that there are not', (model, found) => {
  expect(() => classifierInMode(model as never, 'training')).toThrow(
    `classifierInMode: "model" must be {inference, training, variables, statistics}, found ${found}`,
  );
  expect(() => classifierInMode(model as never, 'training', 'train')).toThrow(
    /^train: "model" must .*\. Pass asTrainableClassifier\(model\)\.$/,
  );
  const net = denseNet();
  expect(() => classifierInMode(asTrainableClassifier(net), 'test' as never, 'train')).toThrow(
    /^train: "mode" must be one of/,
  );
  net.dispose();
});
