import {it} from '@fast-check/vitest';
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
    expect(() => threatModels({maxLevels: 256})).toThrow('"maxLevels" must');
  });
});
