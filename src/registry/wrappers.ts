import type * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';

import type {TrainingMethod} from '../core/trainingMethod';
import {awp} from '../methods/awp';
import {distillation} from '../methods/distillation';
import {gradientMatching} from '../methods/gradientMatching';
import {boolean, clip, entriesOf, number, oneOf, type Table} from './entry';
import type {MethodParts} from './methods';

type Method = TrainingMethod<tf.Tensor4D>;

/** What a wrapper is made from, besides its options. */
export interface WrapperParts extends Pick<MethodParts, 'teacher'> {
  /** What is wrapped. */
  readonly base: Method;
}

const entry = entriesOf<WrapperParts, Method>();

/** What can be put around a method, in turn. */
export const WRAPPERS = {
  distillation: entry(
    "the KL divergence from a teacher's answer",
    {
      ...{teacher: v.string(), weight: number, temperature: number},
      schedule: oneOf('constant', 'linear'),
      at: oneOf('adversarial', 'clean'),
    },
    ({teacher, ...rest}, parts) =>
      distillation(parts.base, {...rest, teacher: parts.teacher(teacher)}),
  ),
  'gradient-matching': entry(
    'indirect gradient matching with a teacher (IGDM)',
    {
      ...{teacher: v.string(), alpha: number, beta: number, gamma: number, clip},
      schedule: oneOf('linear', 'constant'),
      distance: oneOf('kl', 'l2', 'l1'),
      extraCleanForward: boolean,
    },
    ({teacher, ...rest}, parts) =>
      gradientMatching(parts.base, {...rest, teacher: parts.teacher(teacher)}),
  ),
  awp: entry(
    'adversarial weight perturbation',
    {gamma: number, fromEpoch: number, scaling: oneOf('layerwise', 'global')},
    (options, {base}) => awp(base, options),
  ),
} satisfies Table<WrapperParts, Method>;
