import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {checkThreat} from '../../../src/core/threatModel';
import {threatModels} from '../../../src/testing/arbitraries/threatModels';
import {shrunk} from '../../support/shrunk';

describe('threatModels', () => {
  it.prop([threatModels({clips: [[0, 1], [-1, 1], [0, 255], null], maxLevels: 255})])(
    'are accepted by attacks',
    (threat) => {
      expect(() => checkThreat('test', threat, 1)).not.toThrow();
    },
  );

  it('shrink toward linf, [0, 1] and 0', () => {
    const any = threatModels({clips: [[0, 1], null]});
    expect(shrunk(any, () => true)).toEqual({norm: 'linf', epsilon: 0, clip: [0, 1]});
    expect(shrunk(any, ({epsilon}) => epsilon > 0.03).epsilon).toBeCloseTo(8 / 255, 12);
    expect(shrunk(any, ({norm, epsilon}) => norm === 'l2' && epsilon > 0)).toEqual({
      ...{norm: 'l2', clip: [0, 1]},
      epsilon: 16 / 255,
    });
  });

  it('refuse more levels than there are', () => {
    for (const maxLevels of [256, -1, 1.5]) {
      expect(() => threatModels({maxLevels})).toThrow('"maxLevels" must');
    }
  });

  it('refuse norms and ranges that are no list, or an empty one', () => {
    expect(() => threatModels({norms: []})).toThrow('"norms" must');
    expect(() => threatModels({clips: 'unit' as never})).toThrow('"clips" must');
  });

  it('have up to 32 of the levels of their range', () => {
    for (const [clip, width] of [
      [[0, 1], 1],
      [[-1, 1], 2],
      [[0, 255], 255],
      [null, 1],
    ] as const) {
      const drawn = fc.sample(threatModels({norms: ['linf'], clips: [clip]}), {
        ...{numRuns: 500, seed: 1},
      });
      const levels = drawn.map(({epsilon}) => (epsilon / width) * 255);
      for (const level of levels) expect(level).toBeCloseTo(Math.round(level), 9);
      expect(Math.round(Math.max(...levels))).toBe(32);
    }
  });
});
