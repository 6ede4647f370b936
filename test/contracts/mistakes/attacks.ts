import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {
  imageNet,
  images,
  inTidy,
  labels,
  net,
  oneHot,
  rng,
  untyped,
  x,
  type Mistake,
} from './fixtures';

const pgd = untyped(root.pgdAttack);
const autoAttack = untyped(root.autoAttack);

const disposed = () => {
  const rows = x();
  rows.dispose();
  return rows;
};

const meanLoss = (logits: tf.Tensor2D, truth: tf.Tensor1D) =>
  tf.mean(root.crossEntropy(logits, truth));

/** Mistakes with attacks. */
export const ATTACKS: readonly Mistake[] = [
  [
    'grey levels for epsilon',
    () => pgd(net(), x(), labels(), {epsilon: 8}),
    'pgdAttack: "epsilon" must be a finite number >= 0 and <= 1, found 8. It is in the units of x, whose range is 1 wide: for 8 of 255 grey levels write 8 / 255, or declare that x holds 0 to 255: clip: [0, 255].',
  ],
  [
    'bytes as floats',
    () => pgd(net(), tf.mul(x(), 255), labels(), {epsilon: 8 / 255}),
    'pgdAttack: "x" must be finite and inside clip [0, 1], found values from 51 to 204. Divide pixels by 255, or declare their range: clip: [0, 255].',
  ],
  [
    'pixels from -1 to 1',
    () => pgd(net(), tf.sub(tf.mul(x(), 2), 1), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be finite and inside clip [0, 1], found values from -0.6000000238418579 to 0.6000000238418579. If its range is -1 to 1, declare it: clip: [-1, 1].',
  ],
  [
    'NaN in x',
    () => pgd(net(), tf.mul(x(), NaN), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be finite and inside clip [0, 1], found NaN or infinite values. Look for a division by zero in the preprocessing.',
  ],
  [
    'int32 images',
    () => pgd(net(), tf.cast(tf.mul(x(), 255), 'int32'), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found int32 [3, 3]. Convert pixels with tf.div(x, 255). Token numbers have neither a gradient nor neighbours: work on what the embedding makes of them, see embeddingSpace.',
  ],
  [
    'one-hot labels',
    () => pgd(net(), x(), oneHot(), {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found int32 [3, 3]. For one-hot labels pass tf.argMax(labels, 1).',
  ],
  [
    'labels from 1',
    () => pgd(net(), x(), tf.tensor1d([1, 2, 3], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "labels" must lie in [0, 3), as there are 3 classes, found 3. If they are numbered from 1, subtract 1: tf.sub(labels, tf.scalar(1, \'int32\')).',
  ],
  [
    'float labels',
    () => pgd(net(), x(), tf.tensor1d([0, 1, 2]), {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found float32 [3]. Convert it with tf.cast(labels, \'int32\').',
  ],
  [
    'a column of labels',
    () => pgd(net(), x(), tf.tensor2d([[0], [1], [2]], [3, 1], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found int32 [3, 1]. One number for each example: tf.squeeze(labels, [1]).',
  ],
  [
    'an array of labels',
    () => pgd(net(), x(), [0, 1, 2], {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found [0, 1, 2]. Make it with tf.tensor1d(labels, \'int32\').',
  ],
  [
    'names for labels',
    () => pgd(net(), x(), ['cat', 'dog', 'cat'], {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found an array of 3 strings. Number the classes from 0: tf.tensor1d(labels.map((name) => names.indexOf(name)), \'int32\').',
  ],
  [
    'BigInt labels',
    () => pgd(net(), x(), [0n, 1n, 2n], {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found an array of 3 BigInts. Convert them: tf.tensor1d(Int32Array.from(labels, Number), \'int32\').',
  ],
  [
    'one label as a number',
    () => pgd(net(), tf.slice(x(), 0, 1), 2, {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [1], found 2. Make it with tf.tensor1d([2], \'int32\').',
  ],
  [
    'fewer labels than examples',
    () => pgd(net(), x(), tf.tensor1d([0, 1], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [3], found int32 [2]. One label for each row of x: check that x and labels belong together.',
  ],
  [
    'an image without a batch axis',
    () => pgd(imageNet(), tf.fill([6, 6, 1], 0.5), tf.tensor1d([0], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "labels" must be an int32 tensor [6], found int32 [1]. One label for each row of x. If x is a single example, give it a batch axis: tf.expandDims(x, 0).',
  ],
  [
    'a row without a batch axis',
    () => pgd(net(), tf.tensor1d([0.5, 0.5, 0.5]), tf.tensor1d([0], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found float32 [3]. Add a batch axis with tf.expandDims(x, 0) if it is one example.',
  ],
  [
    'arrays for x',
    () => pgd(net(), [[0.5, 0.5, 0.5]], tf.tensor1d([0], 'int32'), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found an array of 1 arrays. Make it with tf.tensor(x).',
  ],
  [
    'a typed array for x',
    () => pgd(net(), new Float32Array(9), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found Float32Array of 9. Make it with tf.tensor(values, [batch, ...]).',
  ],
  [
    'a promise for x',
    () => pgd(net(), Promise.resolve(x()), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found a promise. Await it first.',
  ],
  [
    'a disposed x',
    () => pgd(net(), disposed(), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found a disposed tensor, float32 [3, 3]. It was disposed earlier. Keep it until the call is done: what is made in a tf.tidy is gone once that returns.',
  ],
  [
    'images of another size',
    () => pgd(imageNet(), tf.fill([3, 5, 5, 1], 0.5), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must have the shape of the model\'s input, [batch, 6, 6, 1], found float32 [3, 5, 5, 1]. Resize or reshape it, or pass the model of these data.',
  ],
  [
    'grey images without a channel axis',
    () => pgd(imageNet(), tf.fill([3, 6, 6], 0.5), labels(), {epsilon: 0.1}),
    'pgdAttack: "x" must have the shape of the model\'s input, [batch, 6, 6, 1], found float32 [3, 6, 6]. Give grey images an axis for their channel: tf.expandDims(x, 3).',
  ],
  [
    'text for steps',
    () => pgd(net(), x(), labels(), {epsilon: 0.1, steps: '10'}),
    'pgdAttack: "steps" must be an integer >= 0, found \'10\'. Write 10, without quotes, or convert it with Number(...).',
  ],
  [
    'a fraction as text',
    () => pgd(net(), x(), labels(), {epsilon: '8/255'}),
    'pgdAttack: "epsilon" must be a number, or one number for each of the 3 examples, found \'8/255\'. Write 8 / 255, without quotes.',
  ],
  [
    'eps for an option',
    () => pgd(net(), x(), labels(), {eps: 0.1}),
    'pgdAttack: "eps" must be one of its options (...), found an unknown name. Did you mean "epsilon"?',
  ],
  [
    'alpha for an option',
    () => pgd(net(), x(), labels(), {alpha: 0.01}),
    'pgdAttack: "alpha" must be one of its options (...), found an unknown name. Did you mean "stepSize"?',
  ],
  [
    'iterations for an option',
    () => pgd(net(), x(), labels(), {iterations: 10}),
    'pgdAttack: "iterations" must be one of its options (...), found an unknown name. Did you mean "steps"?',
  ],
  [
    'targeted for an option',
    () => pgd(net(), x(), labels(), {targeted: true}),
    'pgdAttack: "targeted" must be one of its options (...), found an unknown name. Did you mean "targets"?',
  ],
  [
    'seed for an option',
    () => pgd(net(), x(), labels(), {seed: 7}),
    'pgdAttack: "seed" must be one of its options (...), found an unknown name. Did you mean "rng"?',
  ],
  [
    'step_size for an option',
    () => pgd(net(), x(), labels(), {step_size: 0.1}),
    'pgdAttack: "step_size" must be one of its options (...), found an unknown name. Did you mean "stepSize"?',
  ],
  [
    'epsilon as an argument',
    () => pgd(net(), x(), labels(), 0.1),
    'pgdAttack: "options" must be a plain object, found 0.1. Pass {epsilon: ...}.',
  ],
  [
    'norm Infinity',
    () => pgd(net(), x(), labels(), {norm: Infinity}),
    "pgdAttack: \"norm\" must be one of 'linf', 'l2', found Infinity. Write 'linf'.",
  ],
  [
    'norm inf',
    () => pgd(net(), x(), labels(), {norm: 'inf'}),
    "pgdAttack: \"norm\" must be one of 'linf', 'l2', found 'inf'. Write 'linf'.",
  ],
  [
    'norm L2',
    () => pgd(net(), x(), labels(), {norm: 'L2'}),
    "pgdAttack: \"norm\" must be one of 'linf', 'l2', found 'L2'. Write 'l2'.",
  ],
  [
    'norm 2',
    () => pgd(net(), x(), labels(), {norm: 2}),
    "pgdAttack: \"norm\" must be one of 'linf', 'l2', found 2. Write 'l2'.",
  ],
  [
    'norm l1',
    () => pgd(net(), x(), labels(), {norm: 'l1'}),
    "pgdAttack: \"norm\" must be one of 'linf', 'l2', found 'l1'. Write one of these names.",
  ],
  [
    'a seed for a generator',
    () => pgd(net(), x(), labels(), {rng: 7}),
    'pgdAttack: "rng" must be a generator that createRng made, found 7. Pass createRng(7).',
  ],
  [
    'Math.random for a generator',
    () => pgd(net(), x(), labels(), {rng: Math.random}),
    'pgdAttack: "rng" must be a generator that createRng made, found a function. Pass createRng(seed).',
  ],
  [
    'the name of a loss',
    () => pgd(net(), x(), labels(), {loss: 'categoricalCrossentropy'}),
    'pgdAttack: "loss" must be a function, found \'categoricalCrossentropy\'. Pass one such as crossEntropy: (logits, labels) to one value per example.',
  ],
  [
    "one of TensorFlow.js's losses",
    () => pgd(net(), x(), labels(), {loss: tf.losses.softmaxCrossEntropy}),
    'pgdAttack: "loss" must be a function of logits and class numbers to one value per example, found TensorFlow.js\'s softmaxCrossEntropy. Pass crossEntropy, or a function of your own that calls it.',
  ],
  [
    'a loss that takes the mean',
    () => pgd(net(), x(), labels(), {loss: meanLoss}),
    'pgdAttack: "loss" must give a tensor [3], one value for each example, found float32 []. Leave out its tf.mean or tf.sum over the batch.',
  ],
  [
    'clip the wrong way round',
    () => pgd(net(), x(), labels(), {clip: [1, 0]}),
    'pgdAttack: "clip" must be [min, max] with min < max, or null, found [1, 0]. Pass the range of valid pixels, [0, 1] for images divided by 255.',
  ],
  [
    'a controller for its signal',
    () => untyped(root.pgdAttackAsync)(net(), x(), labels(), {signal: new AbortController()}),
    'pgdAttackAsync: "signal" must be an AbortSignal, found an instance of AbortController. Pass the signal of your AbortController: controller.signal.',
  ],
  [
    'AutoAttack without rng',
    () => autoAttack(net(), x(), labels(), {epsilon: 0.1}),
    'autoAttack: "rng" must be given: the attacks start at random, found undefined. Pass createRng(seed).',
  ],
  [
    'AutoAttack without epsilon',
    () => autoAttack(net(), x(), labels(), {rng: rng()}),
    'autoAttack: "epsilon" must be given, found none. Pass the radius of your threat model.',
  ],
  [
    'the standard AutoAttack on rows',
    () => autoAttack(net(), x(), labels(), {epsilon: 0.1, rng: rng()}),
    "autoAttack: \"x\" must be images [examples, height, width, channels], which Square needs, found float32 [3, 3]. Leave Square out, the others work on any shape: attacks: ['apgd-ce', 'apgd-t', 'fab-t'].",
  ],
  [
    'one attack without a list',
    () => autoAttack(net(), x(), labels(), {epsilon: 0.1, rng: rng(), attacks: 'apgd-ce'}),
    "autoAttack: \"attacks\" must be a list of apgd-ce, apgd-dlr, apgd-t, fab, fab-t, square, or {name, attack}, each name once, found 'apgd-ce'. Write attacks: ['apgd-ce'].",
  ],
  [
    'an attack under another spelling',
    () => autoAttack(net(), x(), labels(), {epsilon: 0.1, rng: rng(), attacks: ['APGD_CE']}),
    "autoAttack: \"attacks\" must be a list of apgd-ce, apgd-dlr, apgd-t, fab, fab-t, square, or {name, attack}, each name once, found 'APGD_CE'. Did you mean 'apgd-ce'?",
  ],
  [
    'an attack without a name',
    () => autoAttack(net(), x(), labels(), {epsilon: 0.1, rng: rng(), attacks: [root.pgdAttack]}),
    'autoAttack: "attacks" must be a list of apgd-ce, apgd-dlr, apgd-t, fab, fab-t, square, or {name, attack}, each name once, found a function. Give it a name: {name: \'mine\', attack: (model, x, labels, context) => ...}.',
  ],
  [
    'estimateCost of one object',
    () => untyped(root.estimateCost)({epsilon: 0.1, rng: rng(), attacks: ['apgd-ce']}),
    'estimateCost: "model" must be the first of four arguments, found an object with epsilon, rng, attacks. Write estimateCost(model, x, labels, {epsilon, rng}), as for autoAttack.',
  ],
  [
    'Square on rows',
    () => untyped(root.squareAttack)(net(), x(), labels(), {epsilon: 0.1, rng: rng()}),
    'squareAttack: "x" must be images [batch, height, width, channels], found float32 [3, 3]. The Square attack changes windows of images; use another attack on other data.',
  ],
  [
    'Carlini & Wagner under L∞',
    () => untyped(root.carliniWagnerAttack)(net(), x(), labels(), {norm: 'linf'}),
    "carliniWagnerAttack: \"norm\" must be one of 'l2', found 'linf'. This attack is for L2 alone: for L∞ use apgdAttack or fabAttack.",
  ],
  [
    'an ensemble in tf.tidy',
    () =>
      inTidy(() =>
        autoAttack(net(), x(), labels(), {epsilon: 0.1, rng: rng(), attacks: ['apgd-ce']}),
      ),
    'autoAttack: "x" must outlive the call, found a disposed tensor. Await the call before disposing what it works with. Call it outside of tf.tidy, which disposes its tensors as soon as it returns, and does not wait.',
  ],
  ...(
    [
      ['apgdAttack', {epsilon: 0.1, rng: rng()}],
      ['restartedPgdAttack', {epsilon: 0.1, rng: rng()}],
      ['carliniWagnerAttack', {}],
      ['deepFoolAttack', {}],
      ['fabAttack', {epsilon: 0.1, rng: rng()}],
      ['squareAttack', {epsilon: 0.1, rng: rng()}],
      ['pgdAttackAsync', {epsilon: 0.1, rng: rng()}],
      ['fgsmAttackAsync', {epsilon: 0.1}],
      ['estimateCost', {epsilon: 0.1, rng: rng()}],
      ['auditGradients', {}],
    ] as const
  ).map(([name, options]): Mistake => [
    `${name} in tf.tidy`,
    () => inTidy(() => untyped(root[name])(imageNet(), images(), labels(), options)),
    `${name}: "x" must outlive the call, found a disposed tensor. Await the call before disposing what it works with. Call it outside of tf.tidy, which disposes its tensors as soon as it returns, and does not wait.`,
  ]),
];
