import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ownStart} from '../../../src/attacks/search/startPoint';
import {createRng} from '../../../src/core/rng';

describe('ownStart', () => {
  it('copies a tensor, and what a function of x and the generator gives', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 2]]);
      const point = tf.tensor2d([[3, 4]]);
      const copy = ownStart('f', point, x, undefined);
      expect(copy).not.toBe(point);
      expect(copy.arraySync()).toEqual([[3, 4]]);
      const rng = createRng(1);
      const seen: unknown[] = [];
      const start = (from: tf.Tensor, generator: unknown) => {
        seen.push(generator);
        return tf.add(from, 1);
      };
      expect(ownStart('f', start, x, rng).arraySync()).toEqual([[2, 3]]);
      expect(seen).toEqual([rng]);
    });
  });

  it.each([[tf.zeros([1, 3])], [() => tf.zeros([2])], [() => null as never]])(
    'refuses another shape',
    (start) => {
      tf.tidy(() => {
        expect(() => ownStart('f', start as never, tf.zeros([1, 2]), undefined)).toThrow(
          /^f: "start" must be a tensor of the shape of x, \[1, 2\], or give one, found /,
        );
      });
    },
  );
});
