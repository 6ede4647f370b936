import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {eachRun} from '../../../src/kernels/composed/eachRun';

function runs(...args: Parameters<typeof tf.backend_util.computeConv2DInfo>): number[][] {
  const visits: number[][] = [];
  eachRun(tf.backend_util.computeConv2DInfo(...args), (...visit) => visits.push(visit));
  return visits;
}

describe('eachRun', () => {
  it('connects positions in order, padding left out', () => {
    expect(runs([1, 1, 3, 1], [1, 3, 1, 1], 1, 1, 'same')).toEqual([
      [0, 0, 1, 2],
      [1, 0, 0, 3],
      [2, 1, 0, 2],
    ]);
  });

  it('knows rows, strides and batch', () => {
    expect(runs([2, 3, 2, 1], [2, 1, 1, 1], [2, 1], 1, 'valid')).toEqual([
      [0, 0, 0, 1],
      [0, 2, 1, 1],
      [1, 1, 0, 1],
      [1, 3, 1, 1],
      [2, 6, 0, 1],
      [2, 8, 1, 1],
      [3, 7, 0, 1],
      [3, 9, 1, 1],
    ]);
    expect(runs([1, 2, 5, 1], [2, 2, 1, 1], [1, 2], 1, 'valid')).toEqual([
      [0, 0, 0, 2],
      [0, 5, 2, 2],
      [1, 2, 0, 2],
      [1, 7, 2, 2],
    ]);
  });

  it('knows dilation and padding', () => {
    expect(
      runs(
        [1, 3, 1, 1],
        [2, 1, 1, 1],
        1,
        [2, 1],
        [
          [0, 0],
          [1, 0],
          [0, 0],
          [0, 0],
        ],
      ),
    ).toEqual([
      [0, 1, 1, 1],
      [1, 0, 0, 1],
      [1, 2, 1, 1],
    ]);
    expect(
      runs(
        [1, 1, 4, 1],
        [1, 2, 1, 1],
        1,
        [1, 2],
        [
          [0, 0],
          [0, 0],
          [1, 0],
          [0, 0],
        ],
      ),
    ).toEqual([
      [0, 1, 1, 1],
      [1, 0, 0, 1],
      [1, 2, 1, 1],
      [2, 1, 0, 1],
      [2, 3, 1, 1],
    ]);
  });

  it('leaves out windows that lie in the padding alone', () => {
    expect(
      runs([1, 1, 1, 1], [1, 1, 1, 1], 1, 1, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    ).toEqual([[4, 0, 0, 1]]);
  });
});
