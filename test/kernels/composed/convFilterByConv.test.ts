import {describe, it} from 'vitest';

import {convFilterByConv} from '../../../src/kernels/composed/convFilterByConv';
import {CONV_CASES, expectConvGradients} from '../support';

describe('convFilterByConv', () => {
  it.each(CONV_CASES)('is the filter gradient by definition: %j', (c) =>
    expectConvGradients(c, {filter: convFilterByConv}),
  );
});
