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
});
