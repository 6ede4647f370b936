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

function pngOf(
  width: number,
  height: number,
  interlaced: boolean,
  pixels: Uint8Array,
  {type, depth} = {type: 2, depth: 8},
) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, type, 0, 0, interlaced ? 1 : 0], 8);
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...(type === 3 ? chunk('PLTE', new Uint8Array(3)) : []),
    ...chunk('IDAT', deflateSync(pixels)),
    ...chunk('IEND', new Uint8Array()),
  ]);
}

describe('decodeImage', () => {
  it.each([
    ...[
      'png',
      'greyPng',
      'palettePng',
      'transparentPng',
      'colourKeyPng',
      'greyKeyPng',
      'bitKeyPng',
    ],
  ] as (keyof typeof images)[])('reads what Pillow reads: %s', async (name) => {
    const {file, rgb, width, height} = images[name];
    const image = await decodeImage(bytesOf(file), 'a.png');
    expect([image.width, image.height]).toEqual([width, height]);
    expect(largestDifference(rgbOf(image.data), bytesOf(rgb))).toBe(0);
  });

  // Pillow gives the upper byte of a colour, and 255 for grey above it: docs/data.md.
  it.each([
    [0, [0x80, 0x7f], [128, 128, 128]],
    [0, [0x80, 0x80], [128, 128, 128]],
    [0, [0x80, 0xff], [128, 128, 128]],
    [2, [0x00, 0x80, 0x00, 0x81, 0xff, 0x7e], [0, 1, 254]],
  ])('rounds 16 bits to 8: colour type %d, %j', async (type, bytes, expected) => {
    const png = pngOf(1, 1, false, Uint8Array.of(0, ...bytes), {type, depth: 16});
    expect([...rgbOf((await decodeImage(png)).data)]).toEqual(expected);
  });

  // Inverse transforms round in different ways, and libjpeg smooths halved colours.
  it.each([
    ['jpeg444', 3],
    ['progressiveJpeg', 3],
    ['greyJpeg', 1],
    ['rgbJpeg', 1],
    ['rgbJpegByNames', 1],
    ['jfifRgbJpeg', 3],
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

  // The decoder itself takes these, and fills the missing pixels with what memory happens to hold.
  it.each([
    ['grey, 1 bit', 0, 1, 9, 2 * 3],
    ['grey', 0, 8, 2, 2 * 3],
    ['grey, 16 bits', 0, 16, 2, 2 * 5],
    ['colour', 2, 8, 2, 2 * 7],
    ['palette', 3, 8, 2, 2 * 3],
    ['grey with opacity', 4, 8, 2, 2 * 5],
    ['colour with opacity', 6, 16, 2, 2 * 17],
  ])(
    'refuses an image that lacks a byte of its pixels: %s',
    async (_name, type, depth, width, size) => {
      const image = (length: number) =>
        pngOf(width, 2, false, new Uint8Array(length), {type, depth});
      expect((await decodeImage(image(size), 'a')).data).toHaveLength(4 * width * 2);
      const short = image(size - 1);
      await expect(decodeImage(short, 'a')).rejects.toThrow(
        `a: expected ${size} bytes of pixels at byte ${short.length}, found ${size - 1}.`,
      );
    },
  );

  it('takes 2^24 pixels, and not one more', async () => {
    const messageOf = (width: number, height: number) =>
      decodeImage(pngOf(width, height, false, new Uint8Array(1)), 'a').then(
        () => 'none',
        (error: unknown) => String(error),
      );
    // These are not refused for their size, but for the pixels that are missing.
    for (const [width, height] of [
      [4096, 4096],
      [2 ** 24, 1],
      [1, 2 ** 24],
    ] as const) {
      expect(await messageOf(width, height)).toMatch(
        /^DataFormatError: a: expected \d+ bytes of pixels at/,
      );
    }
    for (const [width, height] of [
      [4097, 4096],
      [4096, 4097],
      [2 ** 24 + 1, 1],
      [0, 4],
      [4, 0],
    ] as const) {
      expect(await messageOf(width, height)).toBe(
        `DataFormatError: a: expected an image of 1 to 16777216 pixels at byte 16, found ${width} x ${height}.`,
      );
    }
  });

  it('bounds what an interlaced image unpacks to, over all its parts', async () => {
    // Nine bytes for each of 4 pixels, and 1024.
    const enough = pngOf(2, 2, true, new Uint8Array(1060));
    await expect(decodeImage(enough, 'a')).rejects.toThrow(
      /expected an intact image up to its end/,
    );
    const tooMuch = pngOf(2, 2, true, new Uint8Array(1061));
    await expect(decodeImage(tooMuch, 'a')).rejects.toThrow(
      `a: expected at most 1060 bytes of pixels at byte ${tooMuch.length}, found more.`,
    );
    const pixels = deflateSync(Uint8Array.of(0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12));
    const header = pngOf(2, 2, true, new Uint8Array()).subarray(0, 33);
    const inParts = Uint8Array.from([
      ...header,
      ...chunk('tEXt', Buffer.from('Title\0IDAT')),
      ...chunk('IDAT', pixels.subarray(0, 5)),
      ...chunk('IDAT', pixels.subarray(5)),
      ...chunk('IEND', new Uint8Array()),
    ]);
    const {data} = await decodeImage(inParts, 'a');
    expect([...rgbOf(data)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const garbled = Uint8Array.from([
      ...header,
      ...chunk('IDAT', Uint8Array.of(1, 2, 3, 4)),
      ...chunk('IEND', new Uint8Array()),
    ]);
    await expect(decodeImage(garbled, 'a')).rejects.toThrow(
      new RegExp(`^a: expected an intact image at byte ${garbled.length}, found `),
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
    const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    await expect(decodeImage(Uint8Array.of(...signature, ...Array<number>(24)))).rejects.toThrow(
      'image: expected a PNG header at byte 32, found the end of the file.',
    );
    // One byte of the signature is of another value.
    const other = [...signature.slice(0, 7), 0];
    await expect(decodeImage(Uint8Array.of(...other, ...Array<number>(32)))).rejects.toThrow(
      'image: expected a PNG or JPEG image at byte 0, found bytes that begin with 0x89504e47.',
    );
    await expect(decodeImage(Uint8Array.of(0xff, 0xd8, 0))).rejects.toThrow(/with 0xffd800\./);
    await expect(decodeImage(Uint8Array.of(1), 3 as never)).rejects.toThrow(
      /^decodeImage: "source" must be/,
    );
    await expect(decodeImage('a.gif' as never)).rejects.toThrow(/^decodeImage: "bytes" must be/);
  });
});
