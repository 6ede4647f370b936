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

describe('options of threatModels', () => {
  const drawn = (...given: Parameters<typeof threatModels>) =>
    fc.sample(threatModels(...given), {numRuns: 500, seed: 1});

  it('have their defaults: both norms on [0, 1]', () => {
    const threats = drawn();
    expect(new Set(threats.map(({norm}) => norm))).toEqual(new Set(['linf', 'l2']));
    for (const {clip} of threats) expect(clip).toEqual([0, 1]);
  });

  it('give L2 sixteen times the epsilon, whatever the range', () => {
    for (const [clip, width] of [
      [[-1, 2], 3],
      [null, 1],
    ] as const) {
      const levels = drawn({norms: ['l2'], clips: [clip], maxLevels: 4}).map(
        ({epsilon}) => (255 * epsilon) / width,
      );
      expect(new Set(levels.map(Math.round))).toEqual(new Set([0, 16, 32, 48, 64]));
    }
  });

  it('draw among the ranges that are named', () => {
    const clips = [[0, 1], null, [0, 255]] as const;
    const found = new Set(drawn({clips}).map(({clip}) => JSON.stringify(clip)));
    expect(found).toEqual(new Set(clips.map((clip) => JSON.stringify(clip))));
  });

  it('take no level, which leaves no choice of epsilon, and all of them', () => {
    expect(new Set(drawn({maxLevels: 0}).map(({epsilon}) => epsilon))).toEqual(new Set([0]));
    const all = drawn({maxLevels: 255, norms: ['linf']}).map(({epsilon}) => epsilon);
    expect(Math.max(...all)).toBeGreaterThan(0.98);
  });

  it.each([
    [{maxLevels: 256}, 'threatModels: "maxLevels" must be an integer >= 0 and <= 255, found 256'],
    [{norms: []}, 'threatModels: "norms" must be a list of at least one, found'],
    [{clips: []}, 'threatModels: "clips" must be a list of at least one, found'],
    [{norms: 'linf'}, 'Leave it out, or name them.'],
    [{norms: ['linf', 'l1']}, "threatModels: \"norms\" must be one of 'linf', 'l2', found 'l1'"],
    [{clips: [null, [1, 0]]}, 'threatModels: "clips" must be [min, max] with min < max, or null'],
    [{norm: 'l2'}, 'threatModels: '],
  ])('of %j are refused with what they must be', (options, message) => {
    expect(() => threatModels(options as never)).toThrow(message);
  });
});
