import {expect, it} from 'vitest';

import {readsAtOnce} from '../../../src/core/checks/readsAtOnce';

it('cpu and wasm read at once', () => {
  expect(readsAtOnce()).toBe(true); // test/browser has WebGPU
});
