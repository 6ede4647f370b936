import {expect, it} from 'vitest';

import {lowestOf} from '../../../src/kernels/wasm/lowestOf';

it('bounds a result by ReLU and by nothing, and knows no other activation', () => {
  expect(lowestOf('relu')).toBe(0);
  expect(lowestOf('linear')).toBe(-Infinity);
  expect(['relu6', 'elu', 'prelu', 'sigmoid'].map(lowestOf)).toEqual(new Array(4).fill(undefined));
});
