import type * as tf from '@tensorflow/tfjs-core';
import {
  atBslTraining,
  distillation,
  gradientMatching,
  pgdTraining,
  type Attack,
  type TrainingMethod,
} from 'lt-robust';

import type {MethodName} from './methodNames';
import type {DemoSettings} from './settings';

/** What a method is made of. */
export interface MethodParts {
  readonly attack: Attack;
  /** Training images of each class. */
  readonly classCounts: readonly number[];
  /** The trained teacher, in inference mode; undefined where the method has none. */
  readonly teacher: ((x: tf.Tensor4D) => tf.Tensor2D) | undefined;
}

/** The weight of the gradient matching where the settings leave it open. */
export const defaultAlpha = (method: MethodName): number => (method === 'paper' ? 10 : 1);

/** What a training of this method does in each step. The only place that makes methods. */
export function methodOf(
  name: MethodName,
  settings: Pick<DemoSettings, 'alpha' | 'klWeight' | 'tau'>,
  {attack, classCounts, teacher: given}: MethodParts,
): TrainingMethod {
  const {klWeight: weight, tau} = settings;
  const alpha = settings.alpha ?? defaultAlpha(name);
  const atBsl = () => atBslTraining({attack, classCounts, tau});
  const teacher = (x: tf.Tensor4D) => {
    if (given === undefined) throw new Error(`${name} needs a teacher`);
    return given(x);
  };
  switch (name) {
    case 'pgd-at':
    case 'teacher':
      return pgdTraining({attack});
    case 'at-bsl':
    case 'root-bsl':
      return atBsl();
    case 'paper':
      return gradientMatching(atBsl(), {teacher, alpha});
    case 'kl':
      return distillation(atBsl(), {teacher, weight});
    case 'kl+matching':
      return gradientMatching(distillation(atBsl(), {teacher, weight}), {teacher, alpha});
  }
}
