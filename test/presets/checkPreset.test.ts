import {expect, it} from 'vitest';

import {checkPreset, checkStage} from '../../src/presets/checkPreset';
import {presets} from '../../src/presets/presets';

it('takes every preset and every stage', () => {
  for (const preset of presets()) {
    expect(() => {
      checkPreset('f', preset);
      checkStage('f', preset.main);
      if (preset.teacher !== null) checkStage('f', preset.teacher);
    }).not.toThrow();
  }
});

it('refuses what is none', () => {
  for (const value of ['cifar10', {}, {id: 'a'}, {id: 'a', dataset: {}, main: {}}, null, []]) {
    expect(() => {
      checkPreset('f', value);
    }).toThrow(/^f: "preset" must be a preset, found .* Pass preset\(id\)/);
    expect(() => {
      checkStage('f', value);
    }).toThrow(/^f: "stage" must be a stage of a preset, found/);
  }
});
