import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import {asTrainableClassifier, type Classifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {cornerDataset, denseNet} from '../support/trainings';
import {
  anything,
  base,
  callback,
  choice,
  either,
  flag,
  isTable,
  NULL,
  numbers,
  only,
  optional,
  real,
  required,
  single,
  tensor,
  text,
  whole,
  wholes,
  type Kind,
} from './kinds';

// Made once, outside of any scope: what is right may go through a thousand calls.
const kept = new Map<string, tf.Tensor>();
const keep = (name: string, make: () => tf.Tensor) => () => {
  const known = kept.get(name) ?? tf.keep(make());
  kept.set(name, known);
  return known;
};

export const X = keep('x', () => tf.tensor2d([[0.8, 0.2, 0.2], [0.2, 0.8, 0.4], [0.2, 0.2, 0.6]])); // prettier-ignore
export const IMAGES = keep('images', () => tf.fill([3, 4, 4, 1], 0.4));
export const LABELS = keep('labels', () => tf.tensor1d([0, 1, 2], 'int32'));
export const OTHERS = keep('others', () => tf.tensor1d([1, 2, 0], 'int32'));
export const LOGITS = keep('logits', () => tf.tensor2d([[1, 0, -1], [0, 2, 1], [1, 1, 3]])); // prettier-ignore
const WEIGHTS = keep('weights', () => tf.tensor2d([[2, 0, 0], [0, 2, 0], [0, 0, 2]])); // prettier-ignore

export const linear: Classifier<tf.Tensor2D> = (x) => tf.matMul(x, WEIGHTS() as tf.Tensor2D);
const onImages: Classifier = (x) => {
  const pixels = tf.reshape(x, [-1, 16]) as tf.Tensor2D;
  return tf.matMul(tf.slice(pixels, [0, 0], [-1, 3]), WEIGHTS() as tf.Tensor2D);
};

let network: layers.Sequential | undefined;
export const net = (): layers.Sequential => (network ??= denseNet({batchNorm: false}));
let images: layers.Sequential | undefined;
export const imageNet = (): layers.Sequential =>
  (images ??= layers.sequential({
    layers: [layers.layers.flatten({inputShape: [4, 4, 1]}), layers.layers.dense({units: 3})],
  }));

const isFunction = callback(() => undefined).isRight;
export const model: Kind = only(() => linear, isFunction);
export const imageModel: Kind = only(() => onImages, isFunction);
export const layersModel: Kind = only(net);
export const x = tensor(X, 'float32', [3, 3]);
export const labels = tensor(LABELS, 'int32', [3]);
export const logits = tensor(LOGITS, 'float32', [3, 3]);
// Rows of weights are one-hot, smoothed or mixed labels, of any type.
export const targets = either(
  labels,
  tensor(LOGITS, 'float32', [3, 3]),
  tensor(LOGITS, 'int32', [3, 3]),
);
export const classCounts = wholes([6, 3, 1], 1, Infinity, (length) => length === 3);
export const anyCounts = wholes([6, 3, 1], 1);
export const labelList = wholes([0, 1, 2, 2, 1, 0], 0, 3);
export const batchSize = whole(2, 1);
export const rng = only(() => createRng(3));
export const signal = only(() => new AbortController().signal);
export const onProgress = callback(() => undefined);
export const clip = either(
  numbers(
    [0, 1],
    () => true,
    (length) => length === 2,
  ),
  NULL,
);
export const norm = choice('linf', 'l2');
export const epsilon = either(real(0.1, {min: 0, max: 1}), numbers([0.1, 0.1, 0.1], (v) => v >= 0 && v <= 1, (n) => n === 3)); // prettier-ignore
export const perExample = either(real(0.1, {min: 0}), numbers([0.1, 0.1, 0.1], (v) => v >= 0, (n) => n === 3)); // prettier-ignore
export const quick: Attack<tf.Tensor2D> = (m, input, truth, context) =>
  pgdAttack(m, input, truth, {...context, epsilon: 0.05, steps: 1});
export const attack = callback(quick);
export const loss = callback(crossEntropy);
export const attackMode = choice('inference', 'batch-statistics', 'training');
export const passes = choice('shared', 'published');
export const classReduction = choice('mean', 'sum');
export const schedule = choice('constant', 'linear');
export const distance = choice('l2', 'l1', 'kl');
export const atLeastZero = real(0.5, {min: 0});
export const positive = real(0.5, {above: 0});
export const exampleIds = wholes([0, 1, 2], 0, 2 ** 31, (length) => length === 3);
export const checkpoints = only(() => memoryCheckpoints());
export const position = only(() => ({epoch: 1, epochs: 2, step: 1}));
export const dataFormat = choice('channelsLast', 'channelsFirst');
const dataset = cornerDataset([3, 3, 2]);
export const data: Kind = only(() => dataset);
export const source: Kind = only(() => dataset);
export const method = only(() => pgdTraining<tf.Tensor2D>({attack: quick}));
export const teacher = model;
export const bytes = (make: () => Uint8Array): Kind => only(make);
export const classNames = only(() => ['a', 'b', 'c']);
export const trainable = only(() => asTrainableClassifier<tf.Tensor2D>(net()));
export const optimizer = only(() => sgd({learningRate: 0.01}));
export const folder = text('node_modules/.cache/lt-robust-fuzz');

// A value for each feature, or for each of every example: what broadcasts to [3, 3] within [0, 1].
const isSmall = (value: number) => value >= 0 && value <= 1;
export const byFeature = either(
  only(
    () => [1, 0, 1].map((value) => [value, value, value]),
    (value) => Array.isArray(value) && value.length === 3 && value.flat().every(isSmall),
  ),
  // Of any type, a bool for a mask among them.
  ...['float32', 'int32', 'bool'].flatMap((dtype) =>
    [[], [3], [3, 3]].map((shape) => tensor(X, dtype as tf.DataType, shape)),
  ),
);
// By feature, of a batch that is not known yet.
export const anyValues = only(
  () => [1, 1, 1],
  (value) => Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof tf.Tensor,
);
export const anyClip = either(
  clip,
  only(
    () => [0, [1, 1, 1]],
    (value) => Array.isArray(value) && value.some(Array.isArray),
  ),
);
export const stepSize = optional(either(perExample, byFeature));
const clipByFeature = only(() => [0, [1, 1, 1]]);

/** Options that every attack has. */
export const THREAT = {
  ...{norm, epsilon: base(either(epsilon, byFeature)), clip: either(clip, clipByFeature)},
  mask: optional(byFeature),
};
export const CONTEXT = {
  ...{rng: optional(rng), exampleIds: optional(exampleIds), signal: optional(signal)},
  position: optional(position),
};
export const VERDICT = {
  ...{...THREAT, ...CONTEXT, onProgress: optional(onProgress)},
  ...{quantize: optional(whole(256, 2, 65536, Infinity)), earlyStop: flag(true)},
};
export const temperature = single(0.5);
/** Margins of RoBal. */
export const MARGINS = {
  margin: atLeastZero,
  scale: single(0.5),
  priorTau: atLeastZero,
  marginTau: atLeastZero,
};
/** Options of every run of a training, its generator aside. */
export const RUN = {
  evaluate: base(optional(callback(() => ({robust: 0.5})))),
  selectBy: optional(text('robust')),
  onEpoch: optional(callback(() => undefined)),
  checkpoints: optional(checkpoints),
  checkpointKey: text('key'),
  signal: optional(signal),
  onProgress: optional(onProgress),
};
/** Functions under any name are attacks of the caller's: what they throw is not the library's. */
export const hasFunctions = (value: unknown): boolean =>
  isTable(value) &&
  !Object.hasOwn(value, 'epsilon') &&
  Object.values(value).some((entry) => typeof entry === 'function');

// A mask where values by feature are not what this attack can do.
export const noMask = only(
  () => undefined,
  (value) =>
    value === undefined || (value instanceof tf.Tensor && !value.isDisposed && value.size === 1),
);
// Whatever the loss is: an attack whose loss is its own ignores it, as long as it is one.
export const ignoredLoss = either(loss, text('ce'));
export {anything, required};
