import {describe, expect, it} from 'vitest';

import {apgdRuns} from '../../../src/attacks/apgd/settings';

describe('apgdRuns', () => {
  it('is restarts, times targets for the targeted loss, of which there are at most C − 1', () => {
    const common = {numTargets: 9, restarts: 3};
    expect(apgdRuns({...common, loss: 'ce'}, 10)).toBe(3);
    expect(apgdRuns({...common, loss: 'dlr'}, 10)).toBe(3);
    expect(apgdRuns({...common, loss: 'targeted-dlr'}, 100)).toBe(27);
    expect(apgdRuns({...common, loss: 'targeted-dlr'}, 10)).toBe(27);
    expect(apgdRuns({...common, loss: 'targeted-dlr'}, 4)).toBe(9);
    expect(apgdRuns({...common, loss: 'targeted-dlr', numTargets: 2}, 4)).toBe(6);
  });
});
