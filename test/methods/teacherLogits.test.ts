import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {asClassifier} from '../../src/core/classifier';
import {disposeAfter} from '../../src/core/memory';
import {teacherLogits} from '../../src/methods/teacherLogits';
import {linearModel} from '../support/models';
import {denseNet} from '../support/trainings';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

it('asks a teacher once per input and step', async () => {
  let asked = 0;
  const linear = linearModel([[1, 0], [0, 2]], [0, 0]); // prettier-ignore
  const teacher = (x: tf.Tensor2D) => {
    asked++;
    return linear(x);
  };
  const [x, other] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
  for (const steps of [1, 2]) {
    await expectNoLeak(() =>
      disposeAfter(async (own) => {
        const first = teacherLogits({own}, teacher, x, 'here');
        expectClose(first, [1, 4]);
        expect(teacherLogits({own}, teacher, x, 'here')).toBe(first);
        expectClose(teacherLogits({own}, teacher, other, 'here'), [3, 8]);
        expectClose(teacherLogits({own}, linear, x, 'here'), [1, 4]); // another teacher
        return Promise.resolve();
      }),
    );
    expect(asked).toBe(2 * steps);
  }
  tf.dispose([x, other]);
});

it('runs a layers model in inference mode', async () => {
  const net = denseNet();
  const x = tf.tensor2d([[0, 1, 0], [1, 0, 0]]); // prettier-ignore
  await disposeAfter(async (own) => {
    const expected = tf.tidy(() => numbers(asClassifier<tf.Tensor2D>(net)(x)));
    expect(numbers(teacherLogits({own}, net, x, 'here'))).toEqual(expected);
    return Promise.resolve();
  });
  x.dispose();
  net.dispose();
});
