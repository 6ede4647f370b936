import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {labels, net, oneHot, untyped, x, type Mistake} from './fixtures';

const fitted = () => {
  const model = net();
  model.compile({optimizer: 'sgd', loss: untyped(root.crossEntropy) as never});
  return model.fit(x(), oneHot(), {epochs: 1});
};

/** Mistakes with losses. */
export const LOSSES: readonly Mistake[] = [
  [
    'shares for counts',
    () => untyped(root.balancedSoftmax)(x(), labels(), [0.7, 0.2, 0.1]),
    'balancedSoftmax: "classCounts" must be an integer >= 1 for every class, found 0.7 for class 0. These are frequencies: pass how many examples each class has.',
  ],
  [
    'a class without examples',
    () => untyped(root.balancedSoftmax)(x(), labels(), [7, 2, 0]),
    'balancedSoftmax: "classCounts" must be an integer >= 1 for every class, found 0 for class 2. Remove the class, or sample at least one example of it.',
  ],
  [
    'too few counts',
    () => untyped(root.balancedSoftmax)(x(), labels(), [7, 2]),
    'balancedSoftmax: "classCounts" must have one count for each of the 3 classes, found 2 counts. Count the training labels with classCounts(labels, numClasses).',
  ],
  [
    'a tensor of counts',
    () => untyped(root.balancedSoftmax)(x(), labels(), tf.tensor1d([7, 2, 1])),
    'balancedSoftmax: "classCounts" must be an array of counts, one for each class, found float32 [3]. For the values of a tensor pass await tensor.data().',
  ],
  [
    'a table of counts',
    () => untyped(root.balancedSoftmax)(x(), labels(), {0: 7, 1: 2, 2: 1}),
    'balancedSoftmax: "classCounts" must be an array of counts, one for each class, found an object with 0, 1, 2. Pass how many training examples each class has: classCounts(labels, numClasses).',
  ],
  [
    'no counts',
    () => untyped(root.ldamLoss)(x(), labels()),
    'ldamLoss: "classCounts" must be an array of counts, one for each class, found undefined. Pass how many training examples each class has: classCounts(labels, numClasses).',
  ],
  [
    'labels first',
    () => untyped(root.balancedSoftmax)(labels(), x(), [7, 2, 1]),
    'balancedSoftmax: "logits" must be a float32 tensor [batch, classes], found int32 [3]. Logits come first, then labels. For model.compile, which has them the other way round, wrap the loss: lossForCompile(loss).',
  ],
  [
    'a negative tau',
    () => untyped(root.balancedSoftmax)(x(), labels(), [7, 2, 1], {tau: -1}),
    'balancedSoftmax: "tau" must be a finite number >= 0, found -1. Pass a value in that range.',
  ],
  [
    'a negative temperature',
    () => untyped(root.klDivergence)(x(), x(), {temperature: -1}),
    'klDivergence: "temperature" must be a finite number > 0, found -1. Pass a value in that range.',
  ],
  [
    'an option as an argument',
    () => untyped(root.focalLoss)(x(), labels(), 2),
    'focalLoss: "options" must be a plain object, found 2. Pass {gamma: ...}.',
  ],
  [
    'a loss for model.compile as it is',
    () => fitted(),
    'crossEntropy: "logits" must be a float32 tensor [batch, classes], found int32 [3, 3]. Logits come first, then labels. For model.compile, which has them the other way round, wrap the loss: lossForCompile(loss).',
  ],
  [
    'counts of names',
    () => untyped(root.classCounts)(['a', 'b'], 2),
    'classCounts: "labels" must be integers in [0, 2), found \'a\' at position 0. Give each name a number: names.indexOf(label).',
  ],
  [
    'counts of BigInts',
    () => untyped(root.classCounts)([0n, 1n], 2),
    'classCounts: "labels" must be integers in [0, 2), found the BigInt 0n at position 0. Convert them: Array.from(labels, Number).',
  ],
  [
    'counts of a tensor',
    () => untyped(root.classCounts)(labels(), 3),
    'classCounts: "labels" must be an array of numbers, found int32 [3]. For the values of a tensor pass await tensor.data().',
  ],
  [
    'counts of one-hot rows',
    () =>
      untyped(root.classCounts)(
        [
          [0, 1],
          [1, 0],
        ],
        2,
      ),
    'classCounts: "labels" must be integers in [0, 2), found [0, 1] at position 0. For one-hot rows pass the position of the 1 in each.',
  ],
  [
    'counts of labels from 1',
    () => untyped(root.classCounts)([1, 2, 3], 3),
    'classCounts: "labels" must be integers in [0, 3), found 3 at position 2. They are numbered from 1: subtract 1 from each.',
  ],
  [
    'a kappa beyond float32',
    () => untyped(root.marginLoss)(x(), labels(), {kappa: 1e300}),
    'marginLoss: "kappa" must be a finite number >= 0, within float32, found 1e+300. Pass a value in that range.',
  ],
];
