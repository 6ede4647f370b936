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
});
