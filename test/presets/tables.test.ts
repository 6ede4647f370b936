import {describe, expect, it} from 'vitest';

import {tableExperiments} from '../../src/presets/tables';

const table = (number: number) => {
  const found = tableExperiments()[number - 1];
  if (found === undefined) throw new Error(`no table ${number}`);
  return found;
};
const labels = (number: number) => table(number).rows.map(({label}) => label);

describe('the tables of the paper', () => {
  it('1 to 3, 7 and 8 have eight methods on their data and network', () => {
    const eight = ['PGD-AT', 'TRADES', 'MART', 'AWP', 'RoBal', 'REAT', 'AT-BSL', 'Ours'];
    const where = {
      1: ['cifar10', 50, 'resnet18'],
      2: ['cifar100', 10, 'resnet18'],
      3: ['tiny-imagenet', 10, 'preActResnet18'],
      7: ['cifar10', 50, 'wideResnet'],
      8: ['cifar100', 10, 'wideResnet'],
    };
    for (const [number, [name, imbalanceRatio, network]] of Object.entries(where)) {
      expect(labels(Number(number))).toEqual(eight);
      for (const {preset} of table(Number(number)).rows) {
        expect(preset.dataset).toMatchObject({name, imbalanceRatio});
        for (const stage of [preset.main, preset.teacher]) {
          if (stage !== null) expect(stage.network.name).toBe(network);
        }
      }
    }
  });

  it('4 augments every stage', () => {
    expect(labels(4).slice(-3)).toEqual(['Ours', 'Ours-RA', 'Ours-AuA']);
    const [, ra, aua] = table(4).rows.slice(-3);
    expect(ra?.preset.teacher?.augmentation).toBe('randaugment');
    expect(aua?.preset.main.augmentation).toBe('autoaugment');
    expect(new Set(table(4).rows.map(({preset}) => preset.id)).size).toBe(12);
  });

  it('5 varies the imbalance ratio', () => {
    expect(table(5).rows.map(({preset}) => preset.dataset.imbalanceRatio)).toEqual([
      ...[50, 50, 50, 50, 20, 20, 20, 20, 10, 10, 10, 10, 5, 5, 5, 5],
    ]);
  });

  it('6 sets the balanced teacher beside methods on the whole set', () => {
    const rows = table(6).rows.map(({label, group, preset}) => [label, group, preset.id]);
    expect(rows).toEqual([
      ['RoBal', 'D', 'cifar100-lt10/resnet18/robal'],
      ['REAT', 'D', 'cifar100-lt10/resnet18/reat'],
      ['AT-BSL', 'D', 'cifar100-lt10/resnet18/at-bsl'],
      ['PGD-AT', 'D_B', 'cifar100-lt10/resnet18/balanced-teacher'],
    ]);
    const row = table(6).rows.at(-1);
    expect(row).toMatchObject({group: 'D_B', preset: {teacher: null, main: {epochs: 30}}});
    expect(row?.preset.main.balanced).toEqual({gammaPerRatio: 0.5});
  });

  it('9 has baselines with the epochs that the teacher adds', () => {
    expect(table(9).rows.map(({preset}) => preset.main.epochs)).toEqual([104, 104, 130, 100]);
  });

  it('10 is one row, five times', () => {
    expect([table(10).seeds, table(10).rows.length]).toEqual([5, 1]);
  });
});
