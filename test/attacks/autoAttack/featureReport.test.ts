import {expect, it} from 'vitest';

import {featureReport} from '../../../src/attacks/autoAttack/featureReport';
import {featureThreat} from '../../../src/core/featureThreat';

it('is plain data, without an end where there is none', () => {
  const given = {
    norm: 'linf',
    ...{epsilon: [[1, 0.5]], mask: [1, 0]},
    clip: [
      [0, -Infinity],
      [1, Infinity],
    ],
  } as const;
  const {features} = featureThreat('f', given, [3, 2]);
  const report = features && featureReport(features);
  expect(report).toEqual({
    units: [
      {shape: [1, 2], values: [1, 0.5]},
      {shape: [1, 2], values: [1, 0]},
    ],
    range: [
      {shape: [1, 2], values: [0, null]},
      {shape: [1, 2], values: [1, null]},
    ],
  });
  expect(featureReport({units: [], range: undefined})).toEqual({units: [], range: null});
});
