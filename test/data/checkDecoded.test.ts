import {describe, expect, it} from 'vitest';

import {checkDecoded} from '../../src/data/checkDecoded';
import type {DecodedImage} from '../../src/data/decodeImage';

const bytes = (length: number) => new Uint8Array(length);
const image = (change: object = {}) =>
  ({width: 2, height: 3, data: bytes(24), ...change}) as DecodedImage;

const messageOf = (given: unknown): string => {
  try {
    checkDecoded('f', 'a.jpg', given as DecodedImage);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

describe('checkDecoded', () => {
  it.each([
    image(),
    image({channels: undefined}),
    image({channels: 4}),
    image({channels: 3, data: bytes(18)}),
    image({channels: 2, data: bytes(12)}),
    image({channels: 1, data: bytes(6)}),
    image({data: Buffer.alloc(24)}),
    image({data: new Uint8ClampedArray(24)}),
    new (class {
      width = 1;
      height = 1;
      data = bytes(4);
    })(),
  ])('takes an image: %j', (given) => {
    expect(messageOf(given)).toBe('none');
  });

  it.each<[found: string, given: unknown]>([
    ['null', null],
    ['undefined', undefined],
    ["'a.jpg'", 'a.jpg'],
    ['a promise', Promise.resolve()],
    ['an object with width, height', {width: 1, height: 1}],
    ['width 0', image({width: 0})],
    ['width 1.5', image({width: 1.5})],
    ["width '2'", image({width: '2'})],
    ['width -2', image({width: -2, height: -3})],
    ['height NaN', image({height: NaN})],
    ['height undefined', image({height: undefined})],
    ['channels 0', image({channels: 0, data: bytes(0)})],
    ['channels 5', image({channels: 5, data: bytes(30)})],
    ["channels '3'", image({channels: '3'})],
    ['channels null', image({channels: null})],
    ['an array of 24 numbers as data', image({data: Array<number>(24).fill(0)})],
    ['Uint16Array of 24 as data', image({data: new Uint16Array(24)})],
    ['Float32Array of 24 as data', image({data: new Float32Array(24)})],
    ['ArrayBuffer as data', image({data: new ArrayBuffer(24)})],
    ['23 bytes of width 2, height 3 and 4 channels', image({data: bytes(23)})],
    ['25 bytes of width 2, height 3 and 4 channels', image({data: bytes(25)})],
    ['24 bytes of width 2, height 3 and 3 channels', image({channels: 3})],
  ])('refuses %s', (found, given) => {
    const message = messageOf(given);
    expect(message).toMatch(
      /^InvalidArgumentError: f: "decode" must give \{width, height, channels, data\}, with one byte/,
    );
    expect(message).toContain(found);
    expect(message).toMatch(/ for a\.jpg\. See DecodedImage\.$/);
  });

  it.each([1, 2, 3])('names the channels that are not given: %d', (channels) => {
    expect(messageOf(image({data: bytes(6 * channels)}))).toContain(
      `4 channels for a.jpg. Without channels there are 4 of them: add channels: ${channels}. See`,
    );
  });
});
