import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {tilesOf, winogradForm} from '../../../src/kernels/wasm/winogradForm';
import {onRelaxedWasm, onWasm} from '../support';

describe('tilesOf', () => {
  it('covers a map', () => {
    expect([tilesOf(8, 8, 2), tilesOf(8, 8, 4), tilesOf(9, 5, 4)]).toEqual([16, 4, 6]);
  });
});

describe('winogradForm', () => {
  it('is none on other backends', () => {
    expect(winogradForm({}, 8, 8)).toBeUndefined();
  });
});

const tileOf = (height: number, width: number) => winogradForm(tf.backend(), height, width)?.tile;

onWasm('winogradForm', () => {
  it('is F(2x2, 3x3) in the plain set', () => {
    expect([tileOf(8, 8), tileOf(2, 2)]).toEqual([2, 2]);
  });
});

onRelaxedWasm('winogradForm', () => {
  it('is F(4x4, 3x3) where its tiles fit the map', () => {
    expect([tileOf(32, 32), tileOf(8, 8), tileOf(4, 4), tileOf(7, 7)]).toEqual([4, 4, 4, 4]);
    expect([tileOf(2, 2), tileOf(5, 5), tileOf(6, 6)]).toEqual([2, 2, 2]);
  });
});
