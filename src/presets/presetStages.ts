import type {PresetAttack, PresetDataset, PresetNetwork, PresetStage} from './preset';

/** The methods of the paper's tables, in their order, and natural training, which Figure 4 has. */
export const PRESET_METHODS = [
  ...(['natural', 'pgd-at', 'trades', 'mart', 'awp', 'robal', 'reat', 'at-bsl'] as const),
] as const;
/** The name of a method in an id; the paper's own is `'paper'`. */
export type PresetMethodName = (typeof PRESET_METHODS)[number];

const ATTACK: PresetAttack = {
  ...{epsilon: 8 / 255, stepSize: 2 / 255, steps: 10, start: 'uniform'},
};
const GAUSSIAN: PresetAttack = {...ATTACK, start: 'gaussian'};

// 100 epochs as AT-BSL has them; what the paper says of its own training agrees (section 5.1).
const BASE = {
  head: 'linear' as const,
  balanced: null,
  wrappers: [],
  attack: ATTACK,
  ...{epochs: 100, batchSize: 128, dropLast: false},
  ...{learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4, milestones: [75, 90]},
  augmentation: 'crop-flip' as const,
  scoring: null,
};

// RoBal's robust settings. Those of CIFAR-100 are used for Tiny-ImageNet, which its paper does not
// have.
const ROBAL_10 = {
  head: {normOffset: 1 / 32},
  ...{margin: 0.1, marginTau: 0.3, priorTau: 1.5, scoring: null},
};
const ROBAL_100 = {
  head: {normOffset: 1 / 16},
  ...{margin: 0.3, marginTau: 0, priorTau: 0, scoring: {scale: 10, tau: 1.7}},
};

/**
 * How a method of the tables trains a network. Methods for long-tailed data have the settings of
 * their own code, the others those of AT-BSL: the paper says of the former that it followed their
 * settings, and nothing of the latter.
 */
export function methodStage(
  name: PresetMethodName,
  dataset: PresetDataset,
  network: PresetNetwork,
): PresetStage {
  const base = {network, ...BASE};
  switch (name) {
    case 'natural':
      return {...base, method: {name: 'natural'}, attack: null};
    case 'pgd-at':
      return {...base, method: {name: 'pgd-at'}};
    case 'trades':
      return {...base, method: {name: 'trades', beta: 6}, attack: GAUSSIAN};
    case 'mart':
      return {...base, method: {name: 'mart', lambda: 5}, attack: GAUSSIAN};
    case 'awp': {
      // Around TRADES: the paper's AWP rows follow its TRADES rows.
      const wrappers = [{name: 'awp', gamma: 0.005, fromEpoch: 10}] as const;
      return {...base, method: {name: 'trades', beta: 6}, attack: GAUSSIAN, wrappers};
    }
    case 'robal': {
      const {head, scoring, ...margins} = dataset.name === 'cifar10' ? ROBAL_10 : ROBAL_100;
      return {
        ...{...base, head, scoring},
        method: {name: 'robal', scale: 10, regularization: 6, ...margins},
        attack: {epsilon: 0.031, stepSize: 0.0078, steps: 5, start: 'one-sided'},
        ...{epochs: 80, batchSize: 64, dropLast: true, weightDecay: 2e-4, milestones: [60, 75]},
      };
    }
    case 'reat':
      return {
        ...{...base, method: {name: 'reat', mode: 'repo'}},
        attack: {...ATTACK, start: 'unclipped'},
        // Its epochs are counted from 0: after 60 and 75 of them.
        ...{epochs: 80, milestones: [61, 76]},
      };
    case 'at-bsl':
      return {
        ...{...base, method: {name: 'at-bsl', tau: 1}, attack: GAUSSIAN},
        ...{dropLast: dataset.name !== 'tiny-imagenet', milestones: [75, 90, 100]},
      };
  }
}

/** The balanced self-teacher: PGD-AT on a balanced subset, 30 epochs in batches of 32. */
export const teacherStage = (network: PresetNetwork, gammaPerRatio = 0.5): PresetStage => ({
  network,
  ...BASE,
  balanced: {gammaPerRatio},
  method: {name: 'pgd-at'},
  // At 0.75 and 0.9 of the epochs, as for the student; the paper does not say.
  ...{epochs: 30, batchSize: 32, dropLast: true, milestones: [23, 27]},
});

/** α of the gradient matching with PGD-AT in IGDM's paper; the paper at hand does not say its own. */
export const MATCHING_ALPHA: Readonly<Record<PresetDataset['name'], number>> = {
  ...{cifar10: 60, cifar100: 100, 'tiny-imagenet': 30},
};

/** The paper's student: balanced softmax, and matching of the teacher's gradients. */
export const studentStage = (
  dataset: PresetDataset,
  network: PresetNetwork,
  alpha = MATCHING_ALPHA[dataset.name],
): PresetStage => ({
  network,
  ...BASE,
  method: {name: 'at-bsl', tau: 1},
  wrappers: [{name: 'gradient-matching', alpha}],
  dropLast: true,
});
