import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {changeBytes} from '../../../src/data/augment/byteImages';
import {expectNoLeak, numbers} from '../../support/tensors';

describe('changeBytes', () => {
  it.each(['channelsLast', 'channelsFirst'] as const)(
    'hands over each image, %s',
    async (format) => {
      await expectNoLeak(async () => {
        const values = Float32Array.from({length: 2 * 2 * 5 * 3}, (_, i) => i / 255);
        const last = tf.tensor4d(values, [2, 2, 5, 3]);
        const x = format === 'channelsLast' ? last : tf.transpose(last, [0, 3, 1, 2]);
        const seen: number[][] = [];
        const y = await changeBytes('f', x, format, (image) => {
          seen.push([...image.data]);
          expect([image.height, image.width, image.channels]).toEqual([2, 5, 3]);
          return {...image, data: image.data.map((byte) => 255 - byte)};
        });
        expect(seen.flat()).toEqual([...Array(60).keys()]);
        expect(seen).toHaveLength(2);
        const expected = tf.tidy(() => tf.sub(1, x));
        numbers(y).forEach((value, i) => {
          expect(value).toBeCloseTo(numbers(expected)[i]!, 6);
        });
        tf.dispose(format === 'channelsLast' ? [x, y, expected] : [last, x, y, expected]);
      });
    },
  );

  it('rounds to the nearest byte', async () => {
    const x = tf.tensor4d([-1e-7, 0.4999 / 255, 0.5001 / 255, 1 + 1e-7], [1, 2, 2, 1]);
    const bytes: number[] = [];
    const y = await changeBytes('f', x, undefined, (image) => {
      bytes.push(...image.data);
      return image;
    });
    expect(bytes).toEqual([0, 0, 1, 255]);
    expect(numbers(y)).toEqual([0, 0, Math.fround(1 / 255), 1]);
    tf.dispose([x, y]);
  });
});
