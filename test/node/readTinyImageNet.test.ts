import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {readTinyImageNet} from '../../src/node/readTinyImageNet';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';
import {numbers} from '../support/tensors';

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
    expect(await message({}, 'val/val_annotations.txt')).toMatch(
      /readTinyImageNet: "folder" must hold files that can be read, found .*annotations\.txt \(ENOENT/,
    );
    expect(await message({}, 'train/n02/images/n02_0.JPEG')).toMatch(/ENOENT|hold images of each/);
    expect(await message({'train/n01/images/n01_0.JPEG': 'x'})).toMatch(
      /n01_0.JPEG: expected a PNG/,
    );
  });

  const refusal = (change: Record<string, Uint8Array | string>, ...gone: string[]) =>
    withFolder({...without(...gone), ...change}, async (folder) =>
      readTinyImageNet(folder).then(
        () => 'none',
        (error: unknown) => String(error).replaceAll(folder, '.'),
      ),
    );
  const ANNOTATIONS = 'val/val_annotations.txt';

  it('reads names with spaces, lines of Windows, and classes that words.txt does not name', async () => {
    const names = {
      'words.txt': 'n02 no tab\r\nn01\t  sea  slug , nudibranch\r\n',
      [ANNOTATIONS]: '\r\nval_0.JPEG\tn02\t0\r\n  \r\nval_1.JPEG\tn01\r\n',
    };
    await withFolder({...files, ...names}, async (folder) => {
      const {train, test} = await readTinyImageNet(folder);
      for (const part of [train, test]) expect(part.classNames).toEqual(['sea  slug', 'n02']);
      expect([...test.labels]).toEqual([1, 0]);
    });
  });

  it.each([
    ['lines of Windows', 'val_0.JPEG\tn02\t0\r\n\r\n', 20],
    ['a byte order mark', '\ufeffval_0.JPEG\tn02\n', 18],
    ['text that is not ASCII', 'val_0.JPEG\tn02\tžlutý\n', 23],
    ['text that is no UTF-8', Buffer.from('val_0.JPEG\tn02\t\xff\xfe\n', 'latin1'), 18],
  ])('names the byte after %s', async (_name, before, offset) => {
    const annotations = Buffer.concat([Buffer.from(before as string), Buffer.from('a\tn09\r\n')]);
    expect(annotations.indexOf('a\tn09')).toBe(offset);
    expect(await refusal({[ANNOTATIONS]: annotations})).toContain(
      `one of the classes in train at byte ${offset}, found "a\\tn09".`,
    );
  });

  it('gives both parts the decoder and the cache', async () => {
    let decoded = 0;
    const decode = () => {
      decoded++;
      return {width: 1, height: 1, data: new Uint8Array(4).fill(51)};
    };
    const reads = async (options: object) =>
      withFolder(files, async (folder) => {
        const counts: number[] = [];
        const parts = await readTinyImageNet(folder, {decode, ...options});
        for (const part of [parts.train, parts.test]) {
          const batch = async () => {
            const {x, labels} = await part.batch([1]);
            const values = numbers(x);
            tf.dispose([x, labels]);
            return values;
          };
          expect(await batch()).toEqual(new Array<number>(3).fill(Math.fround(0.2)));
          const before = decoded;
          await batch();
          counts.push(decoded - before);
        }
        return counts;
      });
    expect(await reads({})).toEqual([0, 0]);
    expect(await reads({cacheBytes: 0})).toEqual([1, 1]);
  });

  it('says what is missing, in its own name', async () => {
    expect(
      await refusal(
        {'train/notes.txt': ''},
        ...Object.keys(files).filter((name) => name.startsWith('train/')),
      ),
    ).toBe(
      'InvalidArgumentError: readTinyImageNet: "folder" must hold train/<class>/images, found no ' +
        'class in ./train. Check the path and what lies there.',
    );
    expect(await refusal({'train/n02/images/notes.txt': ''}, 'train/n02/images/n02_0.JPEG')).toBe(
      'InvalidArgumentError: readTinyImageNet: "folder" must hold images of each class, found none in ' +
        './train/n02. Check the path and what lies there.',
    );
    expect(await refusal({[ANNOTATIONS]: ''})).toMatch(
      /^InvalidArgumentError: readTinyImageNet: "folder" must hold validation images, found none in/,
    );
    for (const folder of [3, undefined]) {
      await expect(readTinyImageNet(folder as never)).rejects.toThrow(
        /^readTinyImageNet: "folder"/,
      );
    }
    await withFolder(files, async (folder) => {
      await expect(readTinyImageNet(folder, {channels: 1} as object)).rejects.toThrow(
        /^readTinyImageNet: "channels" must be one of its options/,
      );
    });
  });

  it('passes on that words.txt cannot be read', async () => {
    expect(await refusal({'words.txt/a': ''}, 'words.txt')).toMatch(
      /^InvalidArgumentError: readTinyImageNet: "folder" must hold regular files, found .*words\.txt, a folder/,
    );
  });

  it.each(['a.JPEG.txt', '.JPEG', '../a.JPEG', 'a b.JPEG', 'aJPEG', 'a.gif', ''])(
    'refuses the name "%s" of a validation image',
    async (name) => {
      expect(
        await refusal({[ANNOTATIONS]: `val_0.JPEG\tn01\n${name}\tn01\t${'0'.repeat(80)}\n`}),
      ).toBe(
        `DataFormatError: ./${ANNOTATIONS}: expected the name of an image, a tab and one of the ` +
          `classes in train at byte 15, found ${JSON.stringify(`${name}\tn01\t${'0'.repeat(80)}`.slice(0, 60))}.`,
      );
    },
  );

  it.each(['a.jpg', 'a.jpeg', 'A-1_b.PNG'])('takes the name "%s"', async (name) => {
    const annotations = `${name}\tn02\n`;
    await withFolder(
      {...files, [ANNOTATIONS]: annotations, [`val/images/${name}`]: jpeg},
      async (folder) => {
        expect([...(await readTinyImageNet(folder)).test.labels]).toEqual([1]);
      },
    );
  });
});
