import {describe, expect, it} from 'vitest';

import {experiments} from '../../src/presets/experiments';

describe('experiments', () => {
  it('are the tables and figures that come from trainings', () => {
    expect(experiments().map(({name}) => name)).toEqual([
      ...Array.from({length: 10}, (_, i) => `table${i + 1}`),
      ...[1, 4, 5, 6, 7, 8].map((number) => `figure${number}`),
    ]);
  });

  it('have no two rows of one label and group', () => {
    for (const {rows} of experiments()) {
      const names = rows.map(({label, group}) => `${label} ${group}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('mean one training by one id', () => {
    const byId = new Map<string, string>();
    for (const {preset} of experiments().flatMap(({rows}) => rows)) {
      const text = JSON.stringify(preset);
      expect(byId.get(preset.id) ?? text).toBe(text);
      byId.set(preset.id, text);
    }
    // And other trainings by other ids.
    const trainings = [...byId.values()].map((text) => text.replace(/"id":"[^"]*"/, ''));
    const same = trainings.length - new Set(trainings).size;
    // α and γ of the paper's own row are points of the sweeps, under names of their own.
    expect(same).toBe(2);
  });

  const DATA = {
    'CIFAR-10-LT': 'cifar10',
    'CIFAR-100-LT': 'cifar100',
    'Tiny-ImageNet-LT': 'tiny-imagenet',
  };
  const NETWORKS = {
    'ResNet-18': ['resnet18', 'resnet18'],
    'PreActResNet-18': ['preActResnet18', 'preactresnet18'],
    'WideResNet-34-10': ['wideResnet', 'wrn34-10'],
  };

  it.each(experiments().map((experiment) => [experiment.title, experiment] as const))(
    '%s: the title says the data and the network, and so do the ids',
    (title, {rows}) => {
      // "..., NETWORK on DATA", where the network is said.
      const [, network = 'ResNet-18', data = ''] =
        /(?:^|, )(?:(\S+) on |.*over the imbalance, |.* on )?(CIFAR-10-LT|CIFAR-100-LT|Tiny-ImageNet-LT)$/.exec(
          title,
        ) ?? [];
      const name = DATA[data as keyof typeof DATA];
      const [kind, short] = NETWORKS[network as keyof typeof NETWORKS];
      for (const {preset} of rows) {
        expect(preset.dataset.name).toBe(name);
        expect(preset.main.network.name).toBe(kind);
        const {imbalanceRatio} = preset.dataset;
        expect(preset.id.startsWith(`${name}-lt${imbalanceRatio}/${short}/`)).toBe(true);
      }
    },
  );

  it('have a training behind each label, by its name', () => {
    const METHODS = {
      ...{Natural: 'natural', 'PGD-AT': 'pgd-at', TRADES: 'trades', MART: 'mart', AWP: 'awp'},
      ...{RoBal: 'robal', REAT: 'reat', 'AT-BSL': 'at-bsl', Ours: 'paper'},
    };
    const plain = experiments().filter(({name}) => !/table6|figure[567]/.test(name));
    for (const {rows, name} of plain) {
      for (const {label, preset} of rows) {
        const [method = '', augmentation] = label.split(/-(?=RA$|AuA$)/);
        const suffix = augmentation === undefined ? '' : `+${augmentation.toLowerCase()}`;
        const long = name === 'table9' && method !== 'Ours' ? '-long' : '';
        expect(preset.id.split('/').at(-1)).toBe(
          `${METHODS[method as keyof typeof METHODS]}${long}${suffix}`,
        );
      }
    }
    const of = (name: string) =>
      experiments()
        .find((one) => one.name === name)
        ?.rows.map(({label, group, preset}) => [label, group, preset.id.split('resnet18/')[1]]);
    expect(of('table6')).toEqual([
      ['RoBal', 'D', 'robal'],
      ['REAT', 'D', 'reat'],
      ['AT-BSL', 'D', 'at-bsl'],
      ['PGD-AT', 'D_B', 'balanced-teacher'],
    ]);
    expect(of('figure5')).toEqual([
      ['RoBal', undefined, 'paper/teacher=robal'],
      ['REAT', undefined, 'paper/teacher=reat'],
      ['AT-BSL', undefined, 'paper/teacher=at-bsl'],
      ['PGD-AT on D_B', undefined, 'paper'],
    ]);
    const sweep = [
      ...[0, 20, 40, 60, 80, 100, 120].map((alpha) => [`α ${alpha}`, `paper/alpha=${alpha}`]),
      ...[0.25, 0.5, 0.75, 1].map((gamma) => [`γ ${gamma} IR`, `paper/gamma=${gamma}ir`]),
    ];
    for (const name of ['figure6', 'figure7']) {
      expect(of(name)).toEqual(sweep.map(([group, id]) => ['Ours', group, id]));
    }
    expect(of('figure4')?.map(([label, group]) => `${label}, ${group}`)).toEqual(
      [1, 2, 5, 10, 20, 50].flatMap((ratio) => [`Natural, IR ${ratio}`, `PGD-AT, IR ${ratio}`]),
    );
  });

  it('run once, at 8/255, but for the tenth table and the fourth figure', () => {
    const odd = experiments().filter(({seeds, epsilon}) => seeds !== 1 || epsilon !== 8 / 255);
    expect(odd.map(({name, seeds, epsilon}) => [name, seeds, epsilon])).toEqual([
      ['table10', 5, 8 / 255],
      ['figure4', 1, 2 / 255],
    ]);
  });
});
