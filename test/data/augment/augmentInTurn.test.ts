import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import type {Augmentation} from '../../../src/data/augment/augmentation';
import {augmentInTurn} from '../../../src/data/augment/augmentInTurn';
import {cropAndFlip} from '../../../src/data/augment/cropAndFlip';
import {expectNoLeak, numbers} from '../../support/tensors';

const one = () => tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
const options = {dataFormat: 'channelsLast'} as const;

describe('augmentInTurn', () => {
  it('applies them in order, each with its own stream', async () => {
    const draws: number[] = [];
    const drawing =
      (factor: number, times: number): Augmentation =>
      (x, rng) => {
        for (let i = 0; i < times; i++) draws.push(rng.uniform());
        return tf.tidy(() => tf.add(tf.mul(x, factor), 1));
      };
    const run = async (times: number) => {
      draws.length = 0;
      const x = one();
      const augment = augmentInTurn(drawing(2, times), async (image, rng) =>
        drawing(3, 1)(image, rng),
      );
      const y = await augment(x, createRng(5));
      expect(numbers(y)).toEqual([10]);
      expect(x.isDisposed).toBe(false);
      tf.dispose([x, y]);
      return draws.at(-1);
    };
    await expectNoLeak(async () => {
      expect(await run(1)).toBe(await run(4));
      expect(draws[0]).not.toBe(draws.at(-1));
    });
  });

  it('never hands out the tensor that it was given', async () => {
    await expectNoLeak(async () => {
      const x = one();
      const results = [
        await augmentInTurn()(x, createRng(1)),
        await augmentInTurn((image) => image)(x, createRng(1)),
      ];
      tf.dispose(results);
      expect(x.isDisposed).toBe(false);
      x.dispose();
    });
  });

  it('leaks nothing where one throws', async () => {
    await expectNoLeak(async () => {
      const x = one();
      const broken = augmentInTurn(cropAndFlip(options), () => {
        throw new Error('broken');
      });
      await expect(broken(x, createRng(1))).rejects.toThrow('broken');
      x.dispose();
    });
  });

  it('refuses what is no augmentation', () => {
    expect(() => augmentInTurn(cropAndFlip(), 7 as unknown as Augmentation)).toThrow(
      'augmentInTurn: "augmentations[1]" must be a function, found ' +
        '7. Call it first: cropAndFlip(), not cropAndFlip.',
    );
  });
});
