import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../../src/core/classifier';
import {passOf, passTensors} from '../../../src/core/pass';
import {layersClassifier} from '../../../src/models/layersClassifier';
import {seeded, tinyConvNet} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

type Vectors = tf.Tensor2D;
const {layers} = tfl;

const passesOf = (model: tfl.LayersModel, x: tf.Tensor) =>
  passOf(passTensors(asTrainableClassifier<tf.Tensor>(model).training(x)), 'test');

// Features times the last kernel, plus its bias, are the logits: whatever ends the model.
function expectHead(model: tfl.LayersModel, x: tf.Tensor, head: tfl.layers.Layer) {
  tf.tidy(() => {
    const {logits, features} = passesOf(model, x);
    const [kernel, bias] = head.getWeights() as [tf.Tensor2D, tf.Tensor1D];
    expectClose(tf.add(tf.matMul(features, kernel), bias), numbers(logits), 1e-5);
  });
}

describe('features', () => {
  const x = () => seeded<tf.Rank.R2>([3, 4], 5);
  const dense = (activation?: 'softmax' | 'relu') =>
    layers.dense({units: 3, ...(activation === undefined ? {} : {activation})});

  it.each([
    ['logits', undefined, []],
    ['a softmax activation', 'softmax', []],
    ['a softmax layer', undefined, [() => layers.softmax()]],
    ['an activation layer', undefined, [() => layers.activation({activation: 'softmax'})]],
    ['a reshape', undefined, [() => layers.reshape({targetShape: [3]})]],
  ] as const)('are what the last dense layer sees before %s', (_, activation, rest) => {
    const head = dense(activation);
    const model = tfl.sequential({
      layers: [
        layers.dense({inputShape: [4], units: 6, activation: 'relu'}),
        head,
        ...rest.map((make) => make()),
      ],
    });
    expectHead(model, x(), head);
    model.dispose();
  });

  it('are those of an inner model, and of convolutions flattened', () => {
    const head = dense();
    const inner = tfl.sequential({layers: [layers.dense({inputShape: [6], units: 5}), head]});
    const outer = tfl.sequential({layers: [layers.dense({inputShape: [4], units: 6}), inner]});
    expectHead(outer, x(), head);
    const net = tinyConvNet();
    expectHead(net, seeded<tf.Rank.R4>([2, 8, 8, 1], 1), net.layers.at(-1) as tfl.layers.Layer);
    outer.dispose();
    net.dispose();
  });

  it('come with probabilities, too', () => {
    const model = tfl.sequential({
      layers: [
        layers.dense({inputShape: [4], units: 6}),
        layers.dense({units: 1, activation: 'sigmoid'}),
      ],
    });
    const {training} = layersClassifier<Vectors>(model, {output: 'probabilities'});
    tf.tidy(() => {
      const {logits, features} = passTensors(training(x()));
      expect([logits.shape, features?.shape]).toEqual([
        [3, 2],
        [3, 6],
      ]);
    });
    model.dispose();
  });

  it('carry gradients to the weights before them, and to none behind', () => {
    const model = tfl.sequential({
      layers: [layers.dense({inputShape: [4], units: 6, activation: 'tanh'}), dense('softmax')],
    });
    const {training, variables} = asTrainableClassifier<Vectors>(model);
    tf.tidy(() => {
      const input = x();
      const loss = () =>
        tf.sum<tf.Scalar>(tf.square(passOf(passTensors(training(input)), 'test').features));
      const {grads} = tf.variableGrads(loss, [...variables]);
      const first = grads[variables[0]?.name ?? ''] as tf.Tensor;
      // Against the closed form: d/dW sum tanh(xW)² = 2 xᵀ (t (1 − t²)).
      const t = tf.tanh(
        tf.add(tf.matMul(input, variables[0] as tf.Tensor2D), variables[1] as tf.Tensor),
      );
      const expected = tf.mul(
        2,
        tf.matMul(input, tf.mul(t, tf.sub(1, tf.square(t))) as Vectors, true),
      );
      expectClose(first, numbers(expected), 1e-5);
      expect(grads[variables[2]?.name ?? '']).toBeUndefined();
    });
    model.dispose();
  });

  it('leave no tensor and no changed layer behind, also when the model throws', async () => {
    const model = tfl.sequential({layers: [layers.dense({inputShape: [4], units: 3})]});
    const {training} = asTrainableClassifier<Vectors>(model);
    const [right, wrong] = [x(), tf.zeros<tf.Rank.R2>([2, 5])];
    await expectNoLeak(() => {
      tf.dispose({...passTensors(training(right))});
      expect(() => training(wrong)).toThrow();
    });
    tf.dispose([right, wrong]);
    const [dense] = model.layers;
    if (dense === undefined) throw new Error('no layer');
    expect(Object.hasOwn(dense, 'call')).toBe(false);
    // A call of the layer's own stays its own, and is made.
    const plain = dense.call.bind(dense);
    let calls = 0;
    const own: typeof dense.call = (...args) => {
      calls++;
      return plain(...args);
    };
    dense.call = own;
    tf.tidy(() => ({...passTensors(training(x()))}));
    expect(dense.call).toBe(own);
    expect(calls).toBe(1);
    model.dispose();
  });
});
