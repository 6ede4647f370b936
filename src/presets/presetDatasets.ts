import type {PresetDataset} from './preset';

const CIFAR = {imageShape: [32, 32, 3] as const};

/** CIFAR-10-LT; the paper's ratio is 50 unless it says otherwise, and its tail the last class. */
export const cifar10Lt = (imbalanceRatio = 50): PresetDataset => ({
  ...{name: 'cifar10', numClasses: 10, ...CIFAR, maxCount: 5000, imbalanceRatio, tail: 1},
});

/** CIFAR-100-LT; the paper's ratio is 10 unless it says otherwise, and its tail the last ten classes. */
export const cifar100Lt = (imbalanceRatio = 10): PresetDataset => ({
  ...{name: 'cifar100', numClasses: 100, ...CIFAR, maxCount: 500, imbalanceRatio, tail: 10},
});

/** Tiny-ImageNet-LT with the paper's ratio of 10; its tail are the last twenty classes. */
export const tinyImageNetLt = (imbalanceRatio = 10): PresetDataset => ({
  ...{name: 'tiny-imagenet', numClasses: 200, imageShape: [64, 64, 3], maxCount: 500},
  ...{imbalanceRatio, tail: 20},
});

/** The part of an id that names the data: `'cifar10-lt50'`. */
export const datasetId = ({name, imbalanceRatio}: PresetDataset): string =>
  `${name}-lt${imbalanceRatio}`;
