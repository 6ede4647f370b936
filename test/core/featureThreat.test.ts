import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  checkFeatureThreat,
  DEFAULT_FEATURE_THREAT,
  featureThreat,
  featureThreatAsync,
  type FeatureThreatModel,
  isByFeature,
  refuseFeatures,
} from '../../src/core/featureThreat';
import {expectNoLeak} from '../support/tensors';

const base = DEFAULT_FEATURE_THREAT;
const threat = (given: Partial<FeatureThreatModel>, shape = [4, 3]) =>
  featureThreat('f', {...base, ...given}, shape);

describe('featureThreat', () => {
  it('leaves alone what says nothing by feature', () => {
    expect(threat({})).toEqual({norm: 'linf', epsilon: 8 / 255, clip: [0, 1]});
    expect(threat({epsilon: [0.1, 0.2, 0.3, 0.4]}).epsilon).toEqual([0.1, 0.2, 0.3, 0.4]);
  });

  it('has an epsilon of 1 in units of the budgets', () => {
    const {epsilon, features} = threat({epsilon: [0.1, 0.2, 0], mask: [[1, 0, 1]]});
    expect(epsilon).toBe(1);
    expect(features?.units.map(({values}) => values)).toEqual([
      Float32Array.of(0.1, 0.2, 0),
      Float32Array.of(1, 0, 1),
    ]);
  });

  it('takes nested values per example as what they are', () => {
    expect(threat({epsilon: [[0.1], [0.2], [0.3], [0.4]]})).toEqual({
      ...{norm: 'linf', epsilon: [0.1, 0.2, 0.3, 0.4].map(Math.fround), clip: [0, 1]},
    });
    expect(threat({epsilon: [[0.5]]}).epsilon).toBe(0.5);
  });

  it('has ranges by feature, of which one end may be one number', () => {
    const {clip, features} = threat({clip: [0, [1, 2, Infinity]]});
    expect(clip).toBeNull();
    expect(features?.range?.map(({values}) => values)).toEqual([
      Float32Array.of(0),
      Float32Array.of(1, 2, Infinity),
    ]);
  });

  it('reads tensors, at once or later, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const mask = tf.tensor1d([1, 0, 1], 'int32');
      const given = {...base, mask, clip: [tf.scalar(0), 2] as const};
      const expected = threat({mask: [1, 0, 1], clip: [[[0]], 2]});
      expect(featureThreat('f', given, [4, 3])).toEqual(expected);
      expect(await featureThreatAsync('f', given, [4, 3])).toEqual(expected);
      checkFeatureThreat('f', given, [4, 3]);
      tf.dispose([mask, given.clip[0]]);
    });
  });

  it.each<[Partial<FeatureThreatModel>, RegExp]>([
    [
      {epsilon: [[0.1, -1, 0]]},
      /^f: "epsilon" must be finite and at least 0 for every feature, found -1/,
    ],
    [{epsilon: [[0.1, Infinity, 0]]}, /^f: "epsilon" must be finite/],
    [{epsilon: [[0.1, 0.2]]}, /^f: "epsilon" must be a number, or values that broadcast to x/],
    [{epsilon: 8}, /^f: "epsilon" must be .*8 \/ 255/],
    [
      {
        epsilon: 8,
        clip: [
          [0, 0, 0],
          [1, 2, 3],
        ],
      },
      /^f: "epsilon" must be .* <= 3, found 8/,
    ],
    [{mask: [1, 0.5, 0]}, /^f: "mask" must be 0 or 1 for every feature, found 0\.5/],
    [{mask: [1, 0]}, /^f: "mask" must be .* broadcast to x of shape \[4, 3\], found 2 values/],
    [
      {clip: [[0, 0, NaN], 1]},
      /^f: "clip\[0\]" must be a number for every feature, found NaN.*\. Pass -Infinity or Infinity where a feature has no such end\.$/,
    ],
    [
      {
        clip: [
          [0, 3, 0],
          [1, 2, 1],
        ],
      },
      /^f: "clip" must have a lower end that is nowhere above the upper/,
    ],
    [{clip: [[0, 0], 1]}, /^f: "clip\[0\]" must be a number, or values that broadcast to x/],
    [{norm: 'l1' as 'l2', mask: [1, 1, 1]}, /^f: "norm" must be one of 'linf', 'l2'/],
  ])('refuses %o', (given, message) => {
    expect(() => threat(given)).toThrow(message);
    expect(() => {
      checkFeatureThreat('f', {...base, ...given}, [4, 3]);
    }).toThrow(message);
  });

  it('never guesses whether a list is by example or by feature', () => {
    expect(() => threat({epsilon: [0.1, 0.2, 0]}, [3, 3])).toThrow(
      /"epsilon" must say whether it has a value for each example or for each feature.*\[1, 3\].*\[3, 1\]/,
    );
    expect(threat({epsilon: [0.1, 0.1, 0.1]}, [3, 3]).epsilon).toEqual([0.1, 0.1, 0.1]);
    expect(threat({epsilon: [[0.1, 0.2, 0]]}, [3, 3]).features).toBeDefined();
  });
});

it('isByFeature', () => {
  const by = (value: unknown, shape = [4, 3]) => isByFeature('f', 'stepSize', value, shape);
  expect([by(1), by([1, 2, 3, 4]), by([1]), by(undefined)]).toEqual(new Array(4).fill(false));
  expect([by([1, 2, 3]), by([[1]]), by(new Float32Array(12))]).toEqual(new Array(3).fill(true));
});

it.each<[string, number[], number, boolean]>([
  ['the width', [5, 2, 3], 3, true],
  ['a value for each feature', [5, 2, 3], 6, true],
  ['a value for everything', [5, 2, 3], 30, true],
  ['none of these', [5, 2, 3], 4, false],
  ['the batch', [5, 2, 3], 5, false],
  ['one value', [5, 2, 1], 1, false],
  ['nothing of examples without features', [5, 0], 0, false],
])('isByFeature of a flat list as long as %s', (_, shape, length, expected) => {
  const list = Array.from({length}, (_none, i) => i);
  expect(isByFeature('f', 'stepSize', list, shape)).toBe(expected);
});

it('isByFeature asks where a list could be either, and only there', () => {
  const by = (value: unknown, shape: number[]) => () => isByFeature('f', 'stepSize', value, shape);
  expect(by([1, 2, 3], [3, 2, 3])).toThrow(
    'f: "stepSize" must say whether it has a value for each example or for each feature, ' +
      'found a flat list of 3 values, with as many examples as features. Pass a tensor: of shape ' +
      '[1, 2, 3] or what broadcasts to it for features, of shape [3, 1, 1] for examples.',
  );
  expect(by([1, 2, 3], [3, 3])).toThrow('f: "stepSize" must say whether');
  // Even values mean the same either way; of one feature each, they are those of the examples.
  expect(by([2, 2, 2], [3, 3])()).toBe(false);
  expect(by([1, 2, 3], [3, 1])()).toBe(false);
});

it('refuseFeatures names what it refuses', () => {
  const refuse = (given: Partial<FeatureThreatModel>) => () => {
    refuseFeatures('f', given, [4, 2], 'Use another attack.');
  };
  expect(refuse({epsilon: 0.1, clip: [0, 1]})).not.toThrow();
  expect(refuse({epsilon: [1, 2, 3, 4], clip: null})).not.toThrow();
  expect(refuse({epsilon: [[1], [2], [3], [4]]})).not.toThrow();
  expect(refuse({mask: [1]})).toThrow(/^f: "mask" must be left out, found a mask\. Use another/);
  expect(refuse({epsilon: [1, 2]})).toThrow(/^f: "epsilon" must be one value for all features/);
  expect(refuse({clip: [[1], 2]})).toThrow(/^f: "clip" must be one value for all features/);
});

describe('featureThreat, at its bounds', () => {
  const wide = [
    [0, 0, 0],
    [1, 2, 3],
  ] as const;

  it('lets an epsilon be as wide as the widest range, of L2 wider, and of a budget of its own', () => {
    expect(threat({epsilon: 3, clip: wide}).epsilon).toBe(3);
    expect(threat({epsilon: 9, clip: wide, norm: 'l2'}).epsilon).toBe(9);
    expect(threat({epsilon: [[9, 9, 9]], clip: wide}).features?.units).toHaveLength(1);
    expect(threat({epsilon: 9, clip: [[0, 0, 0], [1, 1, Infinity]]}).epsilon).toBe(9); // prettier-ignore
    expect(() => threat({epsilon: [1, 3.5, 1, 1], clip: wide})).toThrow(
      'f: "epsilon[1]" must be a finite number >= 0 and <= 3, found 3.5. ' +
        'It is in the units of x, and wider than the range of every feature.',
    );
  });

  it('looks at the ranges of every example', () => {
    const lower = [[[0]], [[0]], [[0]], [[2]]];
    expect(() => threat({clip: [lower, [1, 1, 1]]}, [4, 1, 3])).toThrow(
      'f: "clip" must have a lower end that is nowhere above the upper one, found an upper end 1 ' +
        'below the lower one. Pass clip: [lower, upper], each with one value for every feature.',
    );
    expect(() => threat({clip: [0, lower.map(([[end = 0] = []]) => [[end - 1]])]}, [4, 1, 3])).toThrow(
      /found an upper end 1 below/,
    ); // prettier-ignore
    const epsilon = {epsilon: 2, clip: [0, lower] as const};
    expect(threat(epsilon, [4, 1, 3]).epsilon).toBe(2);
    // A feature that has one value alone.
    expect(threat({epsilon: 0, clip: [[1, 1, 1], [1, 1, 1]]}).features?.range).toHaveLength(2); // prettier-ignore
  });

  it('keeps an epsilon for each example beside a mask', () => {
    const {epsilon, features} = threat({epsilon: [0.1, 0.2, 0.3, 0.4], mask: [1, 0, 1]});
    expect(epsilon).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(features?.units.map(({values}) => values)).toEqual([Float32Array.of(1, 0, 1)]);
    expect(features?.range).toBeUndefined();
    expect(threat({mask: [1, 0, 1]}).epsilon).toBe(8 / 255);
    // One budget in each row, but several rows of features: by feature.
    expect(threat({epsilon: [[[0.1], [0.2]]]}, [4, 2, 3]).epsilon).toBe(1);
  });

  it('reads nothing where only the form is checked', () => {
    const epsilon = tf.tensor2d([[-1, 0, 0]]);
    const given = {...base, epsilon};
    expect(() => {
      checkFeatureThreat('f', given, [4, 3]);
    }).not.toThrow();
    expect(() => featureThreat('f', given, [4, 3])).toThrow(/^f: "epsilon" must be finite and/);
    expect(() => {
      checkFeatureThreat('f', {...base, norm: 'l1' as 'l2'}, [4, 3]);
    }).toThrow('f: "norm" must');
    epsilon.dispose();
  });

  it.each<[Partial<FeatureThreatModel>, string]>([
    [{epsilon: [[-1, 0, 0]]}, 'found -1. Pass 0 for a feature that must not change.'],
    [
      {mask: [2, 0, 1]},
      'found 2. Pass 1 where a feature may change; how far it may is what epsilon says.',
    ],
    [{clip: [0, [1, NaN, 1]]}, 'f: "clip[1]" must be a number for every feature, found NaN'],
    [{clip: [0, [1, 2, 3], 5] as never}, 'f: "clip" must be [min, max] with min < max, or null'],
    [{clip: [[0, 0, 0], 'one'] as never}, 'f: "clip[1]" must be a number, or values that'],
    [{clip: [[0, 0, 0], undefined] as never}, 'f: "clip[1]" must be a number, or values that'],
  ])('says what to do about %o', (given, message) => {
    expect(() => threat(given)).toThrow(message);
  });

  it('is the threat of the field if nothing is given', () => {
    expect(DEFAULT_FEATURE_THREAT).toEqual({
      ...{norm: 'linf', epsilon: 8 / 255, clip: [0, 1], mask: undefined},
    });
  });
});

it('refuseFeatures knows values for each feature in every form, and nothing else', () => {
  const refuse = (given: Partial<FeatureThreatModel>) => () => {
    refuseFeatures('f', given, [4, 2], 'Use another attack.');
  };
  const ends = tf.tensor1d([0, 0]);
  const message = 'must be one value for all features, found values for each feature. Use another';
  for (const end of [ends, [0, 0], new Float32Array(2)]) {
    expect(refuse({clip: [end, 1]})).toThrow(`f: "clip" ${message}`);
    expect(refuse({clip: [-1, end]})).toThrow(`f: "clip" ${message}`);
    expect(refuse({epsilon: end})).toThrow(`f: "epsilon" ${message}`);
  }
  expect(refuse({})).not.toThrow();
  expect(refuse({epsilon: [[0.5]]})).not.toThrow();
  // What is no range is for another check to refuse.
  expect(refuse({clip: [[0], [1], [2]] as never})).not.toThrow();
  ends.dispose();
});
