import {describe, expect, it} from 'vitest';

import {PASS_MODES} from '../../src/methods/passes';

describe('PASS_MODES', () => {
  it('are two', () => expect(PASS_MODES).toEqual(['shared', 'published']));
});
