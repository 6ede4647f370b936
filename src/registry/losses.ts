import * as v from 'valibot';

import {withIdentity} from '../core/identity';
import type {Loss} from '../core/loss';
import {balancedSoftmax} from '../losses/balancedSoftmax';
import {classBalancedLoss} from '../losses/classBalancedLoss';
import {crossEntropy} from '../losses/crossEntropy';
import {focalLoss} from '../losses/focalLoss';
import {labelSmoothingLoss} from '../losses/labelSmoothingLoss';
import {ldamLoss} from '../losses/ldamLoss';
import {logitAdjustedLoss} from '../losses/logitAdjustment';
import {entriesOf, number, oneOf, type Table} from './entry';

/** What a loss is made from, besides its options. */
export interface LossParts {
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
}

const entry = entriesOf<LossParts, Loss>();

const named = (name: string, options: object, loss: Loss): Loss =>
  withIdentity(loss, {name, ...options});

/** The losses that a method's option `loss` can name. */
export const LOSSES = {
  'cross-entropy': entry('cross-entropy', {}, () => crossEntropy),
  'balanced-softmax': entry(
    'cross-entropy with the class prior in the logits',
    {tau: number},
    (options, {classCounts}) =>
      named('balanced-softmax', options, (z, y) => balancedSoftmax(z, y, classCounts, options)),
  ),
  'logit-adjusted': entry(
    'logit adjustment, which is balanced softmax',
    {tau: number},
    (options, {classCounts}) =>
      named('logit-adjusted', options, (z, y) => logitAdjustedLoss(z, y, classCounts, options)),
  ),
  'label-smoothing': entry('cross-entropy with smoothed labels', {smoothing: number}, (options) =>
    named('label-smoothing', options, (z, y) => labelSmoothingLoss(z, y, options)),
  ),
  focal: entry('focal loss', {gamma: number}, (options) =>
    named('focal', options, (z, y) => focalLoss(z, y, options)),
  ),
  'class-balanced': entry(
    'a loss weighted by the effective numbers of the classes',
    {
      ...{beta: number, gamma: number},
      base: oneOf('softmax', 'sigmoid', 'focal'),
      reduction: oneOf('meanOfWeighted', 'weightedMean'),
    },
    (options, {classCounts}) =>
      named('class-balanced', options, (z, y) => classBalancedLoss(z, y, classCounts, options)),
  ),
  ldam: entry(
    'margins that are larger for rare classes',
    {maxMargin: number, scale: v.optional(v.number(), 1), power: number},
    (options, {classCounts}) =>
      named('ldam', options, (z, y) => ldamLoss(z, y, classCounts, options)),
  ),
} satisfies Table<LossParts, Loss>;
