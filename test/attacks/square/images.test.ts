import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkImages, copyEntries, drawWindow, entriesOf} from '../../../src/attacks/square/images';
import {createRng, type Rng} from '../../../src/core/rng';

const shape = {height: 32, width: 20, channels: 3};

const always = (value: number): Rng => ({...createRng(0), uniform: () => value});

describe('drawWindow', () => {
  it('never reaches the last row and column', () => {
    const rng = createRng(3);
    const windows = Array.from({length: 2000}, () => drawWindow(rng, 3, shape));
    const tops = new Set(windows.map(({top}) => top));
    const lefts = new Set(windows.map(({left}) => left));
    expect([Math.min(...tops), Math.max(...tops), tops.size]).toEqual([0, 28, 29]);
    expect([Math.min(...lefts), Math.max(...lefts), lefts.size]).toEqual([0, 16, 17]);
  });

  it('truncates, rows by the height and columns by the width', () => {
    expect(drawWindow(always(0), 4, shape)).toEqual({top: 0, left: 0, side: 4});
    expect(drawWindow(always(0.5), 4, shape)).toEqual({top: 14, left: 8, side: 4});
    expect(drawWindow(always(0.999), 20, shape)).toEqual({top: 11, left: 0, side: 20});
  });
});

describe('entriesOf', () => {
  it('lists the channels of a pixel together, row by row', () => {
    const small = {height: 3, width: 4, channels: 2};
    expect([...entriesOf({top: 1, left: 2, side: 2}, small)]).toEqual([
      ...[12, 13, 14, 15],
      ...[20, 21, 22, 23],
    ]);
  });
});

describe('copyEntries', () => {
  it('copies these and no others', () => {
    const target = new Float32Array(6);
    copyEntries(Float32Array.of(0, 1, 2, 3, 4, 5), 1, target, 2, Int32Array.of(0, 3));
    expect([...target]).toEqual([0, 0, 1, 0, 0, 4]);
  });
});

describe('checkImages', () => {
  it('wants images, for L2 at least 5 pixels high', () => {
    tf.tidy(() => {
      expect(() => checkImages('f', tf.zeros([1, 4, 4, 1]), {norm: 'linf'})).not.toThrow();
      expect(() => checkImages('f', tf.zeros([1, 5, 1, 1]), {norm: 'l2'})).not.toThrow();
      expect(() => checkImages('f', tf.zeros([1, 4, 9, 1]), {norm: 'l2'})).toThrow(
        'f: "x" must be at least 5 pixels high for L2, whose start has five tiles, found a ' +
          "height of 4. Use norm: 'linf', or larger images.",
      );
      expect(() => checkImages('f', tf.zeros([5, 8]), {norm: 'linf'})).toThrow(
        /f: "x" must be images \[batch, height, width, channels\].*windows of images/,
      );
      const first = {norm: 'l2', dataFormat: 'channelsFirst'} as const;
      expect(checkImages('f', tf.zeros([1, 3, 5, 5]), first)).toBe('channelsFirst');
      expect(() => checkImages('f', tf.zeros([1, 9, 4, 9]), first)).toThrow(/a height of 4/);
      expect(() => checkImages('f', null as never, {norm: 'linf'})).toThrow(/"x" must be images/);
    });
  });
});
