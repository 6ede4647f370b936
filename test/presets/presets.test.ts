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
  it('are in the order of the experiments, the first of Table 1 first', () => {
    expect(
      presets()
        .slice(0, 3)
        .map(({id}) => id),
    ).toEqual(['pgd-at', 'trades', 'mart'].map((method) => `cifar10-lt50/resnet18/${method}`));
    expect(new Set(presets().map(({id}) => id)).size).toBe(presets().length);
  });

  it('names twelve of the same data, or what an id looks like', () => {
    const of = (id: string) => {
      try {
        preset(id);
      } catch (error) {
        return String(error);
      }
      return 'none';
    };
    const start = 'InvalidArgumentError: preset: "id" must be the id of a preset, found ';
    const same = presets()
      .map(({id}) => id)
      .filter((id) => id.startsWith('cifar100-lt10/'));
    expect(same.length).toBeGreaterThan(12);
    expect(of('cifar100-lt10/x')).toBe(
      `${start}'cifar100-lt10/x'. Of this data there are ${same.slice(0, 12).join(', ')}.`,
    );
    // Ids of cifar100-lt50 begin alike.
    expect(of('cifar100-lt5')).not.toContain('lt50');
    for (const id of ['', 'mnist/x', 'cifar10']) {
      expect(of(id)).toMatch(
        /Ids are such as cifar10-lt50\/resnet18\/at-bsl; presets\(\) lists them\.$/,
      );
    }
    expect(() => preset(3 as never)).toThrow(/^preset: "id" must be/);
  });
});
