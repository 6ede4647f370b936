import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {rowsOf, severalSigmoids} from '../../../src/core/layers/ending';

const shaped = (...shape: number[]) =>
  tf.reshape(tf.range(1, 1 + shape.reduce((a, b) => a * b)), shape);

describe('rowsOf', () => {
  it('leaves a matrix as it is', () => {
    const scores = shaped(2, 3);
    expect(rowsOf(scores, 'logits', 'f')).toBe(scores);
    expect(rowsOf(scores, 'softmax', 'f')).toBe(scores);
  });

  it('reshapes the one place of a map', () => {
    const rows = rowsOf(shaped(2, 1, 1, 3), 'softmax', 'f');
    expect(rows.arraySync()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('leaves a map of several places, and a vector, to the check of what a model gives', () => {
    expect(rowsOf(shaped(2, 1, 2, 3), 'logits', 'f').shape).toEqual([2, 1, 2, 3]);
    expect(rowsOf(shaped(2), 'logits', 'f').shape).toEqual([2]);
  });

  it.each([[[2, 1]], [[2]], [[2, 1, 1, 1]]])('makes two logits of a sigmoid unit %j', (shape) => {
    const rows = rowsOf(shaped(...shape), 'sigmoid', 'f');
    expect(rows.arraySync()).toEqual([
      [0, 1],
      [0, 2],
    ]);
    // Softmax of them is the sigmoid, exactly where float32 can tell.
    const p = tf.softmax(rows).arraySync() as number[][];
    expect(p[1]![1]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });

  it.each([[[2, 3]], [[2, 1, 2, 1]]])('refuses several sigmoids %j', (shape) => {
    expect(() => rowsOf(shaped(...shape), 'sigmoid', 'f')).toThrow(/^f: "model" must give logits/);
  });
});

describe('severalSigmoids', () => {
  it('says what was found and what to do', () => {
    expect(severalSigmoids('layer "last"', 'train').message).toBe(
      'train: "model" must give logits [batch, classes], one score per class, found several sigmoid ' +
        'units (layer "last"). Sigmoids are answers to separate yes-or-no questions, not classes of ' +
        'one question. For one of them, pass a function to its two logits [0, s]; where exactly one ' +
        'class is right, pass a function to the scores before the sigmoids.',
    );
  });
});
