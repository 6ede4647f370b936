import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';

import {describe, expect, it} from 'vitest';

import {cifarArchive} from '../../src/data/cifarArchive';

const ten = (label: number) => Uint8Array.of(label, ...new Uint8Array(3072).fill(label));
const hundred = (coarse: number, fine: number) =>
  Uint8Array.of(coarse, fine, ...new Uint8Array(3072));

/** As the official site packs them: files in a folder, in no order. */
function archive(folder: string, files: Record<string, Uint8Array>): Uint8Array {
  const root = mkdtempSync(join(tmpdir(), 'lt-robust-'));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(root, folder, name)), {recursive: true});
      writeFileSync(join(root, folder, name), bytes);
    }
    const names = Object.keys(files).map((name) => `${folder}/${name}`);
    return gzipSync(execFileSync('tar', ['-cf', '-', '-C', root, ...names]));
  } finally {
    rmSync(root, {recursive: true});
  }
}

const cifar10 = {
  'data_batch_2.bin': ten(2),
  'data_batch_1.bin': ten(1),
  'data_batch_5.bin': ten(6),
  'data_batch_4.bin': ten(4),
  'data_batch_3.bin': ten(3),
  'batches.meta.txt': new Uint8Array(),
  'test_batch.bin': ten(9),
};
/** Each file with two images. */
const doubled: Record<string, Uint8Array> = Object.fromEntries(
  Object.entries(cifar10).map(([name, bytes]) => [name, Uint8Array.of(...bytes, ...bytes)]),
);
const hundreds = {'train.bin': hundred(3, 42), 'test.bin': hundred(4, 24)};

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(cifar10).filter(([name]) => !names.includes(name)));
const messageOf = (files: Record<string, Uint8Array>) =>
  cifarArchive(archive('c', files), {source: 'a.tar'}).then(
    () => 'none',
    (error: unknown) => String(error),
  );

describe('cifarArchive', () => {
  it('reads CIFAR-10, compressed or not', async () => {
    const bytes = archive('cifar-10-batches-bin', cifar10);
    const {train, test} = await cifarArchive(bytes);
    expect([...train.labels]).toEqual([1, 2, 3, 4, 6]);
    expect([...test.labels]).toEqual([9]);
    expect(test.classNames?.[9]).toBe('truck');
    const plain = await cifarArchive(Uint8Array.from(gunzipSync(bytes)));
    expect(plain.train.labels).toEqual(train.labels);
  });

  it('reads CIFAR-100', async () => {
    const bytes = archive('cifar-100-binary', hundreds);
    const fine = await cifarArchive(bytes);
    expect([...fine.train.labels, ...fine.test.labels]).toEqual([42, 24]);
    const coarse = await cifarArchive(bytes, {labelSet: 'coarse'});
    expect([...coarse.train.labels, coarse.train.numClasses]).toEqual([3, 20]);
  });

  it('refuses label sets that there are not, and options of other functions', async () => {
    const of = (options: object) => cifarArchive(new Uint8Array(2), options);
    await expect(of({labelSet: 'rough'})).rejects.toThrow(/^cifarArchive: "labelSet" must be/);
    await expect(of({maxBytes: -1})).rejects.toThrow(/^cifarArchive: "maxBytes" must be/);
    await expect(cifarArchive([] as unknown as Uint8Array)).rejects.toThrow(
      /^cifarArchive: "bytes" must be the bytes of a file/,
    );
    await expect(of({labels: 'fine'})).rejects.toThrow(
      /^cifarArchive: "labels" must be one of its/,
    );
  });

  it('names file and byte of what is garbled', async () => {
    const files = {...doubled, 'data_batch_2.bin': Uint8Array.of(...ten(2), ...ten(10))};
    await expect(cifarArchive(archive('c', files), {source: 'a.tar.gz'})).rejects.toThrow(
      'a.tar.gz: c/data_batch_2.bin: expected a label below 10 at byte 3073, found 10.',
    );
    const short = {...cifar10, 'test_batch.bin': ten(1).subarray(1)};
    await expect(cifarArchive(archive('c', short), {source: 'a'})).rejects.toThrow(
      'a: c/test_batch.bin: expected the end of a record of 3073 bytes at byte 3072',
    );
  });

  // The first two bytes of gzip are 1f 8b; those of a bare archive are of a name.
  it.each(['\x1fa', 'a\x8b', 'ċ'])(
    'reads a bare archive whose folder is named %j',
    async (folder) => {
      const bare = Uint8Array.from(gunzipSync(archive(folder, cifar10)));
      expect([...(await cifarArchive(bare)).test.labels]).toEqual([9]);
    },
  );

  it('finds the files at any depth, whatever else there is', async () => {
    const others = {
      'my_data_batch_3.bin': ten(7),
      'mytest_batch.bin': ten(7),
      'data_batch_x.bin': ten(7),
      '._data_batch_1.bin': ten(7),
    };
    for (const folder of ['.', 'a/b']) {
      const {train, test} = await cifarArchive(archive(folder, {...cifar10, ...others}));
      expect([...train.labels]).toEqual([1, 2, 3, 4, 6]);
      expect([...test.labels]).toEqual([9]);
    }
    const more = {
      'mytrain.bin': hundred(1, 1),
      'mytest.bin': hundred(1, 1),
      'train.bin.txt': ten(1),
    };
    const {train, test} = await cifarArchive(archive('.', {...hundreds, ...more}));
    expect([...train.labels, ...test.labels]).toEqual([42, 24]);
  });

  it('puts the training batches in the order of their numbers, wherever they are', async () => {
    const moved = {...without('data_batch_1.bin'), 'z/data_batch_1.bin': ten(1)};
    const {train} = await cifarArchive(archive('c', moved));
    expect([...train.labels]).toEqual([1, 2, 3, 4, 6]);
  });

  const batches = (names: string) =>
    'DataFormatError: a.tar: expected the training batches data_batch_1 to data_batch_5, each once ' +
    `at byte 0, found ${names}.`;
  const paths = (...numbers: number[]) => numbers.map((n) => `c/data_batch_${n}.bin`).join(', ');

  it('refuses training batches that are not all there, or there twice', async () => {
    expect(
      await messageOf(without('data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin')),
    ).toBe(batches(`${paths(1, 2)}, no data_batch_3, no data_batch_4, no data_batch_5`));
    expect(await messageOf(without('data_batch_1.bin'))).toBe(
      batches(`${paths(2, 3, 4, 5)}, no data_batch_1`),
    );
    expect(await messageOf({...cifar10, 'data_batch_6.bin': ten(6)})).toBe(
      batches(paths(1, 2, 3, 4, 5, 6)),
    );
    expect(await messageOf({...cifar10, 'd/data_batch_2.bin': ten(2)})).toBe(
      batches(`${paths(1, 2)}, c/d/data_batch_2.bin, ${paths(3, 4, 5)}`),
    );
  });

  it('refuses a file that is there twice under one name', async () => {
    const tar = Uint8Array.from(gunzipSync(archive('c', cifar10)));
    const end = tar.findLastIndex((byte) => byte !== 0);
    const blocks = tar.subarray(0, 512 * Math.ceil((end + 1) / 512));
    // The first file is data_batch_2.bin: a header and 3,073 bytes in blocks of 512.
    const twice = Uint8Array.of(...blocks.subarray(0, 512 * 8), ...blocks, ...new Uint8Array(1024));
    await expect(cifarArchive(twice, {source: 'a.tar'})).rejects.toThrow(
      batches(paths(1, 2, 2, 3, 4, 5)).slice('DataFormatError: '.length),
    );
  });

  it('refuses a training batch that was cut between two images', async () => {
    expect(await messageOf({...doubled, 'data_batch_4.bin': ten(4)})).toBe(
      'DataFormatError: a.tar: c/data_batch_4.bin: expected 2 images, as many as ' +
        'a.tar: c/data_batch_1.bin has at byte 3073, found the end of the file after 1.',
    );
  });

  it('refuses an archive with files of both sets', async () => {
    for (const more of [hundreds, {'train.bin': hundred(1, 1)}, {'x/test.bin': hundred(1, 1)}]) {
      const message = await messageOf({...cifar10, ...more});
      expect(message).toMatch(
        /^DataFormatError: a\.tar: expected an archive with either data_batch_1/,
      );
      for (const name of Object.keys({...without('batches.meta.txt'), ...more})) {
        expect(message).toContain(`c/${name}`);
      }
    }
    expect(await messageOf({...hundreds, 'data_batch_1.bin': ten(7)})).toMatch(
      /each once at byte 0, found c\/train\.bin, c\/test\.bin, c\/data_batch_1\.bin\.$/,
    );
  });

  it.each([
    [['data_batch_1.bin']],
    [['test_batch.bin']],
    [['train.bin']],
    [['data_batch_1.bin', 'a/test_batch.bin', 'b/test_batch.bin']],
    [['a/train.bin', 'b/train.bin', 'test.bin']],
    [['train.bin', 'a/test.bin', 'b/test.bin']],
  ])('refuses an archive of %j alone', async (names) => {
    const files = Object.fromEntries(names.map((name) => [name, ten(1)]));
    await expect(cifarArchive(archive('c', files), {source: 'a.tar'})).rejects.toThrow(
      'a.tar: expected an archive with either data_batch_1.bin, ... and test_batch.bin, or ' +
        `train.bin and test.bin, each once at byte 0, found ${names.map((name) => `c/${name}`).join(', ')}.`,
    );
  });

  it('refuses other archives, and bombs', async () => {
    await expect(cifarArchive(archive('c', {'a.txt': ten(1)}))).rejects.toThrow(
      /^CIFAR archive: expected an archive with either data_batch_1.bin, .* found no .bin file/,
    );
    await expect(cifarArchive(archive('c', {'test.bin': ten(1)}))).rejects.toThrow(
      /found c\/test.bin/,
    );
    const bomb = gzipSync(new Uint8Array(5e8), {level: 1});
    const before = process.memoryUsage().arrayBuffers;
    await expect(cifarArchive(bomb)).rejects.toThrow(/at most 368880000 bytes when decompressed/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4.5e8);
    await expect(cifarArchive(bomb, {maxBytes: 1e6})).rejects.toThrow(/at most 1000000/);
    await expect(cifarArchive(bomb, {labelSet: 'x' as 'fine'})).rejects.toThrow(/"labelSet"/);
  });
});
