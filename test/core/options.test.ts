import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../src/core/errors';
import {withDefaults} from '../../src/core/options';

const DEFAULTS = {steps: 10, stepSize: 0.5, rng: undefined as object | undefined};
const loose = (options: object) => withDefaults('pgdAttack', DEFAULTS, options);

describe('withDefaults', () => {
  it('fills what is missing, and what is given as undefined', () => {
    expect(withDefaults('f', DEFAULTS, {})).toEqual({steps: 10, stepSize: 0.5, rng: undefined});
    expect(withDefaults('f', DEFAULTS, {steps: undefined}).steps).toBe(10);
  });

  it('keeps what is given, also where it is falsy', () => {
    const rng = {};
    expect(withDefaults('f', DEFAULTS, {steps: 0, rng})).toEqual({steps: 0, stepSize: 0.5, rng});
    expect(withDefaults('f', {clip: [0, 1] as number[] | null}, {clip: null}).clip).toBeNull();
  });

  it('does not change the defaults', () => {
    withDefaults('f', DEFAULTS, {steps: 3});
    expect(DEFAULTS.steps).toBe(10);
  });

  it('refuses what is no object: it would count as no options', () => {
    for (const [given, found] of [
      [0.1, 'a number'],
      ['l2', 'a string'],
      [null, 'null'],
      [undefined, 'undefined'],
    ] as const) {
      expect(() => loose(given as unknown as object)).toThrow(
        `pgdAttack: "options" must be an object, found ${found}. Pass {steps: ...}.`,
      );
    }
  });

  it('refuses an unknown name and knows a misspelling', () => {
    expect(() => loose({stepsize: 1})).toThrow(InvalidArgumentError);
    expect(() => loose({stepsize: 1})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: pgdAttack: "stepsize" must be one of its options (steps, stepSize, rng), found an unknown name. Did you mean "stepSize"?]`,
    );
    expect(() => loose({eps: 1})).toThrow(/"eps" must .* Check the spelling\./);
    expect(() => loose({toString: 1})).toThrow(/"toString" must be one of its options/);
    expect(() => loose({eps: undefined})).toThrow(/"eps"/);
  });
});
