import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {NPY_HEAD_BYTES, npyHeader, parseNpy} from '../../../src/data/archives/npy';
import {npyFile} from '../../support/archives';

const little = (values: number[], width: number) =>
  Uint8Array.from(
    values.flatMap((value) =>
      Array.from({length: width}, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn)),
    ),
  );

describe('parseNpy', () => {
  it.each([
    ['|u1', 1, [0, 7, 255]],
    ['|i1', 1, [-128, 7, 127]],
    ['<i2', 2, [-32768, 7, 32767]],
    ['<u2', 2, [0, 7, 65535]],
    ['<i4', 4, [-(2 ** 31), 7, 2 ** 31 - 1]],
    ['<u4', 4, [0, 7, 2 ** 31 - 1]],
    ['<i8', 8, [-(2 ** 31), 7, 2 ** 31 - 1]],
    ['<u8', 8, [0, 7, 2 ** 31 - 1]],
  ])('reads %s', (descr, width, values) => {
    const {shape, data, offsetOf} = parseNpy(
      npyFile(descr, '(3,)', little(values, width)),
      'a.npy',
    );
    expect(shape).toEqual([3]);
    expect([...data]).toEqual(values);
    expect([0, 2].map(offsetOf)).toEqual([128, 128 + 2 * width]);
  });

  it('reads shapes', () => {
    expect(parseNpy(npyFile('|u1', '(2, 3)', new Uint8Array(6)), 'a').shape).toEqual([2, 3]);
    expect(parseNpy(npyFile('|u1', '()', new Uint8Array(1)), 'a').shape).toEqual([]);
  });

  it('refuses what it cannot read', () => {
    const read = (bytes: Uint8Array) => () => parseNpy(bytes, 'a.npy');
    const two = new Uint8Array(2);
    expect(read(npyFile('<f4', '(1,)', new Uint8Array(4)))).toThrow(
      'a.npy: expected integers of at most 64 bits, little-endian at byte 10, found dtype <f4.',
    );
    expect(read(npyFile('>i2', '(1,)', two))).toThrow(/found dtype >i2/);
    expect(read(npyFile('|u1', '(2,)', two, 'True'))).toThrow(/rows stored one after another/);
    expect(read(npyFile('|u1', '(3,)', two))).toThrow(
      'a.npy: expected 3 values of 1 bytes for the shape [3] at byte 130, found 2 bytes.',
    );
    expect(read(npyFile('|u1', '(1,)', two))).toThrow(/at byte 129, found 2 bytes/);
    expect(read(npyFile('|u1', '(99999999999999999999, 99999999999)', two))).toThrow(
      /values of 1 byte/,
    );
    expect(read(npyFile('<i8', '(1,)', little([2 ** 31], 8)))).toThrow(
      /a value of at most 32 bits at byte 128, found 2147483648/,
    );
    expect(read(new Uint8Array(50))).toThrow(/the magic number of a .npy file at byte 0/);
    expect(read(npyFile('|u1', '(2,)', two).subarray(0, 40))).toThrow(
      /a header of 118 bytes at byte 40/,
    );
    expect(read(npyFile('|u1', '(2,)', two).subarray(0, 8))).toThrow(
      /the header of a .npy file at byte 8/,
    );
  });

  it('never throws anything else', () => {
    const intact = npyFile('<i4', '(2, 3)', new Uint8Array(24));
    fc.assert(
      fc.property(
        fc.nat(intact.length - 1),
        fc.nat(255),
        fc.nat(intact.length),
        (at, byte, length) => {
          const bytes = Uint8Array.from(intact.subarray(0, length));
          if (at < length) bytes[at] = byte;
          try {
            parseNpy(bytes, 'a');
          } catch (error) {
            expect((error as Error).name).toBe('DataFormatError');
          }
        },
      ),
      {numRuns: 300},
    );
  });
  it('says at which byte a value is that does not fit', () => {
    const file = npyFile('<i8', '(3,)', little([1, 2, 2 ** 31], 8));
    expect(() => parseNpy(file, 'a.npy')).toThrow(
      'a.npy: expected a value of at most 32 bits at byte 144, found 2147483648.',
    );
  });
});

describe('npyHeader', () => {
  const file = npyFile('<i4', '(2, 3)', new Uint8Array(24));

  it('needs the first bytes alone, and the length of the file', () => {
    const {shape, descr, offsetOf} = npyHeader(file.subarray(0, 130), file.length, 'a');
    expect([shape, descr, offsetOf(0), offsetOf(5)]).toEqual([[2, 3], '<i4', 128, 148]);
    expect(NPY_HEAD_BYTES).toBe(10 + 2 ** 16 - 1);
  });

  it('says where a file ends too early or too late', () => {
    for (const [size, offset] of [
      [151, 151],
      [153, 152],
      [1e9, 152],
    ] as const) {
      expect(() => npyHeader(file.subarray(0, 130), size, 'a')).toThrow(
        `a: expected 6 values of 4 bytes for the shape [2, 3] at byte ${offset}, found ${size - 128} bytes.`,
      );
    }
  });
});
