import {describe, expect, it} from 'vitest';

import {isUnusableGradientError} from '../../src/core/errors';
import {checkUsableGradients, gradientTallies} from '../../src/core/gradientTallies';
import {tallyWarnings} from '../../src/core/tallyWarnings';

describe('gradientTallies', () => {
  it('count zero and not finite, and warn of one example', () => {
    const tallies = gradientTallies({zero: 1, nonFinite: 0, total: 1000});
    expect(tallies.map(({code, count, total}) => [code, count, total])).toEqual([
      ['zero-gradient', 1, 1000],
      ['non-finite-gradient', 0, 1000],
    ]);
    const [warning, ...others] = tallyWarnings(tallies);
    expect(warning?.message).toBe(
      'The gradient to the input is zero: 1 of 1000 examples (0.10 %).',
    );
    expect(others).toEqual([]);
  });
});

describe('checkUsableGradients', () => {
  const check = (zero: number, nonFinite: number, total: number) => () => {
    checkUsableGradients('f', {zero, nonFinite, total});
  };

  it('throws where none is usable, and only there', () => {
    expect(check(0, 0, 0)).not.toThrow();
    expect(check(1, 1, 3)).not.toThrow();
    expect(check(2, 1, 3)).toThrowErrorMatchingInlineSnapshot(
      `[UnusableGradientError: f: no example has a usable gradient. Of 3, it is zero for 2 and not finite for 1. Rounding, steps, saturated units and values that the model reads (dataSync) hide the gradient: attack a smooth stand-in for them, or use squareAttack, which needs none. Token numbers have none: attack what the embedding makes of them, see embeddingSpace.]`,
    );
    try {
      check(0, 2, 2)();
    } catch (error) {
      expect(isUnusableGradientError(error)).toBe(true);
      expect(error).toMatchObject({where: 'f', zero: 0, nonFinite: 2, total: 2});
    }
    expect(isUnusableGradientError(new Error('other'))).toBe(false);
  });
});
