import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../src/core/errors';
import {preset, presets} from '../../src/presets/presets';
import {scalePreset} from '../../src/presets/scalePreset';

describe('scalePreset', () => {
  it('changes nothing by itself', () => {
    for (const one of presets()) expect(scalePreset(one, {})).toEqual(one);
  });

  it('keeps the proportions of teacher, milestones and warm-up', () => {
    const {teacher, main} = scalePreset(preset('cifar100-lt10/resnet18/paper'), {epochs: 50});
    expect([teacher?.epochs, teacher?.milestones]).toEqual([15, [12, 14]]);
    expect([main.epochs, main.milestones]).toEqual([50, [38, 46]]);
    const awp = scalePreset(preset('cifar10-lt50/resnet18/awp'), {epochs: 20}).main;
    expect(awp.wrappers).toEqual([{name: 'awp', gamma: 0.005, fromEpoch: 3}]);
  });

  it('lets milestones fall away that a short training does not reach, and none be the first epoch', () => {
    for (const one of presets()) {
      for (const epochs of [1, 2, 3, 7]) {
        const {milestones} = scalePreset(one, {epochs}).main;
        expect(milestones.every((epoch) => epoch > 1 && epoch <= epochs)).toBe(true);
        expect(new Set(milestones).size).toBe(milestones.length);
      }
    }
  });

  it('makes attacks shorter that reach as far', () => {
    const {attack} = scalePreset(preset('cifar10-lt50/resnet18/robal'), {attackSteps: 2}).main;
    expect(attack?.steps).toBe(2);
    expect(attack?.stepSize).toBeCloseTo((0.0078 * 5) / 2, 12);
    const natural = preset('cifar10-lt10/resnet18/natural');
    expect(scalePreset(natural, {attackSteps: 2}).main.attack).toBeNull();
  });

  it('refuses a network that there is not', () => {
    const of = (network: unknown) => () =>
      scalePreset(preset('cifar10-lt50/resnet18/robal'), {network: network as never});
    expect(of('resnet18')).toThrow(/"network" must be \{name, width\}/);
    expect(of(new Error('resnet18'))).toThrow(/"network"/);
    expect(of({name: 'resnet19', width: 1})).toThrow(/"network.name" must be one of .*wideResnet/);
  });

  it('puts another network, batch and rate into both stages', () => {
    const network = {name: 'wideResnet', depth: 10, width: 1} as const;
    const {teacher, main} = scalePreset(preset('cifar10-lt50/resnet18/paper'), {
      ...{network, batchSize: 64, learningRate: 0.05},
    });
    expect([teacher?.network, main.network]).toEqual([network, network]);
    expect([teacher?.batchSize, main.batchSize]).toEqual([16, 64]);
    expect([teacher?.learningRate, main.learningRate]).toEqual([0.05, 0.05]);
  });

  it('refuses what is no count, and unknown names', () => {
    const one = preset('cifar10-lt50/resnet18/at-bsl');
    expect(() => scalePreset(one, {epochs: 0})).toThrow(InvalidArgumentError);
    expect(() => scalePreset(one, {learningRate: 0})).toThrow('learningRate');
    expect(() => scalePreset(one, {epoch: 3} as object)).toThrow('epoch');
  });
  it.each(['epochs', 'batchSize', 'attackSteps'])(
    'refuses %s that are no count, by name',
    (name) => {
      const one = preset('cifar10-lt50/resnet18/at-bsl');
      for (const value of [0, -1, 1.5, NaN]) {
        expect(() => scalePreset(one, {[name]: value})).toThrow(
          new RegExp(`^scalePreset: "${name}" must be an integer >= 1, found`),
        );
      }
      expect(() => scalePreset(one, {[name]: 1})).not.toThrow();
      expect(() => scalePreset(one, {learningRate: -1})).toThrow(
        /^scalePreset: "learningRate" must be a finite number > 0, found -1/,
      );
      expect(() => scalePreset({} as never, {})).toThrow(/^scalePreset: "preset" must be a preset/);
      expect(() => scalePreset(one, {network: 5 as never})).toThrow(
        'Pass preset(id).main.network, or another.',
      );
    },
  );

  it('leaves the teacher an epoch and an image at least', () => {
    const {teacher} = scalePreset(preset('cifar10-lt50/resnet18/paper'), {epochs: 1, batchSize: 1});
    expect([teacher?.epochs, teacher?.batchSize, teacher?.milestones]).toEqual([1, 1, []]);
    const half = scalePreset(preset('cifar10-lt50/resnet18/paper'), {epochs: 5, batchSize: 6});
    // 1.5 epochs and images are 2.
    expect([half.teacher?.epochs, half.teacher?.batchSize]).toEqual([2, 2]);
  });

  it('shortens the attack of both stages, and moves a milestone to the last epoch', () => {
    const {teacher, main} = scalePreset(preset('cifar10-lt50/resnet18/paper'), {attackSteps: 4});
    for (const stage of [teacher, main]) {
      expect(stage?.attack?.steps).toBe(4);
      expect(stage?.attack?.stepSize).toBeCloseTo((2 / 255) * 2.5, 12);
      expect(stage?.attack?.epsilon).toBe(8 / 255);
    }
    expect(
      scalePreset(preset('cifar10-lt50/resnet18/at-bsl'), {epochs: 10}).main.milestones,
    ).toEqual([8, 10]);
    const long = scalePreset(preset('cifar10-lt50/resnet18/at-bsl'), {epochs: 200});
    expect(long.main.milestones).toEqual([149, 179, 199]);
  });
});
