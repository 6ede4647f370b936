import type {Experiment, ExperimentRow} from './experiment';
import type {Preset, PresetDataset} from './preset';
import {cifar100Lt, cifar10Lt} from './presetDatasets';
import {methodStage, studentStage, teacherStage} from './presetStages';
import {EPSILON, LONG_TAILED, methodPreset, paperPreset, presetId, RESNET, rowsOf} from './tables';

// The text of the paper says only what the axes of the figures show, not their values.
const RATIOS = [1, 2, 5, 10, 20, 50];
const ALPHAS = [0, 20, 40, 60, 80, 100, 120];
const GAMMAS = [0.25, 0.5, 0.75, 1];

const hundred = (): PresetDataset => cifar100Lt();

// The paper's student with a teacher that was trained by another method on the whole set.
const taughtBy = (teacher: (typeof LONG_TAILED)[number]): Preset => ({
  ...{id: presetId(hundred(), RESNET, `paper/teacher=${teacher}`), dataset: hundred()},
  teacher: {...methodStage(teacher, hundred(), RESNET), ...teacherLength(teacher)},
  main: studentStage(hundred(), RESNET),
});

// Figure 5 gives such teachers 100 epochs; AT-BSL has them, the others have 80 in their code.
const teacherLength = (teacher: (typeof LONG_TAILED)[number]) =>
  teacher === 'at-bsl' ? {} : {epochs: 100, milestones: [75, 93]};

const alphaRow = (alpha: number): ExperimentRow => ({
  ...{label: 'Ours', group: `α ${alpha}`},
  preset: {
    ...{id: presetId(hundred(), RESNET, `paper/alpha=${alpha}`), dataset: hundred()},
    ...{teacher: teacherStage(RESNET), main: studentStage(hundred(), RESNET, alpha)},
  },
});

const gammaRow = (gammaPerRatio: number): ExperimentRow => ({
  ...{label: 'Ours', group: `γ ${gammaPerRatio} IR`},
  preset: {
    ...{id: presetId(hundred(), RESNET, `paper/gamma=${gammaPerRatio}ir`), dataset: hundred()},
    ...{teacher: teacherStage(RESNET, gammaPerRatio), main: studentStage(hundred(), RESNET)},
  },
});

/** Figures 1 and 4 to 8. */
export function figureExperiments(): readonly Experiment[] {
  const figure = (
    number: number,
    title: string,
    rows: readonly ExperimentRow[],
    epsilon: number,
  ) => ({
    ...{name: `figure${number}`, title, rows, seeds: 1, epsilon},
  });
  const sweep = [...ALPHAS.map(alphaRow), ...GAMMAS.map(gammaRow)];
  const all = ['pgd-at', 'trades', 'mart', 'awp', ...LONG_TAILED] as const;
  const natural = RATIOS.flatMap((ratio) =>
    (['natural', 'pgd-at'] as const).map((method) => ({
      label: method === 'natural' ? 'Natural' : 'PGD-AT',
      group: `IR ${ratio}`,
      preset: methodPreset(method, cifar10Lt(ratio), RESNET),
    })),
  );
  const teachers = [
    ...LONG_TAILED.map((method) => ({
      label: {robal: 'RoBal', reat: 'REAT', 'at-bsl': 'AT-BSL'}[method],
      preset: taughtBy(method),
    })),
    {label: 'PGD-AT on D_B', preset: paperPreset(hundred(), RESNET)},
  ];
  return [
    figure(
      ...([1, 'Clean against AutoAttack, and T-Clean against T-PGD, on CIFAR-100-LT'] as const),
      ...([rowsOf(all, hundred(), RESNET), EPSILON] as const),
    ),
    figure(4, 'Natural and adversarial training over the imbalance, CIFAR-10-LT', natural, 2 / 255),
    figure(5, 'Teachers, ResNet-18 on CIFAR-100-LT', teachers, EPSILON),
    figure(6, 'α and γ, all classes, ResNet-18 on CIFAR-100-LT', sweep, EPSILON),
    figure(7, 'α and γ, the tail, ResNet-18 on CIFAR-100-LT', sweep, EPSILON),
    figure(
      ...([8, 'Ten groups of classes, ResNet-18 on CIFAR-100-LT'] as const),
      ...([rowsOf(LONG_TAILED, hundred(), RESNET), EPSILON] as const),
    ),
  ];
}
