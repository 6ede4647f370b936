import {asDataset} from '../../../src/core/asDataset';
import {arrayDataset} from '../../../src/data/arrayDataset';
import * as root from '../../../src/index';
import {images, labels, untyped, x, type Mistake} from './fixtures';

/** Mistakes with data. */
export const DATA: readonly Mistake[] = [
  [
    'rows for images',
    () => untyped(arrayDataset)(new Float32Array(9), [0, 1, 2], {shape: [3]}),
    'arrayDataset: "shape" must be [height, width, channels] of one example, found [3]. For rows of features use asDataset({x, labels}), x a tensor [n, features].',
  ],
  [
    'grey images without a channel',
    () => untyped(arrayDataset)(new Float32Array(9), [0], {shape: [3, 3]}),
    'arrayDataset: "shape" must be [height, width, channels] of one example, found [3, 3]. For grey images add a 1: [height, width, 1].',
  ],
  [
    'the shape of the batch',
    () => untyped(arrayDataset)(new Float32Array(108), [0, 1, 2], {shape: [3, 6, 6, 1]}),
    'arrayDataset: "shape" must be [height, width, channels] of one example, found [3, 6, 6, 1]. Leave the number of examples out.',
  ],
  [
    'nested arrays',
    () => untyped(arrayDataset)([[0.5, 0.5, 0.5]], [0], {shape: [1, 1, 3]}),
    'arrayDataset: "pixels" must be a Uint8Array or a Float32Array, found an array of 1 arrays. For tensors and nested arrays use asDataset({x, labels}).',
  ],
  [
    'an array of numbers',
    () => untyped(arrayDataset)([0.5, 0.5, 0.5], [0], {shape: [1, 1, 3]}),
    'arrayDataset: "pixels" must be a Uint8Array or a Float32Array, found [0.5, 0.5, 0.5]. Make one: new Uint8Array(pixels) of bytes, new Float32Array(pixels) of floats from 0 to 1.',
  ],
  [
    'a tensor',
    () => untyped(arrayDataset)(images(), labels(), {shape: [6, 6, 1]}),
    'arrayDataset: "pixels" must be a Uint8Array or a Float32Array, found float32 [3, 6, 6, 1]. For tensors and nested arrays use asDataset({x, labels}).',
  ],
  [
    "a canvas's data",
    () => untyped(arrayDataset)(new Uint8ClampedArray(3), [0, 1, 2], {shape: [1, 1, 1]}),
    'arrayDataset: "pixels" must be a Uint8Array or a Float32Array, found Uint8ClampedArray of 3. For canvas pixels use new Uint8Array(image.data).',
  ],
  [
    'bytes as floats',
    () => untyped(arrayDataset)(new Float32Array([0, 128, 255]), [0, 1, 2], {shape: [1, 1, 1]}),
    'arrayDataset: "pixels" must lie in [0, 1], found 128 at position 1. Set scale to the value of full brightness: 255 for 8-bit images.',
  ],
  [
    'values below 0',
    () => untyped(arrayDataset)(new Float32Array([0, -1, 1]), [0, 1, 2], {shape: [1, 1, 1]}),
    'arrayDataset: "pixels" must lie in [0, 1], found -1 at position 1. For values below 0, and any that are no pixels, use asDataset({x, labels}).',
  ],
  [
    'names for labels',
    () => untyped(arrayDataset)(new Uint8Array(2), ['a', 'b'], {shape: [1, 1, 1]}),
    'arrayDataset: "labels" must be integers in [0, 1), found \'a\' at position 0. Give each name a number: names.indexOf(label).',
  ],
  [
    'x alone',
    () => untyped(asDataset)({x: x()}),
    'asDataset: "source" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found an object with x. Pass {x, labels} as one argument: tensors or arrays with one entry for each example.',
  ],
  [
    'two arguments',
    () => untyped(asDataset)(x(), labels()),
    'asDataset: "source" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found float32 [3, 3]. Pass {x, labels} as one argument: tensors or arrays with one entry for each example.',
  ],
  [
    'a pipeline that was not finished',
    () => untyped(asDataset)([x(), labels()]),
    'asDataset: "source" must be {x, labels}, a dataset with labels and batch, or a tf.data pipeline, found an array of 2. Pass {x, labels} as one argument: tensors or arrays with one entry for each example.',
  ],
  [
    'text for a seed',
    () => untyped(root.createRng)('seed'),
    'createRng: "seed" must be an integer >= 0 and <= 4294967295, found \'seed\'. Pass a number.',
  ],
  [
    'a tensor of labels for a sampler',
    () => untyped(root.longTailedSubset)(labels(), 3, {imbalanceRatio: 10}),
    'longTailedSubset: "labels" must be an array of numbers, found int32 [3]. For the values of a tensor pass await tensor.data().',
  ],
  [
    'the ratio the other way round',
    () => untyped(root.longTailedSubset)([0, 0, 1, 1], 2, {imbalanceRatio: 0.01}),
    'longTailedSubset: "imbalanceRatio" must be a finite number >= 1, found 0.01. Pass a value in that range.',
  ],
];
