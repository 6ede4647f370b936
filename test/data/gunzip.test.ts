import {gzipSync} from 'node:zlib';

import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {gunzip} from '../../src/data/gunzip';

describe('gunzip', () => {
  it('gives back what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 3000}), async (bytes) => {
        expect(await gunzip(gzipSync(bytes))).toEqual(bytes);
      }),
      {numRuns: 20},
    );
  });

  it('reads a part of a larger buffer', async () => {
    const packed = gzipSync(Uint8Array.of(1, 2, 3));
    const buffer = new Uint8Array(packed.length + 8);
    buffer.set(packed, 5);
    expect(await gunzip(buffer.subarray(5, 5 + packed.length))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('refuses what is no gzip file', async () => {
    await expect(gunzip(Uint8Array.of(0, 0, 8, 3))).rejects.toThrow(
      'gzip data: expected the magic number of a gzip file, 0x1f8b at byte 0, found 0x0000.',
    );
    await expect(gunzip(Uint8Array.of(0x1f, 0), 'a.gz')).rejects.toThrow(/^a.gz: .* found 0x1f00/);
    await expect(gunzip(Uint8Array.of())).rejects.toThrow(/found 0x\.$/);
  });

  it('refuses a file that is cut short or changed', async () => {
    const packed = gzipSync(Uint8Array.from({length: 500}, (_, i) => (i * i) % 251));
    for (const length of [2, 9, 30, packed.length - 9, packed.length - 1]) {
      await expect(gunzip(packed.subarray(0, length), 'a.gz'), `${length}`).rejects.toMatchObject({
        name: 'DataFormatError',
        source: 'a.gz',
        offset: length,
        expected: 'an intact gzip stream up to its end',
      });
    }
    const changed = Uint8Array.from(packed);
    const checksum = changed.length - 6;
    changed[checksum] = 255 - (changed[checksum] as number);
    await expect(gunzip(changed)).rejects.toThrow(/found a broken one \(.+\)\.$/);
  });
});
