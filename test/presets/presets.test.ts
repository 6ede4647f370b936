import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../src/core/errors';
import {preset, presets} from '../../src/presets/presets';

describe('presets', () => {
  it('are found by their ids', () => {
    for (const one of presets()) expect(preset(one.id)).toBe(one);
    expect(presets().length).toBeGreaterThan(80);
  });

  it('are plain data', () => {
    for (const one of presets()) expect(structuredClone(one)).toEqual(one);
  });

  it('names those of the same data where an id is wrong', () => {
    expect(() => preset('cifar10-lt50/resnet18/atbsl')).toThrow(InvalidArgumentError);
    expect(() => preset('cifar10-lt50/resnet18/atbsl')).toThrow('cifar10-lt50/resnet18/at-bsl');
    expect(() => preset('mnist')).toThrow('presets() lists them');
  });
});
