import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {data, inTidy, labels, net, untyped, x, type Mistake} from './fixtures';

const evaluate = untyped(root.evaluateRobustness);

/** Mistakes with evaluation. */
export const EVALUATION: readonly Mistake[] = [
  [
    'x without labels',
    () => evaluate(net(), x()),
    'evaluateRobustness: "dataset" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found float32 [3, 3]. Pass {x, labels} as one argument: tensors or arrays with one entry for each example.',
  ],
  [
    'a list of attacks',
    () => evaluate(net(), data(), {attacks: [root.pgdAttack]}),
    'evaluateRobustness: "attacks" must be a plain object, with a name for each entry, found an array of 1. Pass one such as {pgd: (m, x, y, c) => pgdAttack(m, x, y, c)}.',
  ],
  [
    'an attack that was called',
    () => evaluate(net(), data(), {attacks: {pgd: root.pgdAttack(net(), x(), labels())}}),
    'evaluateRobustness: "attacks.pgd" must be a function (model, x, labels), under another name than "clean", found float32 [3, 3]. Bind options by a closure: (m, x, y, c) => pgdAttack(m, x, y, {...c, steps: 20}).',
  ],
  [
    'options for an attack',
    () => evaluate(net(), data(), {attacks: {pgd: {epsilon: 0.1}}}),
    'evaluateRobustness: "attacks.pgd" must be a function (model, x, labels), under another name than "clean", found an object with epsilon. Bind options by a closure: (m, x, y, c) => pgdAttack(m, x, y, {...c, steps: 20}).',
  ],
  [
    'an attack that returns nothing',
    () => evaluate(net(), data(), {attacks: {mine: () => undefined}}),
    'evaluateRobustness: "attacks.mine" must return float32 [3, 3], all finite, found undefined. Return the perturbed batch.',
  ],
  [
    'a promise of a dataset',
    () => evaluate(net(), Promise.resolve(data())),
    'evaluateRobustness: "dataset" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found a promise. Await it first.',
  ],
  [
    'labels from 1',
    () => evaluate(net(), {x: x(), labels: [1, 2, 3]}),
    'evaluateRobustness: "model" must have the 4 classes of the dataset, found 3 classes. Pass the model and the dataset of one task. If the labels are numbered from 1, subtract 1; asDataset(source, {numClasses}) says how many classes there are.',
  ],
  [
    'a tail without counts',
    () => evaluate(net(), data(), {tail: 1}),
    'evaluateRobustness: "classCounts" must be given when "tail" is a number of classes, found undefined. Pass the class counts of the training set: a test set is often balanced.',
  ],
  [
    'shares for counts',
    () => evaluate(net(), data(), {tail: 1, classCounts: [0.7, 0.2, 0.1]}),
    'evaluateRobustness: "classCounts" must be an integer >= 1 for every class, found 0.7 for class 0. These are frequencies: pass how many examples each class has.',
  ],
  [
    'BigInt labels',
    () => evaluate(net(), {x: x(), labels: [0n, 1n, 2n]}),
    'evaluateRobustness: "labels" must be class numbers from 0 on, one for each example, found the BigInt 0n at position 0. Convert them with Int32Array.from(labels, Number).',
  ],
  [
    'names for labels',
    () => evaluate(net(), {x: x(), labels: ['cat', 'dog', 'cat']}),
    'evaluateRobustness: "labels" must be class numbers from 0 on, one for each example, found \'cat\' at position 0. Number the classes from 0: labels.map((label) => classNames.indexOf(label)).',
  ],
  [
    'no example',
    () => evaluate(net(), {x: tf.zeros([0, 3]), labels: tf.zeros([0], 'int32')}),
    'evaluateRobustness: "labels" must have at least one entry, found none. Pass the label of every example.',
  ],
  [
    'an evaluation in tf.tidy',
    () => inTidy(() => evaluate(net(), data(), {})),
    'evaluateRobustness: "x" must outlive the call, found a disposed tensor. Await the call before disposing what it works with. Call it outside of tf.tidy, which disposes its tensors as soon as it returns, and does not wait.',
  ],
];
