import type {Experiment, ExperimentRow} from './experiment';
import type {Preset, PresetAugmentation, PresetDataset, PresetNetwork} from './preset';
import {cifar100Lt, cifar10Lt, datasetId, tinyImageNetLt} from './presetDatasets';
import {methodStage, studentStage, teacherStage, type PresetMethodName} from './presetStages';
import {scaleStage} from './scalePreset';

/** ResNet-18 with the stem for small images. */
export const RESNET: PresetNetwork = {name: 'resnet18', width: 64};
const PRE_ACT: PresetNetwork = {name: 'preActResnet18', width: 64};
const WIDE: PresetNetwork = {name: 'wideResnet', depth: 34, width: 10};

const NETWORK_IDS: Readonly<Record<PresetNetwork['name'], string>> = {
  ...{resnet18: 'resnet18', preActResnet18: 'preactresnet18', wideResnet: 'wrn34-10'},
  mobileNetV2: 'mobilenetv2',
};

/** The radius of attacks in training and evaluation. */
export const EPSILON = 8 / 255;

/** The id of a preset: its data, its network and what is done. */
export const presetId = (dataset: PresetDataset, network: PresetNetwork, what: string): string =>
  `${datasetId(dataset)}/${NETWORK_IDS[network.name]}/${what}`;

/** A row with one training. */
export function methodPreset(
  method: PresetMethodName,
  dataset: PresetDataset,
  network: PresetNetwork,
): Preset {
  const id = presetId(dataset, network, method);
  return {id, dataset, teacher: null, main: methodStage(method, dataset, network)};
}

/** A row of the paper's own method. */
export const paperPreset = (dataset: PresetDataset, network: PresetNetwork): Preset => ({
  ...{id: presetId(dataset, network, 'paper'), dataset},
  ...{teacher: teacherStage(network), main: studentStage(dataset, network)},
});

const LABELS: Readonly<Record<PresetMethodName, string>> = {
  ...{natural: 'Natural', 'pgd-at': 'PGD-AT', trades: 'TRADES', mart: 'MART', awp: 'AWP'},
  ...{robal: 'RoBal', reat: 'REAT', 'at-bsl': 'AT-BSL'},
};

/** The methods of the tables for long-tailed data. */
export const LONG_TAILED = ['robal', 'reat', 'at-bsl'] as const;
const BASELINES = ['pgd-at', 'trades', 'mart', 'awp', ...LONG_TAILED] as const;

/** Rows of some methods and the paper's own. */
export const rowsOf = (
  methods: readonly PresetMethodName[],
  dataset: PresetDataset,
  network: PresetNetwork,
  group?: string,
): ExperimentRow[] => [
  ...methods.map((method) => ({
    ...{label: LABELS[method], group, preset: methodPreset(method, dataset, network)},
  })),
  {label: 'Ours', group, preset: paperPreset(dataset, network)},
];

const withAugmentation = (preset: Preset, augmentation: PresetAugmentation, suffix: string) => ({
  ...preset,
  id: `${preset.id}+${suffix}`,
  // The augmentation is that of both stages, which the paper does not say.
  teacher: preset.teacher === null ? null : {...preset.teacher, augmentation},
  main: {...preset.main, augmentation},
});

const AUGMENTED = [
  {suffix: 'ra', title: '-RA', augmentation: 'randaugment'},
  {suffix: 'aua', title: '-AuA', augmentation: 'autoaugment'},
] as const;

const augmentedRows = (row: ExperimentRow): ExperimentRow[] => [
  row,
  ...AUGMENTED.map(({suffix, title, augmentation}) => ({
    label: `${row.label}${title}`,
    preset: withAugmentation(row.preset, augmentation, suffix),
  })),
];

// As many epochs as the teacher's 30 and the student's 100 together.
const prolonged = (preset: Preset): Preset => ({
  ...{...preset, id: `${preset.id}-long`},
  main: scaleStage(preset.main, {epochs: Math.round(1.3 * preset.main.epochs)}),
});

/** Tables 1 to 10. */
export function tableExperiments(): readonly Experiment[] {
  const [ten, hundred, tiny] = [cifar10Lt(), cifar100Lt(), tinyImageNetLt()];
  const table = (number: number, title: string, rows: readonly ExperimentRow[], seeds = 1) => ({
    ...{name: `table${number}`, title, rows, seeds, epsilon: EPSILON},
  });
  const longTailed = rowsOf(LONG_TAILED, hundred, RESNET);
  const ours = paperPreset(hundred, RESNET);
  const balanced = {
    ...{id: presetId(hundred, RESNET, 'balanced-teacher'), dataset: hundred, teacher: null},
    main: teacherStage(RESNET),
  };
  const onAll = longTailed.slice(0, -1);
  return [
    table(1, 'ResNet-18 on CIFAR-10-LT', rowsOf(BASELINES, ten, RESNET)),
    table(2, 'ResNet-18 on CIFAR-100-LT', rowsOf(BASELINES, hundred, RESNET)),
    table(3, 'PreActResNet-18 on Tiny-ImageNet-LT', rowsOf(BASELINES, tiny, PRE_ACT)),
    table(4, 'Augmentation, ResNet-18 on CIFAR-100-LT', longTailed.flatMap(augmentedRows)),
    table(
      ...[5, 'Imbalance ratios, ResNet-18 on CIFAR-100-LT'],
      [50, 20, 10, 5].flatMap((ratio) =>
        rowsOf(LONG_TAILED, cifar100Lt(ratio), RESNET, `IR ${ratio}`),
      ),
    ),
    table(6, 'The balanced subset, ResNet-18 on CIFAR-100-LT', [
      ...onAll.map(({label, preset}) => ({label, group: 'D', preset})),
      {label: 'PGD-AT', group: 'D_B', preset: balanced},
    ]),
    table(7, 'WideResNet-34-10 on CIFAR-10-LT', rowsOf(BASELINES, ten, WIDE)),
    table(8, 'WideResNet-34-10 on CIFAR-100-LT', rowsOf(BASELINES, hundred, WIDE)),
    table(9, 'More epochs for the baselines, ResNet-18 on CIFAR-100-LT', [
      ...onAll.map(({label, preset}) => ({label, preset: prolonged(preset)})),
      {label: 'Ours', preset: ours},
    ]),
    table(10, 'Several runs, ResNet-18 on CIFAR-100-LT', [{label: 'Ours', preset: ours}], 5),
  ];
}
