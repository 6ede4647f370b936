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
  'data_batch_1.bin': Uint8Array.of(...ten(1), ...ten(5)),
  'batches.meta.txt': new Uint8Array(),
  'test_batch.bin': ten(9),
};

describe('cifarArchive', () => {
  it('reads CIFAR-10, compressed or not', async () => {
    const bytes = archive('cifar-10-batches-bin', cifar10);
    const {train, test} = await cifarArchive(bytes);
    expect([...train.labels]).toEqual([1, 5, 2]);
    expect([...test.labels]).toEqual([9]);
    expect(test.classNames?.[9]).toBe('truck');
    const plain = await cifarArchive(Uint8Array.from(gunzipSync(bytes)));
    expect(plain.train.labels).toEqual(train.labels);
  });

  it('reads CIFAR-100', async () => {
    const files = {'train.bin': hundred(3, 42), 'test.bin': hundred(4, 24)};
    const bytes = archive('cifar-100-binary', files);
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
    const files = {...cifar10, 'data_batch_2.bin': Uint8Array.of(...ten(2), ...ten(10))};
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
    };
    for (const folder of ['.', 'a/b']) {
      const {train, test} = await cifarArchive(archive(folder, {...cifar10, ...others}));
      expect([...train.labels]).toEqual([1, 5, 2]);
      expect([...test.labels]).toEqual([9]);
    }
    const hundreds = {'train.bin': hundred(3, 42), 'test.bin': hundred(4, 24)};
    const more = {
      'mytrain.bin': hundred(1, 1),
      'mytest.bin': hundred(1, 1),
      'train.bin.txt': ten(1),
    };
    // Without its test batch CIFAR-10 is not there.
    const lost = {'data_batch_1.bin': ten(7)};
    const {train, test} = await cifarArchive(archive('.', {...hundreds, ...more, ...lost}));
    expect([...train.labels, ...test.labels]).toEqual([42, 24]);
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
      'a.tar: expected an archive with data_batch_1.bin, ... and test_batch.bin, or train.bin and ' +
        `test.bin at byte 0, found ${names.map((name) => `c/${name}`).join(', ')}.`,
    );
  });

  it('refuses other archives, and bombs', async () => {
    await expect(cifarArchive(archive('c', {'a.txt': ten(1)}))).rejects.toThrow(
      /^CIFAR archive: expected an archive with data_batch_1.bin, .* found no .bin file/,
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
