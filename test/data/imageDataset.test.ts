import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {DecodedImage} from '../../src/data/decodeImage';
import {imageDataset, type ImageFile} from '../../src/data/imageDataset';
import golden from '../golden/image-files.json';
import {expectNoLeak, numbers} from '../support/tensors';

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const {png, greyPng} = golden.images;

const fileOf = (name: string, bytes: Uint8Array, label: number, reads?: string[]): ImageFile => ({
  name,
  label,
  read: async () => {
    reads?.push(name);
    return bytes;
  },
});

const files = (reads?: string[]) => [
  fileOf('a.png', bytesOf(png.file), 1, reads),
  fileOf('b.png', bytesOf(greyPng.file), 0, reads),
];
const classNames = ['grey', 'colour'];

describe('imageDataset', () => {
  it('decodes what a batch asks for', async () => {
    await expectNoLeak(async () => {
      const data = await imageDataset(files(), {classNames});
      expect(data.numClasses).toBe(2);
      expect(data.classNames).toEqual(classNames);
      expect([...data.labels]).toEqual([1, 0]);
      const {x, labels} = await data.batch([1, 0, 1]);
      expect(x.shape).toEqual([3, 16, 24, 3]);
      expect(numbers(labels)).toEqual([0, 1, 0]);
      const [grey, colour] = [bytesOf(greyPng.rgb), bytesOf(png.rgb)];
      const expected = [...grey, ...colour, ...grey].map((byte) => Math.fround(byte / 255));
      expect(numbers(x)).toEqual(expected);
      tf.dispose([x, labels]);
    });
  });

  it('makes grey images as Pillow does', async () => {
    const data = await imageDataset(files(), {classNames, channels: 1});
    const {x, labels} = await data.batch([0]);
    expect(x.shape).toEqual([1, 16, 24, 1]);
    expect(numbers(x)).toEqual([...bytesOf(png.luma)].map((byte) => Math.fround(byte / 255)));
    tf.dispose([x, labels]);
  });

  it('keeps decoded images as long as there is room', async () => {
    const reads: string[] = [];
    const ask = async (cacheBytes: number) => {
      reads.length = 0;
      const data = await imageDataset(files(reads), {classNames, cacheBytes});
      for (let i = 0; i < 3; i++) {
        const {x, labels} = await data.batch([0, 1]);
        tf.dispose([x, labels]);
      }
      return reads.join(' ');
    };
    expect(await ask(0)).toBe('a.png a.png b.png a.png b.png a.png b.png');
    expect(await ask(16 * 24 * 3)).toBe('a.png a.png b.png b.png b.png');
    expect(await ask(1e6)).toBe('a.png a.png b.png');
  });

  it('names the file that is broken, or of another size', async () => {
    await expectNoLeak(async () => {
      const [first] = files() as [ImageFile];
      const broken = fileOf('c.png', bytesOf(png.file).subarray(0, 60), 0);
      const small = {...first, name: 'd.raw', read: () => Uint8Array.of(1)};
      const decode = (bytes: Uint8Array) =>
        bytes.length === 1
          ? {width: 1, height: 1, data: new Uint8Array(4)}
          : {width: 2, height: 1, data: new Uint8Array(8)};
      const data = await imageDataset([first, broken], {classNames});
      await expect(data.batch([0, 1])).rejects.toThrow(/^c.png: expected an intact image/);
      const sizes = await imageDataset([first, small], {classNames, decode});
      await expect(sizes.batch([0, 1])).rejects.toThrow(
        'd.raw: expected an image of 1 x 2 pixels, as the first one is at byte 0, found 1 x 1.',
      );
      await expect(imageDataset([broken], {classNames})).rejects.toThrow(/^c.png/);
      await expect(data.batch([2])).rejects.toThrow(/"indices" must be integers in \[0, 2\)/);
    });
  });

  it('refuses what it cannot do', async () => {
    const [first] = files() as [ImageFile];
    await expect(imageDataset([], {classNames})).rejects.toThrow(/^imageDataset: "labels"/);
    await expect(imageDataset([{...first, label: 2}], {classNames})).rejects.toThrow(/"labels"/);
    await expect(imageDataset([first], {classNames, channels: 4 as 3})).rejects.toThrow(
      /"channels" must be 1 or 3, found 4/,
    );
    await expect(imageDataset([first], {classNames, cacheBytes: -1})).rejects.toThrow(
      /"cacheBytes"/,
    );
    await expect(
      imageDataset([first], {classNames: [1, 2] as unknown as string[]}),
    ).rejects.toThrow(/"classNames" must be an array of strings/);
    for (const [names, found] of [
      [undefined, 'undefined'],
      [[], 'an empty array'],
    ] as const) {
      await expect(imageDataset([first], {classNames: names as never})).rejects.toThrow(
        `imageDataset: "classNames" must be an array of strings, the name of each class, found ${found}. ` +
          'Labels are positions in it: name every class, also those without examples.',
      );
    }
  });

  it('rounds the luma of ITU-R 601', async () => {
    const colours = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
      [10, 200, 77],
    ] as const;
    const file = {name: 'a.raw', label: 0, read: () => new Uint8Array()};
    const decode = () => ({
      width: 5,
      height: 1,
      data: Uint8Array.from(colours.flatMap((colour) => [...colour, 128])),
    });
    const data = await imageDataset([file], {classNames: ['a'], channels: 1, decode});
    const {x, labels} = await data.batch([0]);
    const weighed = colours.map(([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue);
    expect(numbers(x).map((value) => Math.round(255 * value))).toEqual(weighed.map(Math.round));
    tf.dispose([x, labels]);
  });

  it('refuses what is no file, and what a decoder may not give', async () => {
    const [first] = files() as [ImageFile];
    const refusal = (given: unknown, options: object = {}) =>
      imageDataset(given as ImageFile[], {classNames, ...options}).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    const expected =
      'InvalidArgumentError: imageDataset: "files" must be a list of {name, label, read}';
    for (const given of [
      'a.png',
      {0: first, length: 1},
      [null],
      ['a.png'],
      [{...first, read: 'a'}],
    ]) {
      expect(await refusal(given)).toContain(expected);
      expect(await refusal(given)).toContain('See ImageFile.');
    }
    const whole = {width: 1, height: 1, data: new Uint8Array(4)};
    expect(await refusal([first], {decode: () => whole})).toBe('none');
    for (const image of [
      null,
      {...whole, data: undefined},
      {...whole, width: 0},
      {...whole, height: 0},
    ]) {
      const message = await refusal([first], {decode: () => image});
      expect(message).toContain('"decode" must give {width, height, channels, data}');
      expect(message).toContain(' for a.png. ');
      expect(message).toContain('See DecodedImage.');
    }
    expect(await refusal([first], {channels: '3'})).toContain(
      '"channels" must be 1 or 3, found \'3\'. Pass 3 for colour images, 1 for grey ones.',
    );
    expect(await refusal([first], {size: 3})).toContain('imageDataset: "size" must be one of its');
  });

  const batchOf = async (image: DecodedImage, channels: 1 | 3) => {
    const file = {name: 'a.raw', label: 0, read: () => new Uint8Array()};
    const data = await imageDataset([file], {classNames: ['a'], channels, decode: () => image});
    const {x, labels} = await data.batch([0]);
    const bytes = numbers(x).map((value) => Math.round(255 * value));
    tf.dispose([x, labels]);
    return bytes;
  };

  // 77 is opacity. The luma of a colour is that of the test above.
  it.each([
    [1, [10, 255], [10, 10, 10, 255, 255, 255], [10, 255]],
    [2, [10, 77, 255, 77], [10, 10, 10, 255, 255, 255], [10, 255]],
    [3, [10, 200, 77, 255, 0, 0], [10, 200, 77, 255, 0, 0], [129, 76]],
    [4, [10, 200, 77, 77, 255, 0, 0, 77], [10, 200, 77, 255, 0, 0], [129, 76]],
  ] as const)('takes images of %d channels', async (channels, bytes, colours, grey) => {
    for (const type of [Uint8Array, Uint8ClampedArray, Buffer]) {
      const image = {width: 2, height: 1, channels, data: type.from(bytes)};
      expect(await batchOf(image, 3)).toEqual(colours);
      expect(await batchOf(image, 1)).toEqual(grey);
    }
  });

  it('refuses what a decoder gives for a later file, in its name', async () => {
    const decode = (_: Uint8Array, name: string) => ({
      ...{width: 2, height: 1},
      data: new Uint8Array(name === 'b.png' ? 6 : 8),
    });
    await expectNoLeak(async () => {
      const data = await imageDataset(files(), {classNames, decode});
      await expect(data.batch([0, 1])).rejects.toThrow(
        'imageDataset: "decode" must give {width, height, channels, data}, with one byte for each ' +
          'channel of each pixel, found 6 bytes of width 2, height 1 and 4 channels for b.png. ' +
          'Without channels there are 4 of them: add channels: 3. See DecodedImage.',
      );
    });
  });
});
