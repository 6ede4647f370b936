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
  // What RoBal's, REAT's and AT-BSL's published commands set, and AT-BSL's for the others.
  it('have the numbers of the published code', () => {
    const numbers = (name: (typeof PRESET_METHODS)[number], dataset = cifar10Lt()) => {
      const {epochs, batchSize, learningRate, momentum, weightDecay, milestones, head, method} =
        methodStage(name, dataset, network);
      const run = [epochs, batchSize, learningRate, momentum, weightDecay, [...milestones]];
      return [run, head, method];
    };
    const usual = [100, 128, 0.1, 0.9, 5e-4, [75, 90]];
    for (const name of ['natural', 'pgd-at', 'trades', 'mart', 'awp'] as const) {
      expect(numbers(name).slice(0, 2)).toEqual([usual, 'linear']);
    }
    const bsl = [100, 128, 0.1, 0.9, 5e-4, [75, 90, 100]];
    expect(numbers('at-bsl')).toEqual([bsl, 'linear', {name: 'at-bsl', tau: 1}]);
    const reat = [80, 128, 0.1, 0.9, 5e-4, [61, 76]];
    expect(numbers('reat')).toEqual([reat, 'linear', {name: 'reat', mode: 'repo'}]);
    const robal = [80, 64, 0.1, 0.9, 2e-4, [60, 75]];
    const shared = {name: 'robal', scale: 10, regularization: 6};
    expect(numbers('robal')).toEqual([
      ...[robal, {normOffset: 1 / 32}],
      {...shared, margin: 0.1, marginTau: 0.3, priorTau: 1.5},
    ]);
    for (const dataset of [cifar100Lt(), tinyImageNetLt()]) {
      expect(numbers('robal', dataset)).toEqual([
        ...[robal, {normOffset: 1 / 16}],
        {...shared, margin: 0.3, marginTau: 0, priorTau: 0},
      ]);
    }
  });

  it('are on the whole set and scored as they are, but for the teacher and RoBal', () => {
    for (const name of PRESET_METHODS) {
      const stage = methodStage(name, cifar10Lt(), network);
      expect([stage.balanced, stage.scoring, stage.augmentation, stage.network]).toEqual([
        ...[null, null, 'crop-flip', network],
      ]);
      if (name !== 'awp') expect(stage.wrappers).toEqual([]);
    }
    const teacher = teacherStage(network);
    expect(teacher).toMatchObject({
      ...{network, head: 'linear', scoring: null, wrappers: [], dropLast: true},
      ...{milestones: [23, 27], attack: {start: 'uniform'}},
    });
    expect(studentStage(cifar10Lt(), network)).toMatchObject({
      ...{network, head: 'linear', scoring: null, balanced: null, dropLast: true},
      ...{milestones: [75, 90], method: {name: 'at-bsl', tau: 1}, attack: {start: 'uniform'}},
    });
    expect(teacherStage(network, 0.25).balanced).toEqual({gammaPerRatio: 0.25});
    expect(studentStage(cifar10Lt(), network, 7).wrappers).toEqual([
      {name: 'gradient-matching', alpha: 7},
    ]);
    expect(MATCHING_ALPHA).toEqual({cifar10: 60, cifar100: 100, 'tiny-imagenet': 30});
  });
});
