import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {cutMix} from '../../../src/data/augment/cutMix';
import golden from '../../golden/augment-torchvision.json';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

describe('cutMix', () => {
  const {mixing} = golden;

  it.each(['channelsLast', 'channelsFirst'] as const)('is the one of torchvision, %s', (layout) =>
    expectNoLeak(() => {
      const shape: [number, number, number, number] =
        layout === 'channelsLast' ? [3, 4, 5, 1] : [3, 1, 4, 5];
      const given = {x: tf.tensor4d(mixing.x, shape), labels: int(mixing.labels)};
      // A share kept of 0.19, from 0.095 / (0.095 + 0.405), around the pixel (3, 1).
      const uniforms = [0.905, 0.595];
      const integers = [3, 1];
      const rng = {
        ...createRng(1),
        uniform: () => uniforms.shift()!,
        integer: () => integers.shift()!,
      };
      const mixed = cutMix({numClasses: 4, dataFormat: layout})(given, rng);
      expect(numbers(mixed.x)).toEqual(mixing.cutMix.x.map(Math.fround));
      expectClose(mixed.labels, mixing.cutMix.labels, 1e-7);
      expect(mixed.weight).toBeCloseTo(0.6, 12);
      tf.dispose([given.x, given.labels, mixed.x, mixed.labels, mixed.first, mixed.second]);
    }),
  );

  it('has the share of the labels that the pixels have', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.constantFrom(0.2, 1, 3), (seed, alpha) => {
        tf.tidy(() => {
          // Example 0 is black, example 1 is white.
          const x = tf.concat([tf.zeros([1, 6, 7, 3]), tf.ones([1, 6, 7, 3])]) as tf.Tensor4D;
          const mix = cutMix({numClasses: 2, alpha});
          const mixed = mix({x, labels: int([0, 1])}, createRng(seed));
          const white = numbers(tf.mean(mixed.x, [1, 2, 3]));
          expectClose(mixed.labels, [1 - white[0]!, white[0]!, 1 - white[1]!, white[1]!], 1e-5);
          expect(white[1]).toBeCloseTo(mixed.weight, 5);
        });
      }),
      {numRuns: 25},
    );
  });

  it('refuses what it cannot do', () => {
    expect(() => cutMix({numClasses: 1})).toThrow(/^cutMix: "numClasses"/);
    expect(() => cutMix({numClasses: 2, alpha: -1})).toThrow(/"alpha"/);
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([1, 3, 8, 8]);
      const mix = cutMix({numClasses: 2});
      expect(() => mix({x, labels: int([0])}, createRng(1))).toThrow(/^cutMix: "dataFormat"/);
    });
  });
});
