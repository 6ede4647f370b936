import {preset, type Experiment, type PresetStage, type PresetWrapper} from 'lt-robust/presets';

// KL to the teacher at a constant weight beside the matching, as the next code of the paper's authors
// has it.
const KL_AND_MATCHING: readonly PresetWrapper[] = [
  {name: 'distillation', weight: 1},
  {name: 'gradient-matching', alpha: 1},
];
const AWP: PresetWrapper = {name: 'awp', gamma: 0.005, fromEpoch: 1};

/**
 * Table 1 with rows that the paper does not have, on CIFAR-10-LT: AT-BSL for as many image-steps as the
 * paper's method has with its teacher, and what else can be put around it.
 */
export function combinations(): Experiment {
  const paper = preset('cifar10-lt50/resnet18/paper');
  const atBsl = preset('cifar10-lt50/resnet18/at-bsl');
  const row = (label: string, name: string, main: PresetStage, hasTeacher: boolean) => ({
    label,
    preset: {
      ...{id: `cifar10-lt50/resnet18/${name}`, dataset: paper.dataset, main},
      teacher: hasTeacher ? paper.teacher : null,
    },
  });
  const distilled = {...paper.main, wrappers: KL_AND_MATCHING};
  const table1 = [
    ...(['pgd-at', 'trades', 'mart', 'awp', 'robal', 'reat', 'at-bsl', 'paper'] as const),
  ].map((name, i) => ({
    label: ['PGD-AT', 'TRADES', 'MART', 'AWP', 'RoBal', 'REAT', 'AT-BSL', 'Ours'][i] as string,
    preset: preset(`cifar10-lt50/resnet18/${name}`),
  }));
  return {
    name: 'combinations',
    title: 'Table 1 and combinations that the paper does not have, ResNet-18 on CIFAR-10-LT',
    rows: [
      ...table1,
      // 100 epochs of 13 996 images and 30 of 25 000 are 154 of the former.
      row('AT-BSL, equal steps', 'at-bsl-equal', longer(atBsl.main, 154), false),
      row('KL + matching', 'kl-matching', distilled, true),
      row('AT-BSL + AWP', 'at-bsl-awp', {...atBsl.main, wrappers: [AWP]}, false),
      row(
        ...(['KL + matching + AWP', 'kl-matching-awp'] as const),
        ...([{...distilled, wrappers: [...KL_AND_MATCHING, AWP]}, true] as const),
      ),
    ],
    ...{seeds: 1, epsilon: 8 / 255},
  };
}

const longer = (stage: PresetStage, epochs: number): PresetStage => ({
  ...{...stage, epochs},
  milestones: [75, 90].map((epoch) => Math.round(((epoch - 1) * epochs) / stage.epochs) + 1),
});
