import {expect, it} from 'vitest';

import {decodeCheckpoint, encodeCheckpoint} from '../../src/node/checkpointBytes';

const value = {
  epoch: 3,
  nan: NaN,
  zero: -0,
  weights: Float32Array.of(0.5, Infinity),
  list: [1, 'a'],
};

it('keeps every bit', () => {
  const back = decodeCheckpoint(encodeCheckpoint(value), 'here');
  expect(back).toEqual(value);
  expect(Object.is((back as typeof value).zero, -0)).toBe(true);
});

it('refuses each change of a byte', () => {
  const bytes = encodeCheckpoint(value);
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
    expect(() => decodeCheckpoint(changed, 'here')).toThrow(/^here: expected .* at byte \d+/);
  }
  expect(() => decodeCheckpoint(Buffer.alloc(0), 'here')).toThrow('at byte 0');
});
