import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {applyOperation, OPERATION_NAMES} from '../../../src/data/augment/imageOperation';
import {randAugment} from '../../../src/data/augment/randAugment';
import {expectNoLeak} from '../../support/tensors';
import {batchOf, byteImages, bytesBack} from './byteFixtures';

describe('randAugment', () => {
  it('gives what one of its operations gives, each about as often', async () => {
    // At bin 15 of 31, so that magnitudes are half of the ranges.
    const [smooth] = byteImages() as [ReturnType<typeof byteImages>[0]];
    const halves: Record<string, number[]> = {
      ...{ShearX: [0.15], ShearY: [0.15], Rotate: [15], Posterize: [6], Solarize: [0.5]},
      ...{Brightness: [0.45], Color: [0.45], Contrast: [0.45], Sharpness: [0.45]},
      TranslateX: [(150 / 331) * smooth.width * 0.5],
      TranslateY: [(150 / 331) * smooth.height * 0.5],
    };
    const unsigned = ['Posterize', 'Solarize'];
    const outcomes = new Map<string, Set<string>>();
    for (const name of OPERATION_NAMES) {
      if (name === 'Invert') continue;
      const [magnitude] = halves[name] ?? [0];
      for (const value of [magnitude, unsigned.includes(name) ? magnitude : -magnitude!]) {
        const {data} = applyOperation(name, {...smooth, data: smooth.data.slice()}, value!);
        const names = outcomes.get(data.join()) ?? new Set();
        outcomes.set(data.join(), names.add(name));
      }
    }
    const count = 1400;
    const x = batchOf(Array.from({length: count}, () => smooth));
    const augment = randAugment({operations: 1, magnitude: 15});
    const y = await augment(x, createRng(1));
    const seen = new Map<string, number>();
    const size = smooth.data.length;
    const bytes = bytesBack(y);
    for (let i = 0; i < count; i++) {
      const names = outcomes.get(bytes.subarray(i * size, (i + 1) * size).join());
      expect(names, `image ${i}`).toBeDefined();
      const key = [...names!].sort().join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    for (const [key, times] of seen) {
      // Each of the 14 about 100 times: within five standard deviations.
      expect(Math.abs(times - 100 * key.split(',').length), key).toBeLessThan(70);
    }
    expect([...seen.keys()].flatMap((key) => key.split(','))).toHaveLength(14);
    tf.dispose([x, y]);
  });

  it('is (2, 8) of 31 by default, repeats with its seed, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const x = batchOf(byteImages());
      const results = [
        await randAugment()(x, createRng(4)),
        await randAugment({operations: 2, magnitude: 8, bins: 31})(x, createRng(4)),
        await randAugment()(x, createRng(5)),
        await randAugment({operations: 0})(x, createRng(5)),
      ];
      const [first, same, other, none] = results.map(bytesBack);
      expect(same).toEqual(first);
      expect(other).not.toEqual(first);
      expect(none).toEqual(bytesBack(x));
      expect(results[0]!.shape).toEqual(x.shape);
      tf.dispose([x, ...results]);
    });
  });

  it('does the same to images with their channels first', async () => {
    const x = batchOf(byteImages());
    const first = tf.transpose(x, [0, 3, 1, 2]);
    const y = await randAugment()(x, createRng(2));
    const z = await randAugment({dataFormat: 'channelsFirst'})(first, createRng(2));
    const back = tf.transpose(z, [0, 2, 3, 1]);
    expect(back.dataSync()).toEqual(y.dataSync());
    tf.dispose([x, first, y, z, back]);
  });

  it('refuses what it cannot do', async () => {
    expect(() => randAugment({magnitude: 31})).toThrow(
      /^randAugment: "magnitude" must be an integer >= 0 and <= 30, found 31/,
    );
    expect(() => randAugment({bins: 1})).toThrow(/"bins"/);
    expect(() => randAugment({operations: 0.5})).toThrow(/"operations"/);
    await expectNoLeak(async () => {
      const bright = tf.fill<tf.Rank.R4>([1, 8, 8, 3], 200);
      await expect(randAugment()(bright, createRng(1))).rejects.toThrow(
        'randAugment: "x" must lie in [0, 1], found 200. Divide pixels by 255; augment before any ' +
          'normalisation.',
      );
      const two = tf.zeros<tf.Rank.R4>([1, 8, 8, 2]);
      await expect(randAugment()(two, createRng(1))).rejects.toThrow(/of 1 or 3 channels/);
      const ints = tf.zeros<tf.Rank.R4>([1, 8, 8, 3], 'int32');
      await expect(randAugment()(ints, createRng(1))).rejects.toThrow(/tf\.div\(x, 255\)/);
      const nan = tf.fill<tf.Rank.R4>([1, 8, 8, 3], NaN);
      await expect(randAugment()(nan, createRng(1))).rejects.toThrow(/found NaN/);
      tf.dispose([bright, two, ints, nan]);
    });
  });
});
