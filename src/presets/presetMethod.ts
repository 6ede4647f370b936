import type * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import type {Classifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import type {TrainingMethod} from '../core/trainingMethod';
import {atBslTraining} from '../methods/atBslTraining';
import {trainingAttack} from '../methods/attackBatch';
import {awp} from '../methods/awp';
import {distillation} from '../methods/distillation';
import {gradientMatching} from '../methods/gradientMatching';
import {martTraining} from '../methods/martTraining';
import {naturalTraining} from '../methods/naturalTraining';
import {pgdTraining} from '../methods/pgdTraining';
import {reatTraining} from '../methods/reatTraining';
import {robalTraining} from '../methods/robalTraining';
import {oneSidedStart, unclippedStart} from '../methods/starts';
import {tradesTraining} from '../methods/tradesTraining';
import type {PresetAttack, PresetStage, PresetWrapper} from './preset';

/** What a method needs beside its own settings. */
export interface PresetMethodParts {
  /** Training images of each class of the whole long-tailed set, 1 or more. */
  readonly classCounts: ArrayLike<number>;
  /** The teacher in inference mode, for stages whose wrappers ask one. @defaultValue none */
  readonly teacher?: Classifier | undefined;
}

/**
 * The training method of a stage.
 *
 * @param stage - What names the method, its wrappers and its attack.
 * @param parts - See {@link PresetMethodParts}.
 * @returns The method, for `train` and `trainStep`.
 * @throws {@link InvalidArgumentError} if a class is empty, a setting is out of range, or a wrapper
 *   needs a teacher and there is none.
 * @example
 * ```ts
 * import {preset, presetMethod} from 'lt-robust/presets';
 *
 * const {main} = preset('cifar10-lt50/resnet18/at-bsl');
 * const method = presetMethod(main, {classCounts: [500, 50, 5]});
 * ```
 */
export function presetMethod(
  stage: Pick<PresetStage, 'method' | 'wrappers' | 'attack'>,
  {classCounts, teacher}: PresetMethodParts,
): TrainingMethod {
  const attack = stage.attack === null ? undefined : attackOf(stage.attack);
  return stage.wrappers.reduce(
    (base, wrapper) => wrapped(base, wrapper, teacher),
    bare(stage.method, attack, classCounts),
  );
}

function bare(
  method: PresetStage['method'],
  attack: Attack | undefined,
  classCounts: ArrayLike<number>,
): TrainingMethod {
  // The passes of the published code where it makes more than the loss needs: they move the
  // running statistics.
  const passes = 'published';
  switch (method.name) {
    case 'naturalTraining':
      return naturalTraining();
    case 'pgdTraining':
      return pgdTraining({attack});
    case 'atBslTraining':
      return atBslTraining({attack, classCounts, tau: method.tau});
    case 'tradesTraining':
      return tradesTraining({attack, beta: method.beta, passes});
    case 'martTraining':
      return martTraining({attack, lambda: method.lambda});
    case 'reatTraining':
      return reatTraining({attack, classCounts, mode: method.mode});
    case 'robalTraining': {
      const {margin, scale, priorTau, marginTau, regularization} = method;
      const margins = {margin, scale, priorTau, marginTau, regularization};
      return robalTraining({attack, classCounts, passes, ...margins});
    }
  }
}

function wrapped(
  base: TrainingMethod,
  wrapper: PresetWrapper,
  given: Classifier | undefined,
): TrainingMethod {
  if (wrapper.name === 'awp') {
    return awp(base, {gamma: wrapper.gamma, fromEpoch: wrapper.fromEpoch});
  }
  if (given === undefined) {
    throw new InvalidArgumentError({
      where: 'presetMethod',
      argument: 'teacher',
      expected: `be a classifier, for the stage has ${wrapper.name} around its method`,
      found: 'none',
      remedy: "Train the preset's first stage and pass its classifier; trainPreset does both.",
    });
  }
  const teacher = given;
  return wrapper.name === 'distillation'
    ? distillation(base, {teacher, weight: wrapper.weight})
    : gradientMatching(base, {teacher, alpha: wrapper.alpha});
}

const GAUSSIAN_DEVIATION = 0.001;

function attackOf({epsilon, stepSize, steps, start}: PresetAttack): Attack<tf.Tensor4D> {
  const size = {epsilon, stepSize, steps};
  switch (start) {
    case 'uniform':
      return trainingAttack(size);
    case 'gaussian':
      return trainingAttack({...size, startDeviation: GAUSSIAN_DEVIATION});
    case 'one-sided':
      return trainingAttack({...size, start: oneSidedStart(epsilon)});
    case 'unclipped':
      return trainingAttack({...size, start: unclippedStart(epsilon)});
  }
}
