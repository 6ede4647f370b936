import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {classBalancedLoss} from '../../src/losses/classBalancedLoss';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {focalLoss} from '../../src/losses/focalLoss';
import {labelSmoothingLoss} from '../../src/losses/labelSmoothingLoss';
import {ldamLoss} from '../../src/losses/ldamLoss';
import {logitAdjustedLoss} from '../../src/losses/logitAdjustment';
import type {Loss} from '../../src/core/loss';
import {identityOf} from '../../src/core/identity';
import type {Named} from '../../src/registry/entry';
import {LOSSES} from '../../src/registry/losses';
import {counts} from '../support/registered';
import {int, numbers} from '../support/tensors';

const focal = {beta: 0.9, base: 'focal', gamma: 1, reduction: 'weightedMean'} as const;

const TABLE: readonly (readonly [Named, Loss])[] = [
  [{name: 'cross-entropy'}, crossEntropy],
  [{name: 'balanced-softmax', tau: 0.5}, (z, y) => balancedSoftmax(z, y, counts, {tau: 0.5})],
  [{name: 'logit-adjusted', tau: 2}, (z, y) => logitAdjustedLoss(z, y, counts, {tau: 2})],
  [{name: 'label-smoothing', smoothing: 0.2}, (z, y) => labelSmoothingLoss(z, y, {smoothing: 0.2})],
  [{name: 'focal', gamma: 1}, (z, y) => focalLoss(z, y, {gamma: 1})],
  [{name: 'class-balanced', ...focal}, (z, y) => classBalancedLoss(z, y, counts, focal)],
  // On the logits of a linear classifier: the function's own scale of 30 is for cosines.
  [{name: 'ldam'}, (z, y) => ldamLoss(z, y, counts, {scale: 1})],
  [
    {name: 'ldam', maxMargin: 0.3, scale: 2, power: 0.5},
    (z, y) => ldamLoss(z, y, counts, {maxMargin: 0.3, scale: 2, power: 0.5}),
  ],
];

describe('the losses of the registry', () => {
  it.each(TABLE)('%j', async ({name, ...options}, meant) => {
    const loss = LOSSES[name as keyof typeof LOSSES].make(options, {classCounts: counts});
    const logits = tf.tensor2d([1, -1, 0.5, 0.2, 0.3, -2], [2, 3]);
    const labels = int([2, 0]);
    expect(numbers(loss(logits, labels))).toEqual(numbers(meant(logits, labels)));
    if (name !== 'cross-entropy') expect(await identityOf(loss)).toMatchObject({name, ...options});
  });

  it('are all in the table above', () => {
    expect([...new Set(TABLE.map(([{name}]) => name))]).toEqual(Object.keys(LOSSES));
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(LOSSES)) expect(what).toMatch(/^\S.{8}/);
});
