import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {
  inTidy,
  data,
  frozenNet,
  imageNet,
  labels,
  logitsOf,
  net,
  recipe,
  rng,
  untyped,
  x,
  type Mistake,
} from './fixtures';

const train = untyped(root.train); // eslint-disable-line @typescript-eslint/no-deprecated -- both forms
const evaluate = untyped(root.evaluateRobustness);

/** Mistakes with training. */
export const TRAINING: readonly Mistake[] = [
  [
    'the name of a method',
    () => train(net(), data(), {...recipe(), method: 'pgd'}, {rng: rng()}),
    'train: "method" must be a training method, an object with `objective`, found \'pgd\'. Pass pgdTraining(), atBslTraining({classCounts}), or a method of your own.',
  ],
  [
    'a method that was not called',
    () => train(net(), data(), {...recipe(), method: root.pgdTraining}, {rng: rng()}),
    'train: "method" must be a training method, an object with `objective`, found a function. Call it: pgdTraining() makes the method.',
  ],
  [
    'an attack for a method',
    () => train(net(), data(), {...recipe(), method: root.pgdAttack}, {rng: rng()}),
    'train: "method" must be a training method, an object with `objective`, found a function. If it is an attack, make a method of it: pgdTraining({attack}).',
  ],
  [
    'the name of an optimizer',
    () => train(net(), data(), {...recipe(), optimizer: 'adam'}, {rng: rng()}),
    'train: "optimizer" must be a function, found \'adam\'. Write optimizer: () => sgd({learningRate: 0.1}), or () => tf.train.adam(0.001).',
  ],
  [
    'an optimizer itself',
    () => train(net(), data(), {...recipe(), optimizer: tf.train.sgd(0.1)}, {rng: rng()}),
    'train: "optimizer" must be a function, found an instance of SGDOptimizer. Write optimizer: () => sgd({learningRate: 0.1}), or () => tf.train.adam(0.001).',
  ],
  [
    'no run',
    () => train(net(), data(), recipe()),
    'train: "run" must be given, the fourth argument: how the training is run, found undefined. Pass {rng: createRng(seed)}.',
  ],
  [
    'no generator',
    () => train(net(), data(), recipe(), {}),
    'train: "rng" must be given: training draws the order of the examples, found undefined. Pass createRng(seed).',
  ],
  [
    'a function to train',
    () => train(logitsOf, data(), recipe(), {rng: rng()}),
    'train: "model" must be a tf.LayersModel, or an object {inference, training, variables, statistics}, found a function. A function has no weights to train. Pass the tf.LayersModel itself (a final softmax or sigmoid unit is recognised), or the four parts.',
  ],
  [
    'xs and ys',
    () => train(net(), {xs: x(), ys: labels()}, recipe(), {rng: rng()}),
    'train: "dataset" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found an object with xs, ys. Name them so: {x: xs, labels: ys}.',
  ],
  [
    'epochs in the run',
    () => train(net(), data(), {method: root.naturalTraining()}, {rng: rng(), epochs: 3}),
    'train: "epochs" must stand in the recipe, the third argument, found it in the run, the fourth. Write train(model, dataset, {method, epochs}, {rng, evaluate}).',
  ],
  [
    'evaluate in the recipe',
    () => train(net(), data(), {...recipe(), evaluate: () => ({robust: 1})}, {rng: rng()}),
    'train: "evaluate" must stand in the run, the fourth argument, found it in the recipe, the third. Write train(model, dataset, {method, epochs}, {rng, evaluate}).',
  ],
  [
    'a report for metrics',
    () =>
      train(net(), data(), recipe(), {rng: rng(), evaluate: (m: unknown) => evaluate(m, data())}),
    'train: "evaluate" must return figures by name, {robust: 0.4}, or nothing, found an object with examples, numClasses, strict, clean, .... Of a report return single figures: {clean: report.clean.accuracy}.',
  ],
  [
    'a number for metrics',
    () => train(net(), data(), recipe(), {rng: rng(), evaluate: () => 0.5}),
    'train: "evaluate" must return figures by name, {robust: 0.4}, or nothing, found 0.5. Give the figure a name: {accuracy: 0.9}.',
  ],
  [
    'another metric than evaluate returns',
    () =>
      train(net(), data(), recipe(), {
        rng: rng(),
        evaluate: () => ({robust: 0.5}),
        selectBy: 'robustness',
      }),
    'train: "selectBy" must name a metric that evaluate returns (robust), found "robustness". Check the spelling.',
  ],
  [
    'more classes than scores',
    () => train(net(), {x: x(), labels: [0, 1, 5]}, recipe(), {rng: rng()}),
    'train: "model" must give a score for each of the 6 classes of the dataset, found 3 classes. Pass the model and the dataset of one task. If the labels are numbered from 1, subtract 1; asDataset(source, {numClasses}) says how many classes there are.',
  ],
  [
    'a frozen model',
    () => train(frozenNet(), data(), recipe(), {rng: rng()}),
    'train: "model" must have a weight to train, found none that is trainable. Set trainable = true for the model, or for the layers that are to be trained.',
  ],
  [
    'a folder for checkpoints',
    () => train(net(), data(), recipe(), {rng: rng(), checkpoints: './checkpoints'}),
    'train: "checkpoints" must have load and save, found \'./checkpoints\'. Pass memoryCheckpoints(), fileCheckpoints(folder), or a store of your own.',
  ],
  [
    'rows for a model of images',
    () => train(imageNet(), data(), recipe(), {rng: rng()}),
    'train: "x" must have the shape of the model\'s input, [batch, 6, 6, 1], found float32 [2, 3]. Resize or reshape it, or pass the model of these data.',
  ],
  [
    'an augmentation that returns nothing',
    () => train(net(), data(), {...recipe(), augment: () => undefined}, {rng: rng()}),
    'train: "augment" must return a batch of images, found undefined. Return the new tensor, or x: a body in braces needs `return`.',
  ],
  [
    'a learning rate for a schedule',
    () => train(net(), data(), {...recipe(), schedule: 0.1}, {rng: rng()}),
    'train: "schedule" must be a function, found 0.1. Pass one such as cosine().',
  ],
  [
    'a schedule that returns nothing',
    () => train(net(), data(), {...recipe(), schedule: () => undefined}, {rng: rng()}),
    'train: "schedule(position)" must be a finite number >= 0, found undefined. Return the learning rate of the step, (position) => 0.1 * 0.9 ** position.epoch.',
  ],
  [
    'an attack that returns nothing',
    () =>
      train(
        net(),
        data(),
        {...recipe(), method: untyped(root.pgdTraining)({attack: () => undefined})},
        {rng: rng()},
      ),
    'attackBatch: "attack" must return the perturbed batch, float32 [2, 3], found undefined. Return what the attack gives: a body in braces needs `return`.',
  ],
  [
    'options for an attack',
    () => untyped(root.pgdTraining)({attack: {epsilon: 0.1}}),
    'pgdTraining: "attack" must be a function, found an object with epsilon. Pass a function, or leave it out.',
  ],
  [
    'a batch as a list',
    () =>
      untyped(root.trainStep)(
        net(),
        root.naturalTraining(),
        [x(), labels()],
        root.sgd({learningRate: 0.1}),
      ),
    'trainStep: "batch" must be {x, labels}, two tensors, found an array of 2. Pass {x, labels}.',
  ],
  [
    'the name of an optimizer in a step',
    () => untyped(root.trainStep)(net(), root.naturalTraining(), data(), 'sgd'),
    "trainStep: \"optimizer\" must be an optimizer, found 'sgd'. Pass sgd({learningRate: 0.1}), or one of TensorFlow.js's, itself and not its name.",
  ],
  [
    'a learning rate as an argument',
    () => untyped(root.sgd)(0.1),
    'sgd: "options" must be a plain object, found 0.1. Pass {learningRate: ...}.',
  ],
  [
    'lr',
    () => untyped(root.sgd)({lr: 0.1}),
    'sgd: "lr" must be one of its options (...), found an unknown name. Did you mean "learningRate"?',
  ],
  [
    'a training in tf.tidy',
    () => inTidy(() => train(net(), data(), recipe(), {rng: rng()})),
    'train: "x" must outlive the call, found a disposed tensor. Await the call before disposing what it works with. Call it outside of tf.tidy, which disposes its tensors as soon as it returns, and does not wait.',
  ],
  ...(
    [
      ['atBslTraining', () => root.atBslTraining({classCounts: [5, 4, 3, 2]})],
      ['ldamTraining', () => root.ldamTraining({classCounts: [5, 4, 3, 2]})],
      ['reatTraining', () => root.reatTraining({classCounts: [5, 4, 3, 2]})],
      ['robalTraining', () => root.robalTraining({classCounts: [5, 4, 3, 2]})],
      [
        'switchAt',
        () =>
          root.switchAt(2, root.naturalTraining(), root.ldamTraining({classCounts: [5, 4, 3, 2]})),
      ],
    ] as const
  ).map(([name, method]): Mistake => [
    `class counts of other data, ${name}`,
    () => train(net(), data(), {...recipe(), method: method()}, {rng: rng()}),
    'train: "method" must have class counts for the 3 classes that the model scores, found 4 counts. Count the training labels with classCounts(labels, numClasses).',
  ]),
  [
    'class counts of other data in a step',
    () =>
      untyped(root.trainStep)(
        net(),
        root.ldamTraining({classCounts: [5, 4, 3, 2]}),
        data(),
        root.sgd({learningRate: 0.1}),
      ),
    'trainStep: "method" must have class counts for the 3 classes that the model scores, found 4 counts. Count the training labels with classCounts(labels, numClasses).',
  ],
];
