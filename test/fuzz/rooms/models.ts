import * as tf from '@tensorflow/tfjs-core';

import {embeddingSpace} from '../../../src/core/layers/embeddingSpace';
import * as models from '../../../src/models/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {
  base,
  callback,
  choice,
  either,
  flag,
  only,
  optional,
  real,
  required,
  single,
  tensor,
  text,
  whole,
  wholes,
} from '../kinds';
import * as tfl from '@tensorflow/tfjs-layers';

const isShape = (value: unknown, length: number) =>
  Array.isArray(value) &&
  value.length === length &&
  value.every((side) => Number.isInteger(side) && Number(side) >= 1);
const isTable = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null) &&
  Object.keys(value).length === 0;
const seed = whole(1, 0, 0xffffffff, Infinity);
const head = either(
  choice('linear', 'cosine'),
  only(() => ({scale: 2}), isTable),
);
const NETWORK = {
  inputShape: base(only(() => [8, 8, 3], (v) => isShape(v, 3))), // prettier-ignore
  numClasses: base(whole(3, 2)),
  head,
  normalization: optional(only(() => ({mean: [0, 0, 0], deviation: [1, 1, 1]}), isTable)),
  seed,
};
const width = (valid: number) => base(whole(valid, 1, Infinity, 4));
const state = new Map([['weight', {shape: [1], values: Float32Array.of(1)}]]);
const denseState = new Map([
  ['0.weight', {shape: [3, 3], values: new Float32Array(9)}],
  ['0.bias', {shape: [3], values: new Float32Array(3)}],
]);
const dense = tfl.sequential({layers: [tfl.layers.dense({inputShape: [3], units: 3, name: '0'})]});
const embedding = tfl.sequential({
  layers: [
    tfl.layers.embedding({inputDim: 9, outputDim: 2, inputLength: 3}),
    tfl.layers.flatten(),
    tfl.layers.dense({units: 3}),
  ],
});
const tokens = tf.keep(tf.tensor2d([[1, 2, 3]], [1, 3], 'int32'));
const nameMap = optional(callback((name: string) => name));

/** Models. */
export const MODELS: readonly Call[] = [
  call('adjustedClassifier', models.adjustedClassifier, {model: f.model, classCounts: f.anyCounts}, {
    ...{scale: single(1), tau: real(1)},
  }), // prettier-ignore
  call('cosineHead', models.cosineHead, {units: whole(3, 2)}, {
    ...{scale: single(1), normOffset: f.atLeastZero, name: optional(text('head')), seed},
  }), // prettier-ignore
  call('layersClassifier', models.layersClassifier, {model: f.layersModel}, {
    ...{output: choice('logits', 'probabilities')},
  }), // prettier-ignore
  call('mobileNetV2', models.mobileNetV2, {}, {
    ...{...NETWORK, inputShape: base(only(() => [32, 32, 3]))},
    width: base({...real(0.1, {above: 0}), skip: (v) => Number(v) > 1}),
  }), // prettier-ignore
  call('preActResnet18', models.preActResnet18, {}, {...NETWORK, width: width(1)}),
  call('resnet18', models.resnet18, {}, {...NETWORK, width: width(1), stem: choice('cifar', 'imagenet')}), // prettier-ignore
  call('wideResnet', models.wideResnet, {}, {
    ...{...NETWORK, depth: base(only(() => 10))},
    width: base({...real(1, {above: 0}), skip: (v) => Number(v) > 4}),
  }), // prettier-ignore
  call(
    'smallConvNet',
    models.smallConvNet,
    {},
    {
      inputShape: required(only(() => [4, 4, 1], (v) => isShape(v, 3))), // prettier-ignore
      numClasses: required(whole(3, 2)),
      channels: wholes([2], 1, 50),
      kernelSize: whole(3, 1),
      batchNorm: flag(),
      hiddenUnits: whole(2, 0),
      head,
      normalization: optional(only(() => ({mean: [0.5], deviation: 0.5}), isTable)),
      seed,
    },
  ),
  call('normalizePixels', models.normalizePixels, {
    model: only(f.imageNet),
    statistics: only(() => ({mean: [0.5], deviation: [0.5]}), isTable),
  }),
  call('renaming', models.renaming, {
    rules: only(() => [['a', 'b']], (v) => Array.isArray(v) && v.length === 0), // prettier-ignore
  }),
  call('torchvisionResnetNames', models.torchvisionResnetNames, {name: text('layer1.0.conv1.weight')}), // prettier-ignore
  call('readSafetensors', models.readSafetensors, {
    file: only(() => models.writeSafetensors(state)),
    source: optional(text('file')),
  }),
  call('writeSafetensors', models.writeSafetensors, {
    tensors: only(() => state, (v) => v instanceof Map && v.size === 0), // prettier-ignore
    metadata: optional(only(() => new Map([['a', 'b']]), (v) => v instanceof Map)), // prettier-ignore
  }),
  call('stateDict', models.stateDict, {model: f.layersModel}, {nameMap}),
  call('loadStateDict', models.loadStateDict, {
    model: only(() => dense),
    tensors: only(() => denseState),
  }, {nameMap, strict: flag(true), ignore: optional(only(() => /a/, (v) => v instanceof RegExp))}), // prettier-ignore
  call('embeddingSpace', embeddingSpace, {
    model: only(() => embedding),
    tokens: either(tensor(() => tokens, 'int32', [-1, 3]), tensor(() => tokens, 'float32', [-1, 3])),
  }, {layer: optional(only(() => embedding.layers[0]?.name))}), // prettier-ignore
];
