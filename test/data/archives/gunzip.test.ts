import {randomBytes} from 'node:crypto';
import {gzipSync} from 'node:zlib';

import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {gunzip, gunzipHead, gunzipWithin} from '../../../src/data/archives/gunzip';

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

  it('stops at its bound: a bomb of 100 MB', async () => {
    const bomb = gzipSync(new Uint8Array(1e8));
    expect(bomb.length).toBeLessThan(1e5);
    const before = process.memoryUsage().arrayBuffers;
    await expect(gunzip(bomb, 'a.gz', {maxBytes: 1e6})).rejects.toThrow(
      `a.gz: expected the end of a gzip stream of at most 1000000 bytes when decompressed at byte ` +
        `${bomb.length}, found more.`,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e7);
    expect(await gunzip(gzipSync(new Uint8Array(1000)), 'a', {maxBytes: 1000})).toHaveLength(1000);
    await expect(gunzip(gzipSync(new Uint8Array(1001)), 'a', {maxBytes: 1000})).rejects.toThrow();
    await expect(gunzip(bomb, 'a.gz', {maxBytes: -1})).rejects.toThrow(/^gunzip: "maxBytes"/);
  });

  it('takes a bound from the first bytes of the content', async () => {
    const packed = gzipSync(Uint8Array.from({length: 5000}, (_, i) => i % 256));
    const heads: number[] = [];
    const limitOf = (head: Uint8Array) => {
      heads.push(head.length, head[7] as number);
      return 4999;
    };
    await expect(gunzipWithin(packed, 'a.gz', limitOf)).rejects.toThrow(/at most 4999/);
    expect(heads).toEqual([1024, 7]);
    expect(await gunzipWithin(gzipSync(Uint8Array.of(1)), 'a', () => 1)).toEqual(Uint8Array.of(1));
  });
  it('does not unpack what lies beyond its bound', async () => {
    // Random bytes, so that the end is far away; it is wrong there, which nobody gets to see.
    const packed = Uint8Array.from(gzipSync(randomBytes(1e6)));
    packed[packed.length - 6] = 255 - (packed[packed.length - 6] as number);
    await expect(gunzip(packed, 'a.gz')).rejects.toThrow(/found a broken one/);
    await expect(gunzip(packed, 'a.gz', {maxBytes: 2000})).rejects.toThrow(/of at most 2000 bytes/);
  });
});

describe('gunzipHead', () => {
  it('gives the first bytes, or all that there are', async () => {
    const content = Uint8Array.from({length: 200_000}, (_, i) => (i * i) % 251);
    const packed = gzipSync(content);
    for (const length of [0, 1, 70_000, 200_000, 300_000]) {
      expect(
        Buffer.compare(await gunzipHead(packed, 'a', length), content.subarray(0, length)),
      ).toBe(0);
    }
  });

  it('unpacks no more than it needs', async () => {
    const bomb = gzipSync(new Uint8Array(1e8), {level: 1});
    const before = process.memoryUsage().arrayBuffers;
    expect(await gunzipHead(bomb, 'a', 1000)).toEqual(new Uint8Array(1000));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
  });

  it('refuses a stream that ends before', async () => {
    const packed = gzipSync(randomBytes(1000));
    await expect(gunzipHead(packed.subarray(0, 500), 'a.gz', 900)).rejects.toThrow(
      /^a\.gz: expected an intact gzip stream up to its end at byte 500/,
    );
  });
});
