import type * as tf from '@tensorflow/tfjs-core';

import {miFgsmAttack} from '../attacks/miFgsmAttack';
import type {Attack} from '../core/attack';
import {withIdentity} from '../core/identity';
import {trainingAttack} from '../methods/attackBatch';
import {classBudgets} from '../methods/classBudgets';
import {oneSidedStart, unclippedStart} from '../methods/starts';
import {clip, entriesOf, number, oneOf, type Table} from './entry';
import type {LossParts} from './losses';

const entry = entriesOf<LossParts, Attack<tf.Tensor4D>>();

const EPSILON = 8 / 255;

/** The attacks that a method can train against; they ascend what the method wants ascended. */
export const ATTACKS = {
  pgd: entry(
    'projected gradient descent; start: uniform in the ball, gaussian (deviation 0.001), one-sided, unclipped or none',
    {
      norm: oneOf('linf', 'l2'),
      ...{epsilon: number, stepSize: number, steps: number, clip, startDeviation: number},
      start: oneOf('uniform', 'gaussian', 'one-sided', 'unclipped', 'none'),
    },
    ({start = 'uniform', startDeviation = 0.001, ...threat}) => {
      const {epsilon = EPSILON} = threat;
      const settings = {
        ...threat,
        ...(start === 'gaussian' ? {startDeviation} : {}),
        ...(start === 'one-sided' ? {start: oneSidedStart(epsilon)} : {}),
        ...(start === 'unclipped' ? {start: unclippedStart(epsilon)} : {}),
      };
      const attack = trainingAttack<tf.Tensor4D>(settings);
      if (start !== 'none') return attack;
      const bare: Attack<tf.Tensor4D> = (model, x, labels, context) =>
        attack(model, x, labels, {...context, rng: undefined});
      return withIdentity(bare, {name: 'pgdAttack', start, ...settings});
    },
  ),
  'mi-fgsm': entry(
    'iterated FGSM with momentum, from x',
    {
      norm: oneOf('linf', 'l2'),
      ...{epsilon: number, stepSize: number, steps: number, decay: number, clip},
    },
    (options) => {
      const attack: Attack<tf.Tensor4D> = (model, x, labels, {rng: _, ...context} = {}) =>
        miFgsmAttack(model, x, labels, {...context, ...options, checkValues: false});
      return withIdentity(attack, {name: 'miFgsmAttack', ...options});
    },
  ),
  'class-budgets': entry(
    "PGD whose budget depends on class and epoch (RobustLT's)",
    {
      ...{epsilon: number, stepSize: number, steps: number},
      ...{intensity: number, warmup: number, clip},
    },
    (options, {classCounts}) => classBudgets({classCounts, ...options}),
  ),
} satisfies Table<LossParts, Attack<tf.Tensor4D>>;
