import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {createStudent} from '../../src/training/student';
import {asBothModes} from '../support/preparedSteps';
import {denseNet} from '../support/trainings';
import {expectNoLeak, numbers} from '../support/tensors';

const X = [[0, 1, 0], [1, 0, 0.5]]; // prettier-ignore

it('makes one pass per input tensor; a clone is another input', () => {
  let passes = 0;
  const model = asBothModes((x: tf.Tensor2D) => {
    passes++;
    return x;
  });
  tf.tidy(() => {
    const {student} = createStudent(model, 'here', false);
    const x = tf.tensor2d(X);
    expect(student(x).logits).toBe(student(x).logits);
    student(tf.clone(x));
    expect(passes).toBe(2);
    createStudent(model, 'here', false).student(x);
    expect(passes).toBe(3);
  });
});

it('keeps passes beyond the tape if asked to, features too, until it is disposed', async () => {
  const net = denseNet();
  const model = asTrainableClassifier<tf.Tensor2D>(net);
  const x = tf.tensor2d(X);
  await expectNoLeak(() => {
    const {student, dispose} = createStudent(model, 'here', true);
    const first = tf.tidy(() => {
      const {logits, features} = student(x);
      return {logits: numbers(logits), features: numbers(features)};
    });
    const {logits, features} = student(x);
    expect({logits: numbers(logits), features: numbers(features)}).toEqual(first);
    dispose();
    expect([logits.isDisposed, features.isDisposed]).toEqual([true, true]);
  });
  const bare = createStudent(
    asBothModes((v: tf.Tensor2D) => tf.clone(v)),
    'here',
    true,
  );
  tf.tidy(() => {
    bare.student(x);
  });
  expect(numbers(bare.student(x).logits)).toEqual(X.flat());
  expect(() => bare.student(x).features).toThrow(/here: "model" must give features/);
  bare.dispose();
  x.dispose();
  net.dispose();
});
