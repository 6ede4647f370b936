import {describe, expect, it} from 'vitest';

import {pngPixelData, withoutColourKey} from '../../src/data/pngChunks';
import golden from '../golden/image-files.json';

const {images} = golden;
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

const chunk = (type: string, content: number[] = []) => [
  ...[0, 0, 0, content.length, ...Buffer.from(type)],
  ...[...content, 9, 9, 9, 9],
];
/** What Pillow reads from such files is in decodeImage.test.ts. */
const png = (colourType: number, ...chunks: number[][]) =>
  Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [0, 0, 0, 1, 0, 0, 0, 1, 8, colourType, 0, 0, 0]),
    ...chunks.flat(),
  ]);

describe('withoutColourKey', () => {
  it.each([0, 2])('drops the transparent colour of colour type %d, wherever it is', (type) => {
    const parts = [chunk('IDAT', [1, 2]), chunk('tEXt', [...Buffer.from('tRNS')]), chunk('IEND')];
    const key = chunk('tRNS', [0, 1]);
    for (const at of [0, 1, 2, 3]) {
      const file = png(type, ...parts.slice(0, at), key, ...parts.slice(at));
      expect(withoutColourKey(file)).toEqual(png(type, ...parts));
    }
    expect(withoutColourKey(png(type, key, ...parts, key))).toEqual(png(type, ...parts));
    expect(withoutColourKey(png(type, key))).toEqual(png(type));
  });

  it('leaves other files as they are', () => {
    const key = chunk('tRNS', [0, 1]);
    const files = [
      ...[3, 4, 6].map((type) => png(type, key, chunk('IEND'))),
      ...[0, 2].map((type) => png(type, chunk('IEND'))),
      bytesOf(images.palettePng.file),
    ];
    for (const file of files) expect(withoutColourKey(file)).toBe(file);
  });

  it('ends on files that are cut short, and on lengths that are too large', () => {
    const file = bytesOf(images.colourKeyPng.file);
    for (let length = 33; length < file.length; length++) {
      const cut = withoutColourKey(file.subarray(0, length));
      expect(cut.length).toBeLessThanOrEqual(length);
      pngPixelData(file.subarray(0, length));
    }
    const huge = png(2, [255, 255, 255, 255, ...Buffer.from('tRNS'), 0, 0, 0, 0]);
    expect(withoutColourKey(huge)).toEqual(png(2));
  });
});

describe('pngPixelData', () => {
  it('is the content of the IDAT chunks, as far as it is there', () => {
    const file = png(2, chunk('IDAT', [1, 2]), chunk('tEXt', [3]), chunk('IDAT', [4, 5, 6]));
    const contents = (bytes: Uint8Array) => pngPixelData(bytes).map((part) => [...part]);
    expect(contents(file)).toEqual([
      [1, 2],
      [4, 5, 6],
    ]);
    expect(contents(file.subarray(0, file.length - 1))).toEqual([
      [1, 2],
      [4, 5, 6],
    ]);
    expect(contents(png(2, chunk('IEND')))).toEqual([]);
    const long = png(2, [0, 0, 1, 0, ...Buffer.from('IDAT'), 7, 8, 9, 10]);
    expect(contents(long)).toEqual([[7, 8, 9, 10]]);
  });
});
