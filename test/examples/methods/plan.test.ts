import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {GRID} from '../../../examples/methods/grid';
import {totalOf} from '../../../examples/methods/passes';
import {batchesOf, planOf} from '../../../examples/methods/plan';
import {QUICK} from '../../../examples/methods/settings';
import {checkExperiment} from '../../../src/registry/checkExperiment';

const trainingFor = (entry: (typeof GRID)[number]) => (epochs: number) =>
  checkExperiment(entry.experiment(entry.candidates[0] ?? {}, {settings: QUICK, epochs}));

describe.each(GRID.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  it('uses its budget up, to within a batch of the dearest step, and never more', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 20_000, max: 300_000}),
        fc.integer({min: 3, max: 30}),
        fc.integer({min: 8, max: 64}),
        (budget, batchesPerEpoch, batchSize) => {
          const plan = planOf(trainingFor(entry), batchesPerEpoch, batchSize, budget);
          const used = totalOf(plan.passes);
          expect(used).toBeLessThanOrEqual(budget);
          // No step of the grid has more than 40 passes of an image.
          expect(budget - used).toBeLessThan(40 * batchSize);
          const batches = Array.from({length: plan.epochs}, (__, i) => batchesOf(plan, i + 1));
          expect(batches.reduce((a, b) => a + b, 0)).toBe(plan.steps);
          expect(Math.max(...batches)).toBeLessThanOrEqual(batchesPerEpoch);
          expect(Math.min(...batches)).toBeGreaterThanOrEqual(0);
        },
      ),
      {numRuns: 15},
    );
  });
});
