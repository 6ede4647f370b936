import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkDataFormat, imageLayout} from '../../../src/data/augment/imageLayout';

describe('imageLayout', () => {
  it('takes the channels from where they are said to be', () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([2, 3, 4, 5]);
      expect(imageLayout('f', x, 'channelsFirst')).toEqual({
        ...{batch: 2, height: 4, width: 5, channels: 3, isChannelsFirst: true},
      });
      expect(imageLayout('f', x, 'channelsLast')).toEqual({
        ...{batch: 2, height: 3, width: 4, channels: 5, isChannelsFirst: false},
      });
    });
  });

  it('needs no word where only the last axis can be channels', () => {
    tf.tidy(() => {
      for (const channels of [1, 2, 3, 4, 7]) {
        const x = tf.zeros<tf.Rank.R4>([1, 8, 9, channels]);
        expect(imageLayout('f', x, undefined).channels).toBe(channels);
      }
      for (const channels of [1, 3, 4]) {
        const x = tf.zeros<tf.Rank.R4>([1, channels, 8, 8]);
        expect(() => imageLayout('f', x, undefined)).toThrow(/^f: "dataFormat" must be given/);
      }
    });
  });

  it('refuses what are no images', () => {
    expect(() => imageLayout('f', 3 as unknown as tf.Tensor4D, undefined)).toThrow(
      /"x" must be a tensor \[batch, height, width, channels\], found \d/,
    );
    expect(() => {
      checkDataFormat('f', 'NHWC' as 'channelsLast');
    }).toThrow(/"dataFormat"/);
  });
});
