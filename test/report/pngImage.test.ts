import {fc, it} from '@fast-check/vitest';
import {PNG} from 'pngjs';
import {describe, expect} from 'vitest';

import {
  bytesOf,
  differenceImage,
  encodePng,
  enlarged,
  isPicture,
  pngAddress,
  type PixelImage,
  sideBySide,
} from '../../src/report/pngImage';

const images = fc
  .tuple(fc.integer({min: 1, max: 5}), fc.integer({min: 1, max: 5}), fc.constantFrom(1, 3, 4))
  .chain(([height, width, channels]) =>
    fc
      .array(fc.nat({max: 255}), {
        ...{minLength: height * width * channels, maxLength: height * width * channels},
      })
      .map((bytes) => ({bytes, shape: [height, width, channels] as const})),
  );

describe('encodePng', () => {
  // pngjs reads what fast-png wrote.
  it.prop([images], {numRuns: 60})('is read by another decoder', ({bytes, shape}) => {
    const [height, width, channels] = shape;
    const pixels = bytes.map((byte) => byte / 255);
    const image = PNG.sync.read(Buffer.from(encodePng({pixels, shape})));
    expect([image.height, image.width]).toEqual([height, width]);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const own = bytes.slice(pixel * channels, (pixel + 1) * channels);
      const [red = 0, green = red, blue = red, opacity = 255] = own;
      expect([...image.data.subarray(4 * pixel, 4 * pixel + 4)]).toEqual([
        red,
        green,
        blue,
        opacity,
      ]);
    }
  });

  it('takes a range, and cuts what is outside', () => {
    expect([...bytesOf({pixels: [-1, 0, 1, 3], shape: [1, 4, 1]}, [-1, 1])]).toEqual([
      0, 128, 255, 255,
    ]);
  });
});

describe('pngAddress', () => {
  it('is the same file, in base64', () => {
    const image: PixelImage = {pixels: [0, 0.5, 1], shape: [1, 1, 3]};
    const [head, data] = pngAddress(image).split(',');
    expect(head).toBe('data:image/png;base64');
    expect(Buffer.from(data!, 'base64')).toEqual(Buffer.from(encodePng(image)));
  });
});

describe('images', () => {
  const image: PixelImage = {pixels: [1, 2, 3, 4], shape: [2, 2, 1]};

  it('are enlarged pixel by pixel', () => {
    expect(enlarged(image, 1)).toBe(image);
    expect([...(enlarged(image, 2).pixels as Float32Array)]).toEqual([
      ...[1, 1, 2, 2, 1, 1, 2, 2],
      ...[3, 3, 4, 4, 3, 3, 4, 4],
    ]);
  });

  it('stand side by side', () => {
    const {pixels, shape} = sideBySide([image, image], 1, 9);
    expect(shape).toEqual([2, 5, 1]);
    expect([...(pixels as Float32Array)]).toEqual([1, 2, 9, 1, 2, 3, 4, 9, 3, 4]);
  });

  it('show a difference around grey', () => {
    const {pixels} = differenceImage(image, {...image, pixels: [1, 2.5, 3, 3.75]});
    expect([...(pixels as Float32Array)]).toEqual([0.5, 1, 0.5, 0.25]);
    expect([...(differenceImage(image, image).pixels as Float32Array)]).toEqual([
      0.5, 0.5, 0.5, 0.5,
    ]);
  });

  it.each([
    [[28, 28, 1], true],
    [[28, 28, 2], false],
    [[28, 28], false],
  ])('have a shape: %j is %s', (shape, expected) => {
    expect(isPicture(shape)).toBe(expected);
  });
  it.each([
    [[28, 28, 3], true],
    [[28, 28, 4], true],
    [[28, 28, 0], false],
    [[1, 28, 28, 1], false],
    [[3], false],
  ])('may be grey, in colour, or with opacity: %j is %s', (shape, expected) => {
    expect(isPicture(shape)).toBe(expected);
  });

  it('keep their colours together, enlarged and side by side', () => {
    const colour: PixelImage = {pixels: [1, 2, 3, 4, 5, 6], shape: [1, 2, 3]};
    const large = enlarged(colour, 2);
    expect(large.shape).toEqual([2, 4, 3]);
    const row = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6];
    expect([...(large.pixels as Float32Array)]).toEqual([...row, ...row]);
    const both = sideBySide([colour, colour, colour], 2, 0);
    expect(both.shape).toEqual([1, 10, 3]);
    const [own, gap] = [
      [1, 2, 3, 4, 5, 6],
      [0, 0, 0, 0, 0, 0],
    ];
    expect([...(both.pixels as Float32Array)]).toEqual([own, gap, own, gap, own].flat());
    expect(differenceImage(colour, colour).shape).toEqual([1, 2, 3]);
  });

  it('have addresses of any range', () => {
    const image: PixelImage = {pixels: [0, 255], shape: [1, 2, 1]};
    const one: PixelImage = {pixels: [0, 1], shape: [1, 2, 1]};
    expect(pngAddress(image, [0, 255])).toBe(pngAddress(one));
  });
});
