import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {passTensors} from '../../src/core/pass';
import {checkedClassifier} from '../../src/training/checkedClassifier';
import {asBothModes} from '../support/preparedSteps';

const checked = (model: (x: tf.Tensor2D) => tf.Tensor2D, numClasses = 2) =>
  checkedClassifier(asBothModes(model), numClasses, 'here');
const x = () => tf.tensor2d([[0.5, 3], [-1, 2]]); // prettier-ignore

it('hands both modes through, with features', () => {
  tf.tidy(() => {
    const same = (input: tf.Tensor2D) => input;
    const features = tf.ones<tf.Rank.R2>([2, 5]);
    const training = (input: tf.Tensor2D) => ({logits: input, features});
    const model = checkedClassifier({...asBothModes(same), training}, 2, 'here');
    const input = x();
    expect(passTensors(model.training(input))).toEqual({logits: input, features});
    expect(model.inference(input).shape).toEqual([2, 2]);
  });
});

it('looks at the values of the first training pass, and at the shape of all', () => {
  tf.tidy(() => {
    expect(() => checked(tf.softmax<tf.Tensor2D>).training(x())).toThrow(
      /here: "model" must give logits, found probab/,
    );
    let gives: 'logits' | 'probabilities' | 'rows' = 'logits';
    const changing = checked((input) => {
      if (gives === 'logits') return input;
      return gives === 'probabilities' ? tf.softmax(input) : tf.zeros([3, 2]);
    });
    changing.training(x());
    gives = 'probabilities';
    expect(() => changing.training(x())).not.toThrow();
    gives = 'rows';
    expect(() => changing.training(x())).toThrow(/here: "model"/);
    expect(() => changing.inference(x())).toThrow(/here: "model"/);
  });
});

it('reads nothing at inference: that is for whoever can wait', () => {
  tf.tidy(() => {
    expect(() => checked(tf.softmax<tf.Tensor2D>).inference(x())).not.toThrow();
  });
});

it('refuses fewer classes than the data has', () => {
  tf.tidy(() => {
    expect(() => checked(tf.clone<tf.Tensor2D>, 3).training(x())).toThrow(
      /here: "model" must give a score for each of the 3 classes of the dataset, found 2 classes/,
    );
    expect(() => checked(tf.clone<tf.Tensor2D>, 1).training(x())).not.toThrow();
  });
});
