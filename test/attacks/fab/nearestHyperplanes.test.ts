import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {nearestHyperplanes} from '../../../src/attacks/fab/nearestHyperplanes';
import {liveRows} from '../../../src/attacks/search/liveRows';
import {countedPasses} from '../../../src/attacks/search/passes';
import {emptyOutcome, type Problem} from '../../../src/attacks/search/problem';
import type {Classifier} from '../../../src/core/classifier';
import {linearModel} from '../../support/models';
import {expectClose, expectNoLeak} from '../../support/tensors';

// f₁ = 3 − z₀: w (3, 0), 1.2 away under L∞; f₂: w (2, 2).
const model = linearModel(
  [
    [0, 0],
    [3, 0],
    [2, 2],
  ],
  [4, 0, 0],
);
const classes = [Int32Array.of(1, 1, 1), Int32Array.of(2, 2, 2)];

async function nearest(
  norm: 'linf' | 'l2',
  others: readonly Int32Array[],
  classify: Classifier<tf.Tensor2D> = model,
) {
  const x = tf.tensor2d([
    [0.5, 0.25],
    [0.25, 0.5],
    [1, 1],
  ]);
  const problem: Problem<tf.Tensor2D> = {
    where: 'test',
    model: classify,
    x,
    labels: Int32Array.of(0, 0, 0),
    logits: new Float32Array(9),
    numClasses: 3,
    threat: {norm, epsilon: 1, clip: [0, 1]},
    levels: undefined,
    ids: Int32Array.of(0, 1, 2),
    rng: undefined,
    earlyStop: true,
    pause: () => Promise.resolve(),
  };
  const outcome = emptyOutcome(3);
  // The second example is decided.
  const rows = liveRows(3, (position) => position === 1);
  const state = tf.tidy(() => tf.gather(x, tf.tensor1d([...rows.positions], 'int32')));
  try {
    const passes = countedPasses(problem, outcome);
    const planes = await nearestHyperplanes(problem, passes, rows, state, others);
    return {...planes, outcome};
  } finally {
    tf.dispose([x, state]);
  }
}

describe('nearestHyperplanes', () => {
  it('gives the hyperplane of the one class asked for', async () => {
    const {normals, values, flat} = await nearest('linf', [Int32Array.of(1, 9, 2)]);
    expectClose(normals.subarray(0, 4), [3, 0, 2, 2]);
    expectClose(values.subarray(0, 2), [1.5 - 4, 4 - 4]);
    expect([flat[0], flat[1]]).toEqual([0, 0]);
  });

  it('gives the nearest in the norm, each row its own', async () => {
    // First row: 2.5 / 3 and 2.5 / 4 under L∞; 2.5 / 3 and 2.5 / √8 under L2.
    const linf = await nearest('linf', classes);
    expectClose(linf.normals.subarray(0, 2), [2, 2]);
    expect(linf.values[0]).toBeCloseTo(-2.5, 5);
    const l2 = await nearest('l2', classes);
    expectClose(l2.normals.subarray(0, 2), [3, 0]);
    // Second row: the boundary goes through it.
    expectClose(l2.normals.subarray(2, 4), [2, 2]);
    expectClose(l2.values.subarray(1, 2), [0]);
  });

  it('takes the first of equally near ones', async () => {
    const even = linearModel(
      [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
      [2, 0, 0.25],
    );
    const {normals} = await nearest('linf', classes, even);
    expectClose(normals.subarray(0, 4), [1, 0, 0, 1]);
    const same = await nearest('linf', [...classes].reverse(), even);
    expectClose(same.normals.subarray(0, 2), [0, 1]);
  });

  it('counts a forward and a backward pass for each class', async () => {
    const {outcome} = await nearest('l2', classes);
    expect([...outcome.forward]).toEqual([2, 0, 2]);
    expect([...outcome.backward]).toEqual([2, 0, 2]);
  });

  it('says where every gradient is zero', async () => {
    const half: Classifier<tf.Tensor2D> = (x) =>
      tf.concat([tf.ones([x.shape[0], 1]), tf.mul(x, [0, 1])], 1) as tf.Tensor2D;
    expect([...(await nearest('l2', [classes[0] as Int32Array], half)).flat]).toEqual([1, 1]);
    expect([...(await nearest('l2', classes, half)).flat]).toEqual([0, 0]);
  });

  it('passes over what is not finite', async () => {
    // Class 1 has an infinite slope, class 2 a finite one.
    const cliff = tf.customGrad((z) => ({
      value: tf.mul(z as tf.Tensor, 0),
      gradFunc: (dy) => tf.where(tf.equal(dy, 0), tf.zerosLike(dy), tf.fill(dy.shape, Infinity)),
    }));
    const steep: Classifier<tf.Tensor2D> = (x) => {
      const [a, b] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      return tf.concat([tf.zerosLike(a), cliff(a), tf.sub(b, 2)], 1) as tf.Tensor2D;
    };
    const {normals, values} = await nearest('linf', classes, steep);
    expectClose(normals.subarray(0, 4), [0, 1, 0, 1]);
    expectClose(values.subarray(0, 2), [0.25 - 2, 1 - 2]);
    const none = await nearest('linf', [classes[0] as Int32Array], steep);
    expect([...none.normals.subarray(0, 4), ...none.values]).toEqual([0, 0, 0, 0, 0, 0]);
    const infinite: Classifier<tf.Tensor2D> = (x) =>
      tf.add<tf.Tensor2D>(model(x), [0, Infinity, 0]);
    expectClose((await nearest('l2', classes, infinite)).normals.subarray(0, 4), [2, 2, 2, 2]);
  });

  it('leaks nothing, also when the model throws', async () => {
    await expectNoLeak(() => nearest('l2', classes));
    const fail = () => {
      throw new Error('no');
    };
    await expectNoLeak(async () => {
      await expect(nearest('l2', classes, fail)).rejects.toThrow('no');
    });
  });
});
