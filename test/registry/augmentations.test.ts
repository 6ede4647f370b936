import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {identityOf} from '../../src/core/identity';
import {createRng} from '../../src/core/rng';
import {augmentInTurn} from '../../src/data/augment/augmentInTurn';
import {autoAugment} from '../../src/data/augment/autoAugment';
import {cropAndFlip} from '../../src/data/augment/cropAndFlip';
import {cutout} from '../../src/data/augment/cutout';
import {randAugment} from '../../src/data/augment/randAugment';
import type {Recipe} from '../../src/training/recipe';
import type {Experiment} from '../../src/registry/experiment';
import {AUGMENTATIONS} from '../../src/registry/augmentations';
import {recipe} from '../support/registered';
import {numbers} from '../support/tensors';

type Augment = NonNullable<Recipe['augment']>;

const dataFormat = 'channelsLast' as const;
const strong = {operations: 3, magnitude: 5, bins: 11, dataFormat};

const TABLE: readonly (readonly [NonNullable<Experiment['augmentation']>, Augment])[] = [
  [['crop-and-flip'], cropAndFlip()],
  [
    [{name: 'crop-and-flip', padding: 2, flip: 0.2, dataFormat}],
    cropAndFlip({padding: 2, flip: 0.2, dataFormat}),
  ],
  [[{name: 'rand-augment', ...strong}], randAugment(strong)],
  [[{name: 'auto-augment', dataFormat}], autoAugment({dataFormat})],
  [[{name: 'cutout', size: 3, dataFormat}], cutout({size: 3, dataFormat})],
  [['rand-augment', 'crop-and-flip'], augmentInTurn(randAugment(), cropAndFlip())],
];

describe('the augmentations of the registry', () => {
  it.each(TABLE)('%j', async (augmentation, meant) => {
    const x = tf.tensor4d(
      Float32Array.from({length: 2 * 6 * 6 * 3}, (_, i) => ((i * 37) % 101) / 101),
      [2, 6, 6, 3],
    );
    const {augment} = recipe({augmentation});
    const made = await augment?.(x, createRng(5));
    expect(numbers(made as tf.Tensor)).toEqual(numbers(await meant(x, createRng(5))));
  });

  it('have an identity, also several together', async () => {
    const {augment} = recipe({augmentation: ['rand-augment', {name: 'cutout', size: 3}]});
    expect(await identityOf(augment)).toEqual({
      name: 'augmentInTurn',
      augmentations: [{name: 'randAugment'}, {name: 'cutout', size: 3}],
    });
  });

  it('are none for none', () => {
    expect(recipe({augmentation: []}).augment).toBeUndefined();
    expect(recipe({}).augment).toBeUndefined();
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(AUGMENTATIONS)) expect(what).toMatch(/^\S.{8}/);
});
