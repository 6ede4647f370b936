import {describe, expect, it} from 'vitest';

import {cifar100Lt, cifar10Lt, tinyImageNetLt} from '../../src/presets/presetDatasets';
import {
  MATCHING_ALPHA,
  methodStage,
  PRESET_METHODS,
  studentStage,
  teacherStage,
} from '../../src/presets/presetStages';

const network = {name: 'resnet18', width: 64} as const;

describe('the trainings of the methods', () => {
  it('of the paper: section 5.1', () => {
    const teacher = teacherStage(network);
    expect([teacher.epochs, teacher.batchSize]).toEqual([30, 32]);
    expect(teacher.balanced).toEqual({gammaPerRatio: 0.5});
    expect(teacher.method).toEqual({name: 'pgd-at'});
    const student = studentStage(cifar10Lt(), network);
    expect([student.epochs, student.batchSize]).toEqual([100, 128]);
    expect(student.wrappers).toEqual([{name: 'gradient-matching', alpha: 60}]);
    for (const stage of [teacher, student]) {
      expect([stage.learningRate, stage.momentum, stage.weightDecay]).toEqual([0.1, 0.9, 5e-4]);
      expect(stage.attack).toMatchObject({epsilon: 8 / 255, stepSize: 2 / 255, steps: 10});
      expect(stage.augmentation).toBe('crop-flip');
    }
  });

  it('have the matching of each dataset', () => {
    for (const dataset of [cifar10Lt(), cifar100Lt(), tinyImageNetLt()]) {
      const [wrapper] = studentStage(dataset, network).wrappers;
      expect(wrapper).toEqual({name: 'gradient-matching', alpha: MATCHING_ALPHA[dataset.name]});
    }
  });

  it('follow the code of the methods for long-tailed data', () => {
    const robal = methodStage('robal', cifar10Lt(), network);
    expect([robal.epochs, robal.batchSize, robal.weightDecay]).toEqual([80, 64, 2e-4]);
    expect(robal.attack).toEqual({epsilon: 0.031, stepSize: 0.0078, steps: 5, start: 'one-sided'});
    expect([robal.head, robal.scoring]).toEqual([{normOffset: 1 / 32}, null]);
    const hundred = methodStage('robal', cifar100Lt(), network);
    expect([hundred.head, hundred.scoring]).toEqual([{normOffset: 1 / 16}, {scale: 10, tau: 1.7}]);
    expect(methodStage('reat', cifar10Lt(), network)).toMatchObject({
      ...{epochs: 80, milestones: [61, 76], attack: {start: 'unclipped'}},
    });
  });

  it('of the baselines are natural training, PGD-AT, TRADES, MART, and AWP around TRADES', () => {
    const settings = (['natural', 'pgd-at', 'trades', 'mart', 'awp'] as const).map((name) => {
      const {method, attack, wrappers} = methodStage(name, cifar10Lt(), network);
      return [method, attack?.start, wrappers];
    });
    const trades = {name: 'trades', beta: 6};
    expect(settings).toEqual([
      [{name: 'natural'}, undefined, []],
      [{name: 'pgd-at'}, 'uniform', []],
      [trades, 'gaussian', []],
      [{name: 'mart', lambda: 5}, 'gaussian', []],
      [trades, 'gaussian', [{name: 'awp', gamma: 0.005, fromEpoch: 10}]],
    ]);
  });

  it('keep the last batch where the code does', () => {
    const drops = (name: (typeof PRESET_METHODS)[number], dataset = cifar10Lt()) =>
      methodStage(name, dataset, network).dropLast;
    expect([drops('at-bsl'), drops('at-bsl', tinyImageNetLt())]).toEqual([true, false]);
    expect([drops('robal'), drops('reat'), drops('trades')]).toEqual([true, false, false]);
  });

  it('attack in all but natural training', () => {
    const without = PRESET_METHODS.filter(
      (name) => methodStage(name, cifar10Lt(), network).attack === null,
    );
    expect(without).toEqual(['natural']);
  });
});
