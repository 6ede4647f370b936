import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../../src/core/rng';
import type {Augmentation} from '../../../src/data/augment/augmentation';
import {augmentInTurn} from '../../../src/data/augment/augmentInTurn';
import {autoAugment} from '../../../src/data/augment/autoAugment';
import {cropAndFlip} from '../../../src/data/augment/cropAndFlip';
import {cutMix} from '../../../src/data/augment/cutMix';
import {cutout} from '../../../src/data/augment/cutout';
import {mixUp} from '../../../src/data/augment/mixUp';
import {randAugment} from '../../../src/data/augment/randAugment';
import {expectNoLeak, int, numbers} from '../../support/tensors';

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

  it('says what returned no tensor', async () => {
    await expectNoLeak(async () => {
      const x = one();
      const silent = (() => undefined) as unknown as Augmentation;
      const run = augmentInTurn((image) => tf.clone(image), silent)(x, createRng(1));
      await expect(run).rejects.toThrow(/"augmentations\[1\]" must return a tensor/);
      x.dispose();
    });
  });
});

describe('an augmentation without a generator', () => {
  const batch = () => ({x: tf.ones<tf.Rank.R4>([2, 8, 8, 3]), labels: int([0, 1])});

  it.each([cropAndFlip(), cutout(), randAugment(), autoAugment(), augmentInTurn()])(
    'is an error that names it: %#',
    async (augment) => {
      const {x, labels} = batch();
      for (const rng of [undefined, 3]) {
        const run = async () => augment(x, rng as unknown as Rng);
        await expect(run()).rejects.toThrow(/"rng" must be/);
      }
      tf.dispose([x, labels]);
    },
  );

  it.each([mixUp({numClasses: 2}), cutMix({numClasses: 2})])(
    'is one when mixed, too: %#',
    (mix) => {
      const given = batch();
      expect(() => mix(given, undefined as unknown as Rng)).toThrow(/"rng" must be/);
      tf.dispose([given.x, given.labels]);
    },
  );
});
