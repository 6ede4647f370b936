import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {blocksOn, copyBlock} from '../../../src/kernels/wasm/blocks';
import {seeded} from '../../support/models';
import {numbers} from '../../support/tensors';
import {onWasm} from '../support';

const run = (from: number, to: number) => ({from, to});

onWasm('copyBlock', () => {
  for (const channels of [1, 3, 4, 6]) {
    it(`copies a rectangle of images of ${channels} channels, and nothing else`, () => {
      const copies = blocksOn(tf.backend());
      if (!copies) throw new Error('There is no SIMD.');
      const from = seeded<tf.Rank.R4>([3, 5, 7, channels], 1);
      const to = seeded<tf.Rank.R4>([3, 6, 4, channels], 2);
      const [a, b] = [numbers(from), numbers(to)];
      const source = {tensor: from, rows: run(1, 4), columns: run(2, 5)};
      const target = {tensor: to, rows: run(3, 6), columns: run(1, 4)};
      copyBlock(copies, source, target, run(1, 3));
      for (let image = 1; image < 3; image++) {
        for (let row = 0; row < 3; row++) {
          for (let i = 0; i < 3 * channels; i++) {
            const at = ((image * 6 + 3 + row) * 4 + 1) * channels + i;
            b[at] = a[((image * 5 + 1 + row) * 7 + 2) * channels + i] as number;
          }
        }
      }
      expect(numbers(to)).toEqual(b);
      expect(numbers(from)).toEqual(a);
      tf.dispose([from, to]);
    });
  }

  it('copies it in all images by default', () => {
    const copies = blocksOn(tf.backend());
    if (!copies) throw new Error('There is no SIMD.');
    const from = seeded<tf.Rank.R4>([4, 2, 2, 3], 1);
    const to = tf.zeros<tf.Rank.R4>([4, 2, 2, 3]);
    const whole = {rows: run(0, 2), columns: run(0, 2)};
    copyBlock(copies, {tensor: from, ...whole}, {tensor: to, ...whole});
    expect(numbers(to)).toEqual(numbers(from));
    tf.dispose([from, to]);
  });
});
