import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {readImageFolder} from '../../src/node/readImageFolder';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';
import {numbers} from '../support/tensors';

const {png, jpeg444} = golden.images;
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

describe('readImageFolder', () => {
  it('has a class for each folder', async () => {
    const files = {
      'dog/1.png': bytesOf(png.file),
      'cat/a/2.png': bytesOf(png.file),
      'cat/1.jpg': bytesOf(jpeg444.file),
      'README.md': 'no image',
    };
    await withFolder(files, async (folder) => {
      const data = await readImageFolder(folder);
      expect(data.classNames).toEqual(['cat', 'dog']);
      expect([...data.labels]).toEqual([0, 0, 1]);
      const {x, labels} = await data.batch([2]);
      expect(x.shape).toEqual([1, 16, 24, 3]);
      expect(numbers(x)).toEqual([...bytesOf(png.rgb)].map((byte) => Math.fround(byte / 255)));
      expect(numbers(labels)).toEqual([1]);
      tf.dispose([x, labels]);
      const grey = await readImageFolder(folder, {channels: 1, cacheBytes: 0});
      const batch = await grey.batch([0]);
      expect(batch.x.shape).toEqual([1, 16, 24, 1]);
      tf.dispose([batch.x, batch.labels]);
    });
  });

  it('refuses folders without classes or images', async () => {
    await withFolder({'a.png': bytesOf(png.file)}, async (folder) => {
      await expect(readImageFolder(folder)).rejects.toThrow(
        /^readImageFolder: "folder" must hold a folder of images for each class, found no folder/,
      );
    });
    await withFolder({'a/1.png': bytesOf(png.file), 'b/x.txt': ''}, async (folder) => {
      await expect(readImageFolder(folder)).rejects.toThrow(
        /must hold a PNG or JPEG image of each class, found none in .*b\. Check/,
      );
    });
    await withFolder({'a/1.png': 'no image'}, async (folder) => {
      await expect(readImageFolder(folder)).rejects.toThrow(
        /1\.png: expected a PNG or JPEG image at byte 0, found bytes that begin with 0x6e6f2069\./,
      );
    });
  });
  it('refuses what is no folder, and options of other functions', async () => {
    await expect(readImageFolder('')).rejects.toThrow(
      /^readImageFolder: "folder" must name a folder, found .* Pass '\.', or its path\.$/,
    );
    await expect(readImageFolder(3 as never)).rejects.toThrow(/^readImageFolder: "folder" must be/);
    await withFolder({'a/1.png': bytesOf(png.file), 'b.png': bytesOf(png.file)}, async (folder) => {
      await expect(readImageFolder(folder, {channel: 1} as object)).rejects.toThrow(
        /^readImageFolder: "channel" must be one of its/,
      );
      await expect(readImageFolder(`${folder}/none`)).rejects.toThrow(
        /^readImageFolder: "folder" must be a folder that can be read, .*ENOENT.* Check the path and what lies there\.$/,
      );
      const data = await readImageFolder(folder, {
        decode: () => ({width: 1, height: 1, data: new Uint8Array(4).fill(51)}),
      });
      const {x, labels} = await data.batch([0]);
      expect(numbers(x)).toEqual(new Array<number>(3).fill(Math.fround(0.2)));
      tf.dispose([x, labels]);
    });
  });

  it('keeps decoded images in memory by default, and in colour', async () => {
    let decoded = 0;
    const decode = () => {
      decoded++;
      return {width: 1, height: 1, data: Uint8Array.of(255, 0, 51, 255)};
    };
    const reads = async (options: object) =>
      withFolder({'a/1.png': bytesOf(png.file), 'b/1.png': bytesOf(png.file)}, async (folder) => {
        const data = await readImageFolder(folder, {decode, ...options});
        const counts: number[] = [];
        for (let i = 0; i < 3; i++) {
          const before = decoded;
          const {x, labels} = await data.batch([1]);
          expect(numbers(x)).toEqual([1, 0, Math.fround(0.2)]);
          tf.dispose([x, labels]);
          counts.push(decoded - before);
        }
        return counts.slice(1);
      });
    expect(await reads({})).toEqual([0, 0]);
    expect(await reads({cacheBytes: 0})).toEqual([1, 1]);
    expect(await reads({cacheBytes: 268435456, channels: 3})).toEqual([0, 0]);
  });

  it('refuses other numbers of channels and caches', async () => {
    await withFolder({'a/1.png': bytesOf(png.file)}, async (folder) => {
      await expect(readImageFolder(folder, {channels: 2 as never})).rejects.toThrow(/"channels"/);
      await expect(readImageFolder(folder, {cacheBytes: -1})).rejects.toThrow(/"cacheBytes"/);
    });
  });
});
