import {afterEach, describe, expect, it} from 'vitest';

import {hasRelaxedSimd, relaxedInUse, useRelaxed} from '../../../src/kernels/wasm/relaxedSimd';
import {RELAXED_MODULES} from '../../../src/kernels/wasm/relaxedModules';
import {describeRelaxed} from '../support';

afterEach(() => useRelaxed(undefined));

describe('useRelaxed', () => {
  it('chooses the relaxed set, or the plain one', () => {
    expect(relaxedInUse()).toBeUndefined();
    useRelaxed(RELAXED_MODULES);
    expect(relaxedInUse()).toBe(RELAXED_MODULES);
    useRelaxed(undefined);
    expect(relaxedInUse()).toBeUndefined();
  });
});

describe('hasRelaxedSimd', () => {
  it('agrees with what the engine does with a module of the set', () => {
    const bytes = Buffer.from(RELAXED_MODULES.products.MODULE, 'base64');
    expect(hasRelaxedSimd()).toBe(WebAssembly.validate(bytes));
  });
});

describeRelaxed('hasRelaxedSimd, where there is', () => {
  it('says so', () => {
    expect(hasRelaxedSimd()).toBe(true);
  });
});
