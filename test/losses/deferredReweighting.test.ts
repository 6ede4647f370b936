import {describe, expect, it} from 'vitest';

import {deferredReweighting} from '../../src/losses/deferredReweighting';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';

const COUNTS = [100, 40, 10, 5];

describe('deferredReweighting', () => {
  it('weighs all alike to the end of epoch 160, as floor(epoch / 160) of LDAM-DRW counts from 0', () => {
    const weights = effectiveNumberWeights(COUNTS, {beta: 0.9999});
    for (const epoch of [1, 159, 160]) {
      expect(deferredReweighting(COUNTS, epoch)).toEqual([1, 1, 1, 1]);
    }
    for (const epoch of [161, 200]) expect(deferredReweighting(COUNTS, epoch)).toEqual(weights);
  });

  it('switches where it is told to', () => {
    const at = (epoch: number) => deferredReweighting([90, 10], epoch, {plainEpochs: 40, beta: 1});
    expect(at(40)).toEqual([1, 1]);
    expect(at(41).map((w) => +w.toFixed(6))).toEqual([0.2, 1.8]);
    expect(deferredReweighting([90, 10], 1, {plainEpochs: 0, beta: 0})).toEqual([1, 1]);
  });

  it('refuses numbers out of range', () => {
    expect(() => deferredReweighting(COUNTS, 0)).toThrow(/^deferredReweighting: "epoch"/);
    expect(() => deferredReweighting(COUNTS, 1, {plainEpochs: -1})).toThrow(/"plainEpochs"/);
    expect(() => deferredReweighting(COUNTS, 1, {beta: 2})).toThrow(/"beta"/);
    expect(() => deferredReweighting([0, 1], 1)).toThrow(/"classCounts"/);
  });
});
