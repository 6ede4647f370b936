import {describe, expect, it} from 'vitest';

import {cifar100Lt, cifar10Lt, datasetId, tinyImageNetLt} from '../../src/presets/presetDatasets';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';

const countsOf = ({maxCount, numClasses, imbalanceRatio}: ReturnType<typeof cifar10Lt>) =>
  longTailedCounts({maxCount, numClasses, imbalanceRatio});

describe('the datasets of presets', () => {
  // Golden values of the official codes' rule, truncated.
  it.each([
    [cifar10Lt(), 13_996],
    [cifar10Lt(10), 20_431],
    [cifar100Lt(), 19_573],
    [cifar100Lt(50), 12_608],
    [tinyImageNetLt(), 39_072],
  ])('have the class counts of the papers: %o, %i images', (dataset, total) => {
    expect(countsOf(dataset).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(countsOf(dataset)).toHaveLength(dataset.numClasses);
  });

  it('are named with their ratio', () => {
    expect(datasetId(cifar100Lt(5))).toBe('cifar100-lt5');
    expect(datasetId(tinyImageNetLt())).toBe('tiny-imagenet-lt10');
  });

  it('have the tails of the paper: 1, 10 and 20 classes', () => {
    expect([cifar10Lt(), cifar100Lt(), tinyImageNetLt()].map(({tail}) => tail)).toEqual([
      1, 10, 20,
    ]);
  });
  it('have the classes, the shape and the largest class of the archives', () => {
    expect([cifar10Lt(), cifar100Lt(), tinyImageNetLt()]).toEqual([
      {
        ...{name: 'cifar10', numClasses: 10, imageShape: [32, 32, 3], maxCount: 5000},
        ...{imbalanceRatio: 50, tail: 1},
      },
      {
        ...{name: 'cifar100', numClasses: 100, imageShape: [32, 32, 3], maxCount: 500},
        ...{imbalanceRatio: 10, tail: 10},
      },
      {
        ...{name: 'tiny-imagenet', numClasses: 200, imageShape: [64, 64, 3], maxCount: 500},
        ...{imbalanceRatio: 10, tail: 20},
      },
    ]);
  });
});
