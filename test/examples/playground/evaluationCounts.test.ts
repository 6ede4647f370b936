import {describe, expect, it} from 'vitest';

import {
  countsRow,
  countsText,
  noCounts,
  withPart,
} from '../../../examples/playground/src/evaluationCounts';

const subject = {
  ...{key: 'k', network: 'AT-BSL', attack: 'PGD-20', names: ['cat', 'dog', 'cow']},
  ...{counts: [50, 20, 5], isOwnAnswer: false, images: 8},
};

const part = {
  ...{done: 4, total: 8, totals: [2, 2, 0], clean: [2, 1, 0], attacked: [1, 0, 0]},
  warnings: ['2 gradients are zero.'],
};

describe('the counts of an evaluation', () => {
  it('say nothing before the first part', () => {
    expect(countsText(noCounts(subject), '')).toBe('\u00a0');
  });

  it('add up part by part; a warning is said once', () => {
    const half = withPart(noCounts(subject), part);
    expect(countsText(half, ', stopped')).toBe(
      '4 of 8 images, stopped: 75 % right on clean images, 25 % under attack. 2 gradients are zero.',
    );
    const rest = {...part, done: 8, totals: [1, 1, 2], clean: [1, 1, 2], attacked: [1, 1, 1]};
    const whole = withPart(half, rest);
    expect(whole).toMatchObject({
      ...{done: 8, totals: [3, 3, 2], clean: [3, 2, 2], attacked: [2, 1, 1]},
      warnings: part.warnings,
    });
    // Worst class: 1 of 3. Rarest, the last: 1 of 2.
    expect(countsRow(whole)).toEqual(['PGD-20', '8', '88 %', '50 %', '33 %', '50 %']);
  });

  it('have no figure for a class without images, or a rarest class of unknown counts', () => {
    const half = withPart(noCounts({...subject, counts: null}), part);
    expect(countsRow(half).slice(-2)).toEqual(['0 %', '–']);
  });
});
