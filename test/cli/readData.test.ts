import path from 'node:path';
import {writeFile} from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {readData} from '../../src/cli/readData';
import {writeProject} from '../support/cliProject';
import {withFolder} from '../support/folders';
import {expectClose} from '../support/tensors';

const OPTIONS = {part: 'test', channels: 1} as const;

describe('readData', () => {
  it('reads a folder of images for each class', () =>
    withFolder({}, async (folder) => {
      const {images} = await writeProject(folder);
      const {dataset, classNames, classCounts} = await readData(images, OPTIONS);
      expect(classNames).toEqual(['dark', 'light']);
      expect(classCounts).toBeUndefined();
      expect([...dataset.labels]).toEqual([
        ...new Array<number>(20).fill(0),
        ...new Array<number>(20).fill(1),
      ]);
      const {x, labels} = await dataset.batch([20]);
      expectClose(x, new Array<number>(4).fill(Math.round(255 * 0.52) / 255));
      tf.dispose([x, labels]);
    }));

  it('reads IDX files, and takes the class counts of the training part', async () => {
    const {dataset, classCounts} = await readData('examples/data/fashion-mnist', OPTIONS);
    expect(dataset.labels).toHaveLength(2000);
    expect(classCounts).toHaveLength(10);
    expect(
      (await readData('examples/data/fashion-mnist', {...OPTIONS, part: 'train'})).dataset.labels
        .length,
    ).toBe(classCounts!.reduce((sum, n) => sum + n, 0));
  });

  it('takes names from a list or a file', () =>
    withFolder({}, async (folder) => {
      const {images} = await writeProject(folder);
      const file = path.join(folder, 'names.txt');
      await writeFile(file, 'a\nb\n');
      expect((await readData(images, {...OPTIONS, classNames: 'x, y'})).classNames).toEqual([
        'x',
        'y',
      ]);
      expect((await readData(images, {...OPTIONS, classNames: file})).classNames).toEqual([
        'a',
        'b',
      ]);
      await expect(readData(images, {...OPTIONS, classNames: 'x'})).rejects.toThrow(
        '--class-names has 1 entries, the data have 2 classes.',
      );
      await expect(readData(images, {...OPTIONS, classCounts: [1]})).rejects.toThrow(
        '--class-counts',
      );
    }));

  it('says what is not there', async () => {
    await expect(readData('/nowhere', OPTIONS)).rejects.toThrow(
      'There is no file or folder /nowhere.',
    );
  });

  const idx = (...bytes: number[]) => Uint8Array.of(0, 0, 8, ...bytes);
  const IMAGES = idx(3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6);
  const LABELS = idx(1, 0, 0, 0, 2, 1, 0);

  it('names the part that is not there, and the one that is', () =>
    withFolder(
      {'t10k-images-idx3-ubyte': IMAGES, 't10k-labels-idx1-ubyte': LABELS},
      async (folder) => {
        const {dataset, classCounts} = await readData(folder, OPTIONS);
        expect([[...dataset.labels], classCounts]).toEqual([[1, 0], undefined]);
        await expect(readData(folder, {part: 'train'})).rejects.toThrow(
          `${folder} has no train part. Try --part test.`,
        );
      },
    ));

  it('counts the training part, whichever part is measured', () =>
    withFolder(
      {'train-images-idx3-ubyte': IMAGES, 'train-labels-idx1-ubyte': idx(1, 0, 0, 0, 2, 2, 2)},
      async (folder) => {
        const {classCounts} = await readData(folder, {part: 'train'});
        expect(classCounts).toEqual([0, 0, 2]);
        const given = await readData(folder, {part: 'train', classCounts: [7, 8, 9]});
        expect(given.classCounts).toEqual([7, 8, 9]);
        await expect(readData(folder, {part: 'test'})).rejects.toThrow('Try --part train.');
      },
    ));

  it('reads one file, and folders in colour unless told', () =>
    withFolder({'test_batch.bin': new Uint8Array(3073).fill(3)}, async (folder) => {
      const one = await readData(path.join(folder, 'test_batch.bin'), {part: 'test'});
      expect([...one.dataset.labels]).toEqual([3]);
      expect(one.classNames?.[3]).toBe('cat');
      const {images} = await writeProject(folder);
      const {dataset} = await readData(images, {part: 'test'});
      const {x, labels} = await dataset.batch([0]);
      expect(x.shape).toEqual([1, 2, 2, 3]);
      tf.dispose([x, labels]);
      for (const channels of [2, 4]) {
        await expect(readData(images, {part: 'test', channels})).rejects.toThrow(
          `Images can be read with 1 or 3 channels, not ${channels}: see --channels.`,
        );
      }
    }));

  it('leaves empty lines of names out, and counts the rest', () =>
    withFolder({'names.txt': '\r\n a b \r\n\nc\n'}, async (folder) => {
      const {images} = await writeProject(folder);
      const classNames = path.join(folder, 'names.txt');
      expect((await readData(images, {...OPTIONS, classNames})).classNames).toEqual(['a b', 'c']);
      expect((await readData(images, {...OPTIONS, classNames: 'x,,y,'})).classNames).toEqual([
        'x',
        'y',
      ]);
      await expect(readData(images, {...OPTIONS, classNames: 'x,y,z'})).rejects.toThrow(
        '--class-names has 3 entries, the data have 2 classes.',
      );
      await expect(readData(images, {...OPTIONS, classCounts: [1]})).rejects.toThrow(
        '--class-counts has 1 entries, the data have 2 classes.',
      );
    }));
});
