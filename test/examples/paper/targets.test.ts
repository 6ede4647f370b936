import {describe, expect, it} from 'vitest';

import {listing} from '../../../examples/paper/listing';
import {experimentOf, nameOfRow, scaleExperiment} from '../../../examples/paper/targets';

describe('experimentOf', () => {
  it('finds tables, figures, combinations and single presets', () => {
    expect(experimentOf('table5').rows).toHaveLength(16);
    expect(experimentOf('figure8').rows).toHaveLength(4);
    expect(experimentOf('combinations').rows.map(({label}) => label)).toContain('AT-BSL + AWP');
    const alone = experimentOf('cifar10-lt50/resnet18/at-bsl');
    expect(alone.rows.map(({label}) => label)).toEqual(['AT-BSL']);
  });

  it('takes rows by label, with their group or without', () => {
    expect(experimentOf('table5', ['AT-BSL, IR 50', 'Ours']).rows.map(nameOfRow)).toEqual([
      ...['AT-BSL, IR 50', 'Ours, IR 50', 'Ours, IR 20', 'Ours, IR 10', 'Ours, IR 5'],
    ]);
    expect(() => experimentOf('table1', ['AT-BLS'])).toThrow('AT-BSL; Ours');
  });

  it('says what there is where a name is wrong', () => {
    expect(() => experimentOf('table11')).toThrow('table1, table2');
    expect(() => experimentOf('cifar10-lt50/resnet18/atbsl')).toThrow('at-bsl');
  });

  it('are all listed', () => {
    const text = listing();
    expect(text).toContain('figure7:');
    expect(text).toContain('cifar100-lt10/resnet18/paper/gamma=0.25ir');
  });
});

describe('scaleExperiment', () => {
  it('keeps how long trainings are beside each other', () => {
    const epochs = scaleExperiment(experimentOf('combinations'), {epochs: 20}).rows.map((row) => [
      ...[row.label, row.preset.main.epochs, row.preset.teacher?.epochs],
    ]);
    expect(epochs).toContainEqual(['REAT', 16, undefined]);
    expect(epochs).toContainEqual(['AT-BSL', 20, undefined]);
    expect(epochs).toContainEqual(['AT-BSL, equal steps', 31, undefined]);
    expect(epochs).toContainEqual(['Ours', 20, 6]);
  });
});
