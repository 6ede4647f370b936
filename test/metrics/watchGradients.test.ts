import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {modelOf} from '../../src/core/layers/layersModel';
import {watchGradients} from '../../src/metrics/watchGradients';
import {linearTwo, tinyConvNet} from '../support/models';
import {expectNoLeak, int, numbers} from '../support/tensors';

describe('watchGradients', () => {
  it('sees the first gradient of an attack and changes none', async () => {
    await expectNoLeak(async () => {
      let calls = 0;
      // Flat for the second example at the first call, for none later.
      const model = (x: tf.Tensor2D) => {
        calls++;
        return tf.mul<tf.Tensor2D>(linearTwo(x), tf.tensor2d([[1], [calls > 1 ? 1 : 0]]));
      };
      const [x, labels] = [tf.tensor2d([[0.5, 0.4, 0.6], [0.5, 0.4, 0.6]]), int([0, 0])]; // prettier-ignore
      const watched = watchGradients(model, 2);
      expect(await watched.counts()).toBeUndefined();
      const options = {epsilon: 0.1, steps: 3};
      const seen = pgdAttack(watched.classify, x, labels, options);
      expect(calls).toBe(3);
      expect(await watched.counts()).toEqual({zero: 1, nonFinite: 0, total: 2});
      calls = 0;
      const plain = pgdAttack(model, x, labels, options);
      expect(numbers(seen)).toEqual(numbers(plain));
      watched.dispose();
      tf.dispose([x, labels, seen, plain]);
    });
  });

  it('passes by gradients of a part of the batch', async () => {
    const watched = watchGradients(linearTwo, 2);
    const [x, labels] = [tf.tensor2d([[0.5, 0.4, 0.6]]), int([0])];
    pgdAttack(watched.classify, x, labels, {epsilon: 0.1}).dispose();
    expect(await watched.counts()).toBeUndefined();
    tf.dispose([x, labels]);
  });

  it('keeps the layers model, whose batch norm is folded, and what tells examples apart', () => {
    const net = tinyConvNet();
    const classify = asClassifier(net);
    classify.forExamples = () => classify;
    const {classify: same} = watchGradients(classify, 2);
    expect(modelOf(same)).toBe(net);
    expect(same.forExamples).toBe(classify.forExamples);
    net.dispose();
  });
});
