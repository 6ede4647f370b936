import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {inputOf, shapeForModel} from '../../src/cli/modelInput';
import {expectClose, expectNoLeak} from '../support/tensors';

describe('shapeForModel', () => {
  it('leaves images as they are, takes the axis of grey away, or puts all pixels in one row', () => {
    expect(shapeForModel([28, 28, 1], undefined)).toEqual([28, 28, 1]);
    expect(shapeForModel([28, 28, 1], [28, 28, 1])).toEqual([28, 28, 1]);
    expect(shapeForModel([28, 20, 3], [null, null, 3])).toEqual([28, 20, 3]);
    expect(shapeForModel([28, 20, 1], [28, 20])).toEqual([28, 20]);
    expect(shapeForModel([28, 20, 1], [null, 20])).toEqual([28, 20]);
    expect(shapeForModel([4, 2, 3], [24])).toEqual([24]);
    expect(shapeForModel([4, 2, 3], [null])).toEqual([24]);
  });

  it('knows that a model does not take them', () => {
    expect(shapeForModel([28, 28, 1], [28, 28, 3])).toBeUndefined();
    expect(shapeForModel([28, 28, 3], [28, 28])).toBeUndefined();
    expect(shapeForModel([28, 20, 1], [20, 28])).toBeUndefined();
    expect(shapeForModel([4, 2, 3], [25])).toBeUndefined();
    expect(shapeForModel([4, 2, 3], [1, 4, 2, 3])).toBeUndefined();
    expect(shapeForModel([4, 2, 3], [9])).toBeUndefined();
    expect(shapeForModel([28, 20, 3], [28, null, 1])).toBeUndefined();
    expect(shapeForModel([28, 20, 3], [])).toBeUndefined();
  });
});

describe('inputOf', () => {
  const images = tf.tensor4d([0, 0.25, 0.5, 1, 1, 0, 0, 1], [2, 2, 2, 1]);

  it('is the images themselves where a model takes them as they are', () => {
    expect(inputOf(images, {shape: [2, 2, 1], range: [0, 1]})).toBe(images);
    expect(inputOf(images, {shape: undefined, range: [0, 1]})).toBe(images);
  });

  it('gives them shape and range, with a gradient to the images', async () => {
    await expectNoLeak(() => {
      tf.tidy(() => {
        const input = {shape: [4], range: [-1, 3]} as const;
        const taken = inputOf(images, input);
        expect(taken.shape).toEqual([2, 4]);
        expectClose(taken, [-1, 0, 1, 3, 3, -1, -1, 3]);
        const gradient = tf.grad((x: tf.Tensor) => tf.sum(inputOf(x as tf.Tensor4D, input)))(
          images,
        );
        expect(gradient.shape).toEqual(images.shape);
        expectClose(gradient, new Array(8).fill(4));
      });
    });
  });
});
