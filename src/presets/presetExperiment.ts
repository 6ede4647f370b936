import {checkPreset} from './checkPreset';
import {InvalidArgumentError} from '../core/errors';
import type {Experiment, TrainingExperiment} from '../registry/experiment';
import type {Preset, PresetAugmentation, PresetStage} from './preset';

/** The name under which an experiment's wrappers ask for the teacher. */
export const TEACHER = 'teacher';

/**
 * A preset as an experiment of `lt-robust/registry`: what is computed, without data and network, to be
 * kept in a JSON file, varied, and trained by `trainExperiment`.
 *
 * @param preset - Of `preset(id)`, scaled or not.
 * @returns Plain data.
 * @throws {@link InvalidArgumentError} if its main training is on a balanced subset, as the teacher alone
 *   of Table 6 is: in an experiment only teachers have data of their own.
 * @example
 * ```ts
 * import {preset, presetExperiment} from 'lt-robust/presets';
 *
 * const experiment = presetExperiment(preset('cifar10-lt50/resnet18/paper'));
 * experiment.wrappers; // => [{name: 'gradient-matching', teacher: 'teacher', alpha: 60}]
 * experiment.teachers?.teacher?.data; // => {name: 'balanced', gamma: 'auto'}
 * ```
 */
export function presetExperiment(preset: Preset): Experiment {
  checkPreset('presetExperiment', preset);
  const {id, dataset, teacher, main} = preset;
  if (main.balanced !== null) {
    throw new InvalidArgumentError({
      where: 'presetExperiment',
      argument: 'preset',
      expected: 'train its network on the whole set',
      found: `${id}, which is trained on a balanced subset`,
      remedy: 'Use trainPreset, or train stageExperiment on what balancedSubset draws.',
    });
  }
  if (teacher === null) return {name: id, ...stageExperiment(main)};
  const {balanced} = teacher;
  const data =
    balanced === null
      ? ('all' as const)
      : {name: 'balanced' as const, gamma: gammaOf(balanced.gammaPerRatio, dataset.imbalanceRatio)};
  return {
    ...{name: id, ...stageExperiment(main)},
    teachers: {[TEACHER]: {...stageExperiment(teacher), data}},
  };
}

/**
 * γ as a multiple of the smallest class. Half of the ratio, which the paper has, loses no image to
 * rounding, and is at least 1.
 *
 * @internal
 */
export const gammaOf = (gammaPerRatio: number, ratio: number): number | 'auto' =>
  gammaPerRatio === 0.5 ? 'auto' : gammaPerRatio * ratio;

/**
 * One training of a preset in the registry's schema.
 *
 * @internal
 */
export function stageExperiment(stage: PresetStage): TrainingExperiment {
  const {method, wrappers, attack, scoring, epochs, batchSize, dropLast} = stage;
  const {learningRate, momentum, weightDecay, milestones} = stage;
  // The passes of the published code where it makes more than the loss needs: they move the running
  // statistics.
  const hasPasses = method.name === 'trades' || method.name === 'robal';
  return {
    method: hasPasses ? {...method, passes: 'published'} : method,
    wrappers: wrappers.map((wrapper) =>
      wrapper.name === 'awp' ? wrapper : {...wrapper, teacher: TEACHER},
    ),
    attack: attack === null ? undefined : {name: 'pgd', ...attack},
    optimizer: {name: 'sgd', learningRate, momentum, weightDecay},
    schedule: {name: 'multi-step', milestones: [...milestones]},
    augmentation: AUGMENTATIONS[stage.augmentation],
    head: scoring === null ? undefined : {name: 'adjusted', ...scoring},
    ...{epochs, batchSize, dropLast, bnVariance: 'unbiased'},
  };
}

const AUGMENTATIONS: Readonly<
  Record<PresetAugmentation, NonNullable<TrainingExperiment['augmentation']>>
> = {
  none: [],
  'crop-flip': ['crop-and-flip'],
  randaugment: ['rand-augment', 'crop-and-flip'],
  autoaugment: ['auto-augment', 'crop-and-flip'],
};
