import {join} from 'node:path';

import {describe, expect, it} from 'vitest';

import {isGzip, readArrays, readCifar} from '../../src/node/readCifar';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';

// What a whole folder gives is tested in readDataset.test.ts.
const record = (label: number) => Uint8Array.of(label, ...new Uint8Array(3072));
const npz = Uint8Array.from(Buffer.from(golden.arrays.cifar10, 'base64'));
const files = {'a.bin': record(1), 'b.bin': record(2), 'a.npz': npz};
const settings = {labelSet: 'fine', storage: 'memory'} as const;

describe('readCifar and readArrays', () => {
  it('join files in the order of the list', async () => {
    await withFolder(files, async (folder) => {
      const path = (name: string) => join(folder, name);
      const {labels} = await readCifar([path('b.bin'), path('a.bin')], settings);
      expect([...labels]).toEqual([2, 1]);
      expect([...(await readArrays([path('a.npz')], settings)).labels]).toEqual([3, 9]);
    });
  });

  it('refuse a file that is listed twice', async () => {
    await withFolder(files, async (folder) => {
      const twice = (name: string) => [
        join(folder, name),
        join(folder, 'b.bin'),
        join(folder, name),
      ];
      await expect(readCifar(twice('a.bin'), settings)).rejects.toThrow(/one: a\.bin and a\.bin\./);
      await expect(readCifar(['a.bin', 'a.bin.gz'], settings)).rejects.toThrow(
        /two for one: a\.bin and a\.bin\.gz\./,
      );
      await expect(readArrays(twice('a.npz'), settings)).rejects.toThrow(
        /one: a\.npz and a\.npz\./,
      );
    });
  });
});

describe('isGzip', () => {
  it('goes by the ending', () => {
    expect(['a.gz', 'A.GZ', 'a.gz.bin', 'gz'].map(isGzip)).toEqual([true, true, false, false]);
  });
});
