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

it('refuses what lacks one part', () => {
  const [one] = presets();
  if (one === undefined) throw new Error('no preset');
  const {main} = one;
  const check = (value: unknown) => () => {
    checkPreset('f', value);
  };
  for (const part of ['id', 'dataset', 'main'] as const) {
    expect(check({...one, [part]: undefined})).toThrow(/^f: "preset" must be a preset, found/);
  }
  expect(check({...one, id: 3})).toThrow('Pass preset(id); presets() lists them.');
  for (const part of ['network', 'method'] as const) {
    const stage = {...main, [part]: undefined};
    expect(check({...one, main: stage})).toThrow('"preset" must be a preset');
    expect(() => {
      checkStage('f', stage);
    }).toThrow(
      /^f: "stage" must be a stage of a preset, .* Pass preset\(id\)\.main, or its teacher\.$/,
    );
  }
  expect(check(Object.assign([], one))).toThrow('"preset" must be a preset');
});
