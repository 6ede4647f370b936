import {describe, expect, it} from 'vitest';

import {decodeBfloat16, decodeFloat16} from '../../../src/models/pytorch/halfPrecision';

const all = Uint16Array.from({length: 2 ** 16}, (_, bits) => bits);

/** The value of a number of so many bits of exponent and fraction, by IEEE 754's definition. */
function byDefinition(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

it.each([
  ['decodeFloat16', decodeFloat16, 5, 10],
  ['decodeBfloat16', decodeBfloat16, 8, 7],
] as const)(
  '%s gives the value of each of the 65,536 numbers',
  (_name, decode, exponentBits, fractionBits) => {
    const wrong: number[] = [];
    decode(all).forEach((value, bits) => {
      if (!Object.is(value, byDefinition(bits, exponentBits, fractionBits))) wrong.push(bits);
    });
    expect(wrong).toEqual([]);
  },
);

describe('decodeFloat16', () => {
  it('gives known numbers', () => {
    const values = decodeFloat16(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001));
    expect(Array.from(values)).toEqual([1, -2, 65504, 2 ** -24]);
  });
});
