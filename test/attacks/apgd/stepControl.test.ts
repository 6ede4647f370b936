import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {createStepControl, type StepControlOptions} from '../../../src/attacks/apgd/stepControl';

const control = (options: Partial<StepControlOptions> = {}) =>
  createStepControl({stepSizes: [0.5, 8], rho: 0.75, firstComparison: 'zero', ...options});

describe('createStepControl', () => {
  it('compares the first loss with 0, or with the loss at the start', () => {
    // A window of one step: 1 rise is more than 0.75, none is not.
    const zero = control();
    expect(zero.start(0, 2)).toBe(true);
    zero.observe(0, 1);
    expect(zero.endWindow(0, 1)).toBe(false);
    const start = control({firstComparison: 'start'});
    start.start(0, 2);
    start.observe(0, 1);
    expect(start.endWindow(0, 1)).toBe(true);
    const negative = control();
    negative.start(0, -2);
    negative.observe(0, -1);
    expect(negative.endWindow(0, 1)).toBe(true);
  });

  it('says what is the highest so far; an equal loss is not', () => {
    const c = control();
    c.start(0, 1);
    expect(c.best[0]).toBe(1);
    expect([0.5, 1, 1.5, 1.2, NaN, 2].map((loss) => c.observe(0, loss))).toEqual([
      ...[false, false, true, false, false, true],
    ]);
    expect(c.best[0]).toBe(2);
  });

  it('halves when at most ρ of the steps raised the loss', () => {
    const run = (losses: number[], length: number, rho = 0.75) => {
      const c = control({rho});
      c.start(0, 1);
      for (const loss of losses) c.observe(0, loss);
      return [c.endWindow(0, length), c.stepSizes[0]];
    };
    expect(run([2, 3, 4, 3], 4)).toEqual([true, 0.25]); // three of four
    expect(run([2, 3, 4, 5], 4)).toEqual([false, 0.5]);
    expect(run([2, 3, 4, 3], 4, 0.7)).toEqual([false, 0.5]);
    // Rises are counted against the step before, not against the best.
    expect(run([0.2, 0.3, 0.4, 0.5], 4)).toEqual([false, 0.5]);
    // An equal loss is no rise.
    expect(run([2, 2, 3, 4], 4)).toEqual([true, 0.25]);
  });

  it('halves when the best has not moved over a window, unless the last checkpoint did', () => {
    const c = control({rho: 0.1});
    const window = (...losses: number[]) => {
      for (const loss of losses) c.observe(0, loss);
      return c.endWindow(0, losses.length);
    };
    c.start(0, 10);
    expect(window(1, 2, 3)).toBe(false); // the first checkpoint counts as after a halving
    expect(window(1, 2, 3)).toBe(true); // best still 10
    expect(window(1, 2, 3)).toBe(false); // just halved
    expect(window(4, 11, 5)).toBe(false); // best moved
    expect(window(4, 5, 6)).toBe(true);
    expect(c.stepSizes[0]).toBe(0.125);
  });

  it('counts the rises of each window anew', () => {
    const c = control();
    c.start(0, 1);
    for (const loss of [2, 3, 4, 5]) c.observe(0, loss);
    expect(c.endWindow(0, 4)).toBe(false);
    for (const loss of [6, 5, 4, 3]) c.observe(0, loss);
    expect(c.endWindow(0, 4)).toBe(true);
  });

  it('keeps examples apart', () => {
    const c = control();
    c.start(0, 1);
    c.start(1, 5);
    c.observe(0, 2);
    c.observe(1, -1);
    expect(c.endWindow(0, 1)).toBe(false);
    expect(c.endWindow(1, 1)).toBe(true);
    expect(Array.from(c.stepSizes)).toEqual([0.5, 4]);
    expect(Array.from(c.best)).toEqual([2, 5]);
  });

  it.prop([fc.array(fc.double({min: -2, max: 2, noNaN: true}), {minLength: 2, maxLength: 30})], {
    numRuns: 40,
  })('never lowers the best loss, and only ever halves', (losses) => {
    const c = control();
    const [start, ...rest] = losses as [number, ...number[]];
    c.start(0, start);
    rest.forEach((loss, i) => {
      c.observe(0, loss);
      expect(c.best[0]).toBe(Math.max(...losses.slice(0, i + 2)));
      const before = c.stepSizes[0] as number;
      expect(c.endWindow(0, 1)).toBe(c.stepSizes[0] === before / 2);
    });
    expect(Number.isInteger(Math.log2(c.stepSizes[0] as number))).toBe(true);
  });
});
