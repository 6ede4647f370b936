import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkKept, whileKept} from '../../../src/core/checks/checkKept';
import {InvalidArgumentError} from '../../../src/core/errors';

describe('checkKept', () => {
  it('refuses a tensor that is gone, and says what took it', () => {
    const x = tf.tensor1d([1]);
    expect(() => {
      checkKept('f', 'x', x);
    }).not.toThrow();
    x.dispose();
    expect(() => {
      checkKept('f', 'x', x);
    }).toThrow(
      /f: "x" must outlive the call, found a disposed tensor\. Await .*outside of tf.tidy/,
    );
  });
});

describe('whileKept', () => {
  it('tells what was disposed meanwhile, passes on what else is thrown, and gives the result', async () => {
    const [x, y] = [tf.tensor1d([1]), tf.tensor1d([2])];
    const fail = () => Promise.reject(new RangeError('of the body'));
    expect(await whileKept('f', {x, y}, () => Promise.resolve(7))).toBe(7);
    await expect(whileKept('f', {x, y}, fail)).rejects.toThrow(RangeError);
    y.dispose();
    await expect(whileKept('f', {x, y}, fail)).rejects.toThrow(InvalidArgumentError);
    await expect(whileKept('f', {x, y}, fail)).rejects.toThrow(/"y" must outlive the call/);
    expect(await whileKept('f', {x, y}, () => Promise.resolve(7))).toBe(7);
    x.dispose();
  });
});
