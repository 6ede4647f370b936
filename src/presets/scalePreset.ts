import {checkPreset} from './checkPreset';
import {checkGiven} from '../core/checks/checkGiven';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {isPlainObject, withDefaults, type Defaults} from '../core/options';
import {NETWORK_NAMES} from './presetNetwork';
import type {Preset, PresetNetwork, PresetStage, PresetWrapper} from './preset';

/** Options of {@link scalePreset}; the paper's values are kept for those that are not given. */
export interface PresetScale {
  /** Epochs of the main training. The teacher's and all milestones change in proportion. */
  readonly epochs?: number | undefined;
  /** Images of a step of the main training; the teacher's change in proportion. */
  readonly batchSize?: number | undefined;
  /** The network in place of the paper's. */
  readonly network?: PresetNetwork | undefined;
  /** Steps of the attack in training. Their length changes so that they reach as far. */
  readonly attackSteps?: number | undefined;
  /** Learning rate before the first milestone, of both trainings. */
  readonly learningRate?: number | undefined;
}

const DEFAULTS: Defaults<PresetScale, keyof PresetScale> = {
  ...{epochs: undefined, batchSize: undefined, network: undefined},
  ...{attackSteps: undefined, learningRate: undefined},
};

/**
 * A preset at another scale: fewer epochs, smaller batches, another network, a shorter attack. What
 * makes it this row of the paper is kept: the method, its weights, the proportion of the teacher's
 * epochs, and the points of a training at which the learning rate drops.
 *
 * @param preset - What is scaled.
 * @param scale - See {@link PresetScale}.
 * @returns A preset of the same id.
 * @throws {@link InvalidArgumentError} if a number is out of range.
 * @example
 * ```ts
 * import {preset, scalePreset} from 'lt-robust/presets';
 *
 * const paper = preset('cifar10-lt50/resnet18/paper');
 * const {teacher, main} = scalePreset(paper, {epochs: 20, network: {name: 'resnet18', width: 8}});
 * [teacher?.epochs, main.epochs]; // => [6, 20]
 * main.milestones; // => [16, 19]
 * ```
 */
export function scalePreset(preset: Preset, scale: PresetScale): Preset {
  const where = 'scalePreset';
  checkPreset(where, preset);
  const settings = withDefaults(where, DEFAULTS, scale);
  const {epochs, batchSize, attackSteps, learningRate, network} = settings;
  for (const [name, value] of Object.entries({epochs, batchSize, attackSteps})) {
    if (value !== undefined) checkNumber(where, name, value, {min: 1, integer: true});
  }
  if (learningRate !== undefined) checkNumber(where, 'learningRate', learningRate, {above: 0});
  if (network !== undefined) {
    const remedy = 'Pass preset(id).main.network, or another.';
    checkGiven(where, 'network', network, isPlainObject(network), 'be {name, width}', remedy);
    checkOneOf(where, 'network.name', network.name, NETWORK_NAMES);
  }
  const {main, teacher} = preset;
  const inProportion = (own: number, asked: number | undefined, whole: number) =>
    asked === undefined ? undefined : Math.max(1, Math.round((own * asked) / whole));
  return {
    ...preset,
    main: scaleStage(main, settings),
    teacher:
      teacher === null
        ? null
        : scaleStage(teacher, {
            ...{network, attackSteps, learningRate},
            epochs: inProportion(teacher.epochs, epochs, main.epochs),
            batchSize: inProportion(teacher.batchSize, batchSize, main.batchSize),
          }),
  };
}

/**
 * One training at another scale.
 *
 * @internal
 */
export function scaleStage(stage: PresetStage, scale: PresetScale): PresetStage {
  const {epochs = stage.epochs, batchSize = stage.batchSize, network = stage.network} = scale;
  const {learningRate = stage.learningRate, attackSteps} = scale;
  const share = epochs / stage.epochs;
  const moved = (epoch: number) => Math.round((epoch - 1) * share) + 1;
  const {attack} = stage;
  return {
    ...{...stage, epochs, batchSize, network, learningRate},
    milestones: [...new Set(stage.milestones.map(moved))].filter(
      (epoch) => epoch > 1 && epoch <= epochs,
    ),
    wrappers: stage.wrappers.map((wrapper): PresetWrapper =>
      wrapper.name === 'awp' ? {...wrapper, fromEpoch: moved(wrapper.fromEpoch)} : wrapper,
    ),
    attack:
      attack === null || attackSteps === undefined
        ? attack
        : {
            ...{...attack, steps: attackSteps},
            stepSize: (attack.stepSize * attack.steps) / attackSteps,
          },
  };
}
