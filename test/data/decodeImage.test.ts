import {deflateSync} from 'node:zlib';

import {describe, expect, it} from 'vitest';

import {decodeImage} from '../../src/data/decodeImage';
import golden from '../golden/image-files.json';

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const {images} = golden;

const rgbOf = (data: Uint8Array) => data.filter((_, i) => i % 4 !== 3);

const largestDifference = (a: Uint8Array, b: Uint8Array) => {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
};

/** The checksum of PNG, bit by bit. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  new DataView(bytes.buffer).setUint32(0, content.length);
  bytes.set(Buffer.from(type), 4);
  bytes.set(content, 8);
  const end = 8 + content.length;
  new DataView(bytes.buffer).setUint32(end, crc(bytes.subarray(4, end)));
  return bytes;
}

function pngOf(width: number, height: number, interlaced: boolean, pixels: Uint8Array) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, interlaced ? 1 : 0], 8);
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...chunk('IDAT', deflateSync(pixels)),
    ...chunk('IEND', new Uint8Array()),
  ]);
}

describe('decodeImage', () => {
  it.each(['png', 'greyPng', 'palettePng', 'transparentPng'] as const)(
    'reads what Pillow reads: %s',
    async (name) => {
      const {file, rgb, width, height} = images[name];
      const image = await decodeImage(bytesOf(file), 'a.png');
      expect([image.width, image.height]).toEqual([width, height]);
      expect(largestDifference(rgbOf(image.data), bytesOf(rgb))).toBe(0);
    },
  );

  // Inverse transforms round in different ways, and libjpeg smooths halved colours.
  it.each([
    ['jpeg444', 3],
    ['progressiveJpeg', 3],
    ['greyJpeg', 1],
    ['jpeg420', 24],
  ] as const)('reads about what Pillow reads: %s, within %d', async (name, tolerance) => {
    const {file, rgb, width, height} = images[name];
    const image = await decodeImage(bytesOf(file), 'a.jpg');
    expect([image.width, image.height]).toEqual([width, height]);
    expect(largestDifference(rgbOf(image.data), bytesOf(rgb))).toBeLessThanOrEqual(tolerance);
  });

  it('reads interlaced images', async () => {
    // Of 2 x 2 pixels pass 1 has the first, pass 6 the one beside, pass 7 the row below.
    const rows = [
      [0, 1, 2, 3],
      [0, 4, 5, 6],
      [0, 7, 8, 9, 10, 11, 12],
    ];
    const {data} = await decodeImage(pngOf(2, 2, true, Uint8Array.from(rows.flat())));
    expect([...rgbOf(data)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('refuses bombs before they unpack', async () => {
    const huge = pngOf(60_000, 60_000, false, new Uint8Array(10));
    await expect(decodeImage(huge, 'a.png')).rejects.toThrow(
      'a.png: expected an image of 1 to 16777216 pixels at byte 16, found 60000 x 60000.',
    );
    const zeros = new Uint8Array(1e8);
    const bombs = [false, true].map((interlaced) => pngOf(4, 4, interlaced, zeros));
    const before = process.memoryUsage().arrayBuffers;
    for (const bomb of bombs) {
      await expect(decodeImage(bomb, 'a.png')).rejects.toMatchObject({name: 'DataFormatError'});
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e7);
    const jpeg = bytesOf(images.jpeg444.file);
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    await expect(decodeImage(jpeg, 'a.jpg')).rejects.toThrow(
      /^a.jpg: expected an intact image up to its end .* \(maxResolutionInMP limit exceeded/,
    );
  });

  it.each(['png', 'jpeg444'] as const)('refuses %s that is cut short', async (name) => {
    const bytes = bytesOf(images[name].file);
    for (let length = 0; length < bytes.length - 20; length += 7) {
      await expect(decodeImage(bytes.subarray(0, length), 'a'), `${length}`).rejects.toMatchObject({
        name: 'DataFormatError',
        source: 'a',
      });
    }
  });

  it('refuses what is no image', async () => {
    await expect(decodeImage(Uint8Array.of(71, 73, 70, 56), 'a.gif')).rejects.toThrow(
      'a.gif: expected a PNG or JPEG image at byte 0, found bytes that begin with 0x47494638.',
    );
    await expect(decodeImage('a.gif' as never)).rejects.toThrow(/^decodeImage: "bytes" must be/);
  });
});
