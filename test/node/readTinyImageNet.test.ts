import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {readTinyImageNet} from '../../src/node/readTinyImageNet';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';

const jpeg = Uint8Array.from(Buffer.from(golden.images.jpeg420.file, 'base64'));

// The layout of the official archive, small.
const files = {
  'wnids.txt': 'n02\nn01\n',
  'words.txt': 'n00\tentity\nn01\tgoldfish , Carassius auratus\nn02\tfrog\n',
  'train/n02/images/n02_0.JPEG': jpeg,
  'train/n02/n02_boxes.txt': 'n02_0.JPEG\t0\t0\t1\t1\n',
  'train/n01/images/n01_0.JPEG': jpeg,
  'train/n01/images/n01_1.JPEG': jpeg,
  'val/images/val_0.JPEG': jpeg,
  'val/images/val_1.JPEG': jpeg,
  'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\t32\t44\t62\nval_1.JPEG\tn01\t0\t0\t1\t1\n',
  'test/images/test_0.JPEG': jpeg,
};

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));

describe('readTinyImageNet', () => {
  it('numbers the classes in the order of their WordNet numbers', async () => {
    await withFolder(files, async (folder) => {
      const {train, test} = await readTinyImageNet(folder);
      expect(train.classNames).toEqual(['goldfish', 'frog']);
      expect([...train.labels]).toEqual([0, 0, 1]);
      expect([...test.labels]).toEqual([1, 0]);
      const {x, labels} = await test.batch([0, 1]);
      expect(x.shape).toEqual([2, 16, 24, 3]);
      tf.dispose([x, labels]);
    });
  });

  it('takes the numbers for names where words.txt is missing', async () => {
    await withFolder(without('words.txt'), async (folder) => {
      const {train} = await readTinyImageNet(folder);
      expect(train.classNames).toEqual(['n01', 'n02']);
    });
  });

  it('says what is missing or garbled', async () => {
    const message = (change: Record<string, Uint8Array | string>, ...gone: string[]) =>
      withFolder({...without(...gone), ...change}, async (folder) =>
        readTinyImageNet(folder).then(
          () => 'none',
          (error: unknown) => String(error),
        ),
      );
    expect(
      await message({'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\nval_1.JPEG\tn09\t0'}),
    ).toMatch(
      /val_annotations.txt: expected the name of an image, .* at byte 17, found "val_1.JPEG\\tn09/,
    );
    expect(await message({'val/val_annotations.txt': '../../x.png\tn01\n'})).toMatch(/at byte 0/);
    expect(await message({'val/val_annotations.txt': '\n'})).toMatch(
      /hold validation images, found none in .*val_annotations.txt/,
    );
    expect(await message({}, 'val/val_annotations.txt')).toMatch(/ENOENT/);
    expect(await message({}, 'train/n02/images/n02_0.JPEG')).toMatch(/ENOENT|hold images of each/);
    expect(await message({'train/n01/images/n01_0.JPEG': 'x'})).toMatch(
      /n01_0.JPEG: expected a PNG/,
    );
  });
});
