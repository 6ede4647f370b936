import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, expect, it} from 'vitest';

import {recordPass} from '../../../src/kernels/recordedPass';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {windowRule} from '../../../src/kernels/wasm/windowRules';
import {seeded} from '../../support/models';
import {onWasm} from '../support';

const w334 = seeded<tf.Rank.R4>([3, 3, 4, 4], 1);
const w544 = seeded<tf.Rank.R4>([5, 4, 4, 8], 2);
const w114 = seeded<tf.Rank.R4>([1, 1, 4, 4], 3);
const row = seeded<tf.Rank.R1>([4], 4);
const alpha = seeded<tf.Rank.R4>([1, 1, 1, 4], 5);
const column = seeded<tf.Rank.R3>([6, 1, 1], 6);
const weights = [w334, w544, w114, row, alpha, column];

type Op = (x: tf.Tensor4D) => tf.Tensor;

/** The rule of the first step of an operation on images [2, 6, 7, 4]. */
function ruleOf(op: Op) {
  const x = seeded<tf.Rank.R4>([2, 6, 7, 4], 9);
  const run = (input: tf.Tensor): tf.Tensor2D => tf.reshape(op(input as tf.Tensor4D), [2, -1]);
  const recorded = recordPass({run, x, weights});
  x.dispose();
  const step = recorded?.forward?.steps[0];
  if (!step) throw new Error('Cannot be recorded.');
  return windowRule(step, tf.backend());
}

const axis = (
  inputs: number,
  outputs: number,
  filter: number,
  stride: number,
  before: number,
  tile = 1,
) => ({
  ...{inputs, outputs, filter, stride, before, tile},
});

const SERVED: Readonly<Record<string, [Op, object]>> = {
  'a 3x3 filter in tiles of Winograd': [
    (x) => tf.conv2d(x, w334, 1, 'same'),
    {rows: axis(6, 6, 3, 1, 1, 2), columns: axis(7, 7, 3, 1, 1, 2), images: ['x']},
  ],
  'filters and strides of any size': [
    (x) => tf.conv2d(x, w544, [2, 1], 'same'),
    {rows: axis(6, 3, 5, 2, 1), columns: axis(7, 7, 4, 1, 1), images: ['x']},
  ],
  'a filter of one pixel': [
    (x) => tf.conv2d(x, w114, 2, 'same'),
    {rows: axis(6, 3, 1, 2, 0), columns: axis(7, 4, 1, 2, 0), images: ['x']},
  ],
  'max pooling without padding': [
    (x) => tf.maxPool(x, [2, 3], [2, 1], 'valid'),
    {rows: axis(6, 3, 2, 2, 0), columns: axis(7, 5, 3, 1, 0), images: ['x']},
  ],
  padding: [
    (x) => tf.pad(x, [[0, 0], [1, 2], [3, 0], [0, 0]]), // prettier-ignore
    {rows: axis(6, 9, 1, 1, 1), columns: axis(7, 10, 1, 1, 3), images: ['x']},
  ],
  'a sum with itself': [
    (x) => tf.add(x, x),
    {rows: axis(6, 6, 1, 1, 0), columns: axis(7, 7, 1, 1, 0), images: ['a', 'b']},
  ],
  'a product with a number for each channel': [
    (x) => tf.mul(row, x),
    {rows: axis(6, 6, 1, 1, 0), columns: axis(7, 7, 1, 1, 0), images: ['b']},
  ],
  ReLU: [
    (x) => tf.relu(x),
    {rows: axis(6, 6, 1, 1, 0), columns: axis(7, 7, 1, 1, 0), images: ['x']},
  ],
};

const REFUSED: Readonly<Record<string, Op>> = {
  'max pooling that reaches beyond the image': (x) => tf.maxPool(x, 2, 2, 'same'),
  'average pooling': (x) => tf.avgPool(x, 2, 2, 'valid'),
  'a dilated filter': (x) => tf.conv2d(x, w334, 1, 'same', 'NHWC', 2),
  'a filter of single channels': (x) => tf.depthwiseConv2d(x, w334, 1, 'same'),
  'an activation of several operations': (x) => tf.prelu(x, alpha),
  'an activation that is not rounded once': (x) => tf.sigmoid(x),
  'padding of channels': (x) => tf.pad(x, [[0, 0], [0, 0], [0, 0], [1, 0]]), // prettier-ignore
  'a sum with numbers for each row': (x) => tf.add(x, column),
  'a mean over pixels': (x) => tf.mean(x, [1, 2]),
  'a product of matrices': (x) => tf.matMul(tf.reshape(x, [-1, 4]), tf.reshape(w114, [4, 4])),
  'channels side by side': (x) => tf.concat([x, x], 3),
  'a fused activation that is more than a bound': (x) =>
    tf.fused.conv2d({x, filter: w334, strides: 1, pad: 'same', activation: 'sigmoid'}),
};

onWasm('windowRule', () => {
  let undo: () => void;
  beforeAll(async () => {
    undo = await registerGradientKernels({simd: 'plain'});
  });
  afterAll(() => {
    undo();
    tf.dispose(weights);
  });

  it.each(Object.keys(SERVED))('knows which inputs outputs see: %s', (name) => {
    const [op, expected] = SERVED[name] ?? [];
    expect(op && ruleOf(op)).toMatchObject(expected ?? {});
  });

  it.each(Object.keys(REFUSED))('is none for %s', (name) => {
    const op = REFUSED[name];
    expect(op && ruleOf(op)).toBeUndefined();
  });
});
