import {describe, expect, it} from 'vitest';

import {
  checkNetwork,
  NETWORK_DEFAULTS,
  scaled,
  type NetworkSettings,
} from '../../../src/models/parts/networkOptions';

describe('checkNetwork', () => {
  it('accepts the defaults', () => {
    expect(() => {
      checkNetwork('net', NETWORK_DEFAULTS);
    }).not.toThrow();
  });

  it.each([
    [{inputShape: 32}, /net: "inputShape" must be \[height, width, channels\], found 32/],
    [{inputShape: [32, 32, 1.5]}, /net: "inputShape\[2\]" must be an integer >= 1, found 1\.5/],
    [{numClasses: 2.5}, /net: "numClasses" must be an integer >= 2 and <= 1048576, found 2\.5/],
    [{numClasses: 2 ** 31}, /net: "numClasses" must be .* found 2147483648/],
    [{seed: -1}, /net: "seed" must be an integer >= 0 and <= 4294967295, found -1/],
    [
      {normalization: 3},
      /net: "normalization" must be \{mean, deviation\}, found 3\. Pass \{mean, deviation\}/,
    ],
    [{head: 3}, /net: "head" must be 'linear', 'cosine', or options of a cosine head, found 3/],
  ])('refuses %o', (changes, message) => {
    const settings = {...NETWORK_DEFAULTS, ...changes} as NetworkSettings;
    expect(() => {
      checkNetwork('net', settings);
    }).toThrow(message);
  });
});

describe('scaled', () => {
  it.each([
    [64, 0.5, 32],
    [24, 0.1, 2],
    [16, 0.1, 2],
    [5, 0.5, 3],
    [16, 0.001, 1],
  ])('gives of %i channels, times %f, %i', (channels, factor, expected) => {
    expect(scaled(channels, factor)).toBe(expected);
  });
});
