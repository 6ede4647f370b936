import {describe, expect, it} from 'vitest';

import {robalTraining} from '../../src/methods/robalTraining';

describe('robalTraining', () => {
  it('refuses options out of range, its own name in the message', () => {
    const call = (options: object) => robalTraining({classCounts: [5, 2], ...options});
    for (const name of ['margin', 'priorTau', 'marginTau', 'adversarialWeight', 'regularization']) {
      expect(() => call({[name]: -1})).toThrow(new RegExp(`^robalTraining: "${name}"`));
    }
    expect(() => call({scale: 0})).toThrow(/"scale" must be a finite number > 0/);
    expect(() => call({classCounts: [1, 0]})).toThrow(/"classCounts"/);
    expect(() => call({attackMode: 'eval'})).toThrow(/"attackMode"/);
    expect(() => call({passes: 'four'})).toThrow(/"passes"/);
  });
});
