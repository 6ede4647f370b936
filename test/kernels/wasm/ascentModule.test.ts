import {describe, expect, it} from 'vitest';

import {MEMORY_FLAGS_AT, MODULE} from '../../../src/kernels/wasm/ascentModule';

// That it is what the source compiles to, "npx tsx scripts/buildKernels.ts --check" tells.
describe('MODULE', () => {
  const bytes = Buffer.from(MODULE, 'base64');

  it('is a module for shared memory and, by one byte, for another', () => {
    expect(bytes[MEMORY_FLAGS_AT]).toBe(3);
    expect(WebAssembly.validate(bytes)).toBe(true);
    const unshared = Uint8Array.from(bytes);
    unshared[MEMORY_FLAGS_AT] = 1;
    expect(WebAssembly.validate(unshared)).toBe(true);
  });

  it('is small enough to be compiled at once in any browser', () => {
    expect(bytes.length).toBeLessThanOrEqual(4096);
  });
});
