// training.md 6.2: closed forms, checked there by 4·10⁶ samples.
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {gaussianTheory} from '../../src/theory/gaussianTheory';
import {linearErrors} from '../../src/theory/linearErrors';
import {expectClose} from '../support/tensors';

const TAILS = [
  [1, 0, 0, 0.0786496, 0.23975006, 0.0786496, 0.23975006],
  [2, 0.24506454, 0.49012907, 0.1211718, 0.32202551, 0.17772116, 0.41411286],
  [5, 0.56902223, 1.13804446, 0.19900201, 0.4450868, 0.39120909, 0.66674316],
  [10, 0.81408677, 1.62817353, 0.27421087, 0.54259757, 0.58471086, 0.82149221],
  [50, 1.383109, 2.766218, 0.48759307, 0.75048038, 0.91181305, 0.98025821],
  [100, 1.62817353, 3.25634707, 0.58471086, 0.82149221, 0.96727219, 0.99460211],
] as const;

const HEADS = [
  [
    2, 0.04852988, 0.17050505, 0.02843279, 0.11560732, 0.07274385, 0.22101187, 0.07819558,
    0.21510917,
  ],
  [
    5, 0.02367055, 0.10095496, 0.00535136, 0.03250777, 0.05289246, 0.15831027, 0.06966098,
    0.13821367,
  ],
  [
    10, 0.01293025, 0.06410564, 0.00117355, 0.00976439, 0.03668303, 0.1076049, 0.0542224,
    0.08355783,
  ],
  [
    50, 0.0025764, 0.01829921, 0.00001455, 0.00025703, 0.01208653, 0.0326557, 0.01789295,
    0.01947274,
  ],
  [
    100, 0.00117355, 0.00976439, 0.0000015, 0.00003694, 0.00695115, 0.0178013, 0.00957844,
    0.00988412,
  ],
] as const;

const tailOf = ({natural, robust}: ReturnType<typeof gaussianTheory>) => [
  natural.bias,
  robust.bias,
  natural.tail.standard,
  natural.tail.robust,
  robust.tail.standard,
  robust.tail.robust,
];

describe('gaussianTheory', () => {
  it.each(TAILS)('offsets and tail errors at r = %d', (imbalanceRatio, ...expected) => {
    expectClose(tailOf(gaussianTheory({imbalanceRatio})), expected, 1e-8);
  });

  it.each(HEADS)('head and overall errors at r = %d', (imbalanceRatio, ...expected) => {
    const {natural, robust} = gaussianTheory({imbalanceRatio});
    const rates = [natural.head, robust.head, natural.overall, robust.overall];
    expectClose(
      rates.flatMap((rate) => [rate.standard, rate.robust]),
      expected,
      1e-8,
    );
  });

  it('other perturbations and dimensions', () => {
    expectClose(
      tailOf(gaussianTheory({epsilon: 0.25, imbalanceRatio: 10})),
      [0.81408677, 1.08544902, 0.27421087, 0.40261919, 0.37116683, 0.50988831],
      1e-8,
    );
    expectClose(
      tailOf(gaussianTheory({dimensions: 10, imbalanceRatio: 10})),
      [0.36407067, 0.72814134, 0.00256936, 0.11178914, 0.00746369, 0.19683035],
      1e-8,
    );
  });

  const parameters = fc.record({
    eta: fc.double({min: 0.3, max: 2, noNaN: true}),
    share: fc.double({min: 0.05, max: 0.9, noNaN: true}), // of ε in η
    dimensions: fc.integer({min: 1, max: 8}),
    imbalanceRatio: fc.double({min: 1.1, max: 60, noNaN: true}),
  });

  it('Corollary 1: the tail is less robust under the robust classifier, the whole is more', () => {
    fc.assert(
      fc.property(parameters, ({share, ...mixture}) => {
        const {natural, robust} = gaussianTheory({...mixture, epsilon: share * mixture.eta});
        expect(robust.tail.robust).toBeGreaterThan(natural.tail.robust);
        expect(robust.overall.robust).toBeLessThanOrEqual(natural.overall.robust);
        expect(natural.overall.standard).toBeLessThanOrEqual(robust.overall.standard);
      }),
    );
  });

  it('each offset is the best: no other, nor other weights, errs less', () => {
    fc.assert(
      fc.property(
        parameters,
        fc.double({min: -2, max: 2, noNaN: true}),
        fc.array(fc.double({min: -1, max: 1, noNaN: true}), {minLength: 8, maxLength: 8}),
        ({share, ...mixture}, offset, bend) => {
          const options = {...mixture, epsilon: share * mixture.eta};
          const theory = gaussianTheory(options);
          const root = Math.sqrt(mixture.dimensions);
          const weights = bend.slice(0, mixture.dimensions).map((v) => (1 + v) / root);
          if (Math.hypot(...weights) < 1e-3) return;
          for (const [optimal, kind] of [
            [theory.natural, 'standard'],
            [theory.robust, 'robust'],
          ] as const) {
            const moved = {weights, bias: optimal.bias + offset};
            const least = optimal.overall[kind];
            expect(linearErrors(moved, options).overall[kind]).toBeGreaterThanOrEqual(
              least - 1e-12,
            );
          }
        },
      ),
    );
  });

  it('errors of the tail rise with r, and reach one half where the offset eats the distance', () => {
    const tails = [1, 2, 4, 8, 16, 32].map((imbalanceRatio) =>
      tailOf(gaussianTheory({imbalanceRatio})).slice(2),
    );
    tails.slice(1).forEach((rates, i) => {
      rates.forEach((rate, k) => expect(rate).toBeGreaterThan(tails[i]?.[k] as number));
    });
    expect(gaussianTheory({imbalanceRatio: Math.exp(4)}).natural.tail.standard).toBeCloseTo(
      0.5,
      12,
    );
    expect(gaussianTheory({imbalanceRatio: Math.E}).robust.tail.robust).toBeCloseTo(0.5, 12);
  });

  it('refuses what is no mixture', () => {
    expect(() => gaussianTheory({epsilon: 1})).toThrow(
      /^gaussianTheory: "epsilon" must be below eta, 1, found 1/,
    );
    expect(() => gaussianTheory({eta: 0})).toThrow(/"eta"/);
    expect(() => gaussianTheory({dimensions: 1.5})).toThrow(/"dimensions"/);
    expect(() => gaussianTheory({imbalanceRatio: 0.5})).toThrow(/"imbalanceRatio"/);
    expect(() => gaussianTheory({epsilon: -1})).toThrow(
      /^gaussianTheory: "epsilon" must be.*>= 0, found -1/,
    );
  });
});
