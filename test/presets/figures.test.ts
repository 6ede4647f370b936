import {describe, expect, it} from 'vitest';

import {figureExperiments} from '../../src/presets/figures';

const figure = (name: string) => {
  const found = figureExperiments().find((experiment) => experiment.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('the figures of the paper', () => {
  it('4 has natural and adversarial training, measured at 2/255', () => {
    const {epsilon, rows} = figure('figure4');
    expect(epsilon).toBe(2 / 255);
    const attacks = rows.map(({label, preset}) => [label, preset.main.attack?.epsilon]);
    expect(attacks.slice(0, 2)).toEqual([
      ['Natural', undefined],
      ['PGD-AT', 8 / 255],
    ]);
  });

  it('5 gives teachers of the whole set 100 epochs', () => {
    const teachers = figure('figure5').rows.map(({preset}) => preset.teacher);
    expect(teachers.map((teacher) => teacher?.epochs)).toEqual([100, 100, 100, 30]);
    expect(figure('figure5').rows.map(({label}) => label)).toEqual([
      ...['RoBal', 'REAT', 'AT-BSL', 'PGD-AT on D_B'],
    ]);
    expect(teachers.map((teacher) => teacher?.balanced)).toEqual([
      ...[null, null, null, {gammaPerRatio: 0.5}],
    ]);
  });

  it('6 and 7 sweep α and γ one at a time', () => {
    const points = figure('figure6').rows.map(({preset: {main, teacher}}) => {
      const [wrapper] = main.wrappers;
      const alpha = wrapper?.name === 'gradient-matching' ? wrapper.alpha : NaN;
      return [alpha, teacher?.balanced?.gammaPerRatio];
    });
    expect(points).toEqual([
      ...[0, 20, 40, 60, 80, 100, 120].map((alpha) => [alpha, 0.5]),
      ...[0.25, 0.5, 0.75, 1].map((gamma) => [100, gamma]),
    ]);
    const where = 'cifar100-lt10/resnet18/paper';
    const rows = figure('figure6').rows.map(({label, group, preset}) => [label, group, preset.id]);
    expect(rows).toEqual([
      ...[0, 20, 40, 60, 80, 100, 120].map((a) => ['Ours', `α ${a}`, `${where}/alpha=${a}`]),
      ...[0.25, 0.5, 0.75, 1].map((g) => ['Ours', `γ ${g} IR`, `${where}/gamma=${g}ir`]),
    ]);
    expect(figure('figure7').rows.map(({preset}) => preset.id)).toEqual(
      figure('figure6').rows.map(({preset}) => preset.id),
    );
  });
});
