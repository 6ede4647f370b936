import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {forExamples} from '../../src/core/byExample';
import {asClassifier, type Classifier} from '../../src/core/classifier';
import {identityOf} from '../../src/core/identity';
import {modelOf} from '../../src/core/layers/layersModel';
import {
  adjustedClassifier,
  type AdjustedClassifierOptions,
} from '../../src/models/adjustedClassifier';
import {cosineHead} from '../../src/models/cosineHead';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, int} from '../support/tensors';

// Class counts of training.md 8.1.
const COUNTS = [100, 40, 10, 5];

describe('adjustedClassifier', () => {
  it('gives the golden values of RoBal’s evaluation head', () => {
    const model = tfl.sequential({
      layers: [tfl.layers.flatten({inputShape: [1, 3]}), cosineHead(4)],
    });
    tf.tidy(() => {
      const classes = [[0.3, 0.4, 0], [0, -0.6, 0.8], [1, 0, 0], [0.2, -0.1, 0.2]]; // prettier-ignore
      model.setWeights([tf.transpose(tf.tensor2d(classes))]);
      const x = tf.tensor3d([[[1, 2, -1]], [[0.5, -0.5, 2]]]);
      const adjusted = adjustedClassifier<tf.Tensor3D>(model, COUNTS, {scale: 10, tau: 1.5});
      // training.md 8.3
      const golden = [9.11052347, -5.88572411, 8.07003134, 2.68608547, 0.21370755, 10.71708967, 6.39685771, 12.97807474]; // prettier-ignore
      expectClose(adjusted(x), golden, 1e-6);
    });
    model.dispose();
  });

  it('adds to the logits against the prior, and can be attacked', () => {
    const model = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, [1, -1]);
    const [x, labels] = [tf.tensor2d([[0.5, 0.5]]), int([0])];
    const adjusted = adjustedClassifier(model, [99, 1]);
    expectClose(adjusted(x), [0.5 - Math.log(0.99), -0.5 - Math.log(0.01)], 1e-6);
    const adversarial = pgdAttack(adjusted, x, labels, {epsilon: 0.1, stepSize: 0.1});
    expectClose(adversarial, [0.4, 0.4], 1e-6);
    tf.dispose([x, labels, adversarial]);
  });

  it('is known as the model that it runs, for folding, and only if that is one', () => {
    const net = tinyConvNet();
    expect(modelOf(adjustedClassifier(net, [1, 1, 1]))).toBe(net);
    expect(modelOf(adjustedClassifier((x: tf.Tensor2D) => x, [1, 1]))).toBeUndefined();
    net.dispose();
  });

  it('has an identity of its own: settings tell it from the model and from others', async () => {
    const net = tinyConvNet();
    const classifiers = [
      asClassifier(net),
      adjustedClassifier(net, [3, 2, 1]),
      adjustedClassifier(net, [3, 2, 2]),
      adjustedClassifier(net, [3, 2, 1], {tau: 2}),
      adjustedClassifier(net, [3, 2, 1], {scale: 2}),
    ];
    const identities = await Promise.all(classifiers.map(identityOf));
    expect(new Set(identities.map((each) => JSON.stringify(each))).size).toBe(5);
    expect(await identityOf(adjustedClassifier(net, [3, 2, 1]))).toEqual(identities[1]);
    net.dispose();
  });

  it('adjusts a classifier that sees which examples it is given', () => {
    const model: Classifier<tf.Tensor2D> = (x) => tf.clone(x);
    model.forExamples = (ids) => (x) => tf.add(x, tf.tensor2d(Array.from(ids, (id) => [id, 0])));
    const adjusted = adjustedClassifier(model, [1, 1], {scale: 2});
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([2, 2]);
      const logits = forExamples(adjusted, [5, 7])(x);
      expectClose(
        logits,
        [10, 0, 14, 0].map((value) => value + Math.log(2)),
      );
      expectClose(
        adjusted(x),
        [0, 0, 0, 0].map((value) => value + Math.log(2)),
      );
    });
  });

  it('leaks nothing, also where it throws', () =>
    expectNoLeak(() => {
      const net = tinyConvNet();
      const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 1);
      adjustedClassifier(net, [3, 2, 1])(x).dispose();
      expect(() => adjustedClassifier(net, [3, 2])(x)).toThrow(
        /adjustedClassifier: "classCounts" must have one count for each of the 3 classes, found 2/,
      );
      x.dispose();
      net.dispose();
    }));

  it.each([
    [[1, 0], {}, /"classCounts" must be an integer >= 1 for every class, found 0 for class 1/],
    [[1, 1], {scale: 0}, /"scale" must be a finite number > 0/],
    [[1, 1], {tau: -1}, /"tau" must be a finite number >= 0/],
    [[1, 1], {temperature: 1}, /"temperature" must be one of its options/],
  ])('refuses counts %o with %o', (counts, options, message) => {
    const given = options as AdjustedClassifierOptions;
    expect(() => adjustedClassifier((x: tf.Tensor2D) => x, counts, given)).toThrow(message);
  });
});
