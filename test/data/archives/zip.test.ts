import {describe, expect, it} from 'vitest';

import {parseZip} from '../../../src/data/archives/zip';
import golden from '../../golden/image-files.json';
import {deflatedZip, storedZip} from '../../support/archives';

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

const stored = (content: Uint8Array, comment = '') => storedZip({'a.bin': content}, comment);

describe('parseZip', () => {
  // Without compression deflate has blocks of at most 65535 bytes.
  it.each([0, 1, 65_535, 65_536, 131_070, 131_071, 200_000])(
    'unpacks %i bytes that are not compressed',
    async (length) => {
      const content = Uint8Array.from({length}, (_, i) => (i * 7 + (i >> 8)) % 251);
      const entries = parseZip(stored(content), 'a.zip', 1e6);
      expect(entries.map(({name, size}) => [name, size])).toEqual([['a.bin', length]]);
      const unpacked = await entries[0]!.unpack();
      expect(Buffer.compare(unpacked, content)).toBe(0);
    },
  );

  it('gives the first bytes without the others, stored or deflated', async () => {
    const content = Uint8Array.from({length: 1000}, (_, i) => (i * 7) % 251);
    for (const pack of [storedZip, deflatedZip]) {
      const [entry] = parseZip(pack({'a.bin': content}), 'a.zip', 1e6);
      for (const length of [0, 1, 999, 1000, 5000]) {
        expect(Buffer.from(await entry!.head(length))).toEqual(
          Buffer.from(content.subarray(0, length)),
        );
      }
      expect(await entry!.unpack()).toEqual(content);
    }
    const broken = stored(content);
    broken[0] = 0;
    const [entry] = parseZip(broken, 'a.zip', 1e6);
    await expect(entry!.head(1)).rejects.toThrow(
      'a.zip: expected a.bin, 1000 bytes with its header at byte 0, found something else.',
    );
  });

  it('finds its directory before the longest comment that there can be', async () => {
    const content = Uint8Array.of(1, 2, 3);
    for (const length of [1, 65_535]) {
      const [entry] = parseZip(stored(content, 'c'.repeat(length)), 'a.zip', 10);
      expect(await entry!.unpack()).toEqual(content);
    }
  });

  it.each(['cifar10', 'cifar100'] as const)('unpacks what NumPy packed: %s', async (name) => {
    const bytes = bytesOf(golden.arrays[name]);
    const entries = parseZip(bytes, 'a.npz', 1e6);
    expect(entries.map((entry) => entry.name).sort()).toEqual(
      name === 'cifar10'
        ? ['data.npy', 'labels.npy']
        : ['coarse_labels.npy', 'data.npy', 'fine_labels.npy'],
    );
    const data = await entries.find((entry) => entry.name === 'data.npy')!.unpack();
    expect(data).toHaveLength(2 * 3072 + 128);
    expect([...data.subarray(128, 133)]).toEqual(golden.arrays.first);
    expect(data[data.length - 1]).toBe(((2 * 3072 - 1) * 7) % 251);
  });

  it('refuses what is larger than allowed, before it unpacks it', () => {
    const bytes = bytesOf(golden.arrays.cifar10);
    expect(() => parseZip(bytes, 'a.npz', 6000)).toThrow(
      /^a.npz: expected the size of data.npy, at most 6000 at byte \d+, found 6272\.$/,
    );
  });

  it('unpacks no more than the directory says', async () => {
    const bytes = bytesOf(golden.arrays.cifar10);
    const view = new DataView(bytes.buffer);
    const directory = bytes.findIndex(
      (_, i) => i < bytes.length - 4 && view.getUint32(i, true) === 0x02014b50,
    );
    view.setUint32(directory + 24, 100, true);
    const [first] = parseZip(bytes, 'a.npz', 1e6);
    await expect(first!.unpack()).rejects.toThrow(
      /of at most 100 bytes when decompressed|broken one/,
    );
  });

  it('sees changed content by its checksum, and a file that is cut short', async () => {
    for (const name of ['cifar10', 'cifar100'] as const) {
      const bytes = bytesOf(golden.arrays[name]);
      const changed = Uint8Array.from(bytes);
      changed[200] = 255 - (changed[200] as number);
      const [first] = parseZip(changed, 'a.npz', 1e6);
      await expect(first!.unpack()).rejects.toThrow(/^a.npz: \w+.npy: expected an intact gzip/);
      expect(() => parseZip(bytes.subarray(0, bytes.length - 30), 'a.npz', 1e6)).toThrow(
        /^a.npz: expected the directory of a zip archive/,
      );
    }
  });
});
