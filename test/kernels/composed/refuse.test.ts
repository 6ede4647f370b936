import {describe, expect, it} from 'vitest';

import {refused} from '../../../src/kernels/composed/refuse';

describe('refused', () => {
  it('says what is wrong and what to do', () => {
    expect(() => refused('Op', 'of a reason', 'Do something.')).toThrowErrorMatchingInlineSnapshot(
      `[MissingGradientsError: No gradient of the operation Op: of a reason. Do something.]`,
    );
  });
});
