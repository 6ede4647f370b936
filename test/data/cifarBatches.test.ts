import {describe, expect, it} from 'vitest';

import {batchNumber, checkBatchNames, checkBatchSizes} from '../../src/data/cifarBatches';

const five = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);

describe('batchNumber', () => {
  it.each([
    ['data_batch_1.bin', 1],
    ['a/b/data_batch_5.bin', 5],
    ['a\\data_batch_2.bin', 2],
    ['data_batch_3.bin.gz', 3],
    ['data_batch_4.npz', 4],
    ['DATA_BATCH_2.BIN', 2],
    ['data_batch_10.bin', 10],
    ['my_data_batch_1.bin', undefined],
    ['._data_batch_1.bin', undefined],
    ['data_batch_1.bin.old', undefined],
    ['data_batch_x.bin', undefined],
    ['data_batch_1.bin/a.bin', undefined],
    ['test_batch.bin', undefined],
  ])('%s: %s', (name, number) => {
    expect(batchNumber(name)).toBe(number);
  });
});

describe('checkBatchNames', () => {
  const messageOf = (...names: string[]): string => {
    try {
      checkBatchNames('a', names);
    } catch (error) {
      return String(error);
    }
    return 'none';
  };

  it('takes all five, in any order, with other files, and none', () => {
    expect(messageOf(...five)).toBe('none');
    expect(messageOf('x.bin', ...[...five].reverse(), 'test_batch.bin')).toBe('none');
    expect(messageOf('x.bin', 'train.bin')).toBe('none');
    expect(messageOf()).toBe('none');
  });

  it.each([1, 2, 3, 4, 5])('names the batch that is missing: %d', (number) => {
    const others = five.filter((name) => batchNumber(name) !== number);
    expect(messageOf(...others)).toBe(
      'DataFormatError: a: expected the training batches data_batch_1 to data_batch_5, each once at ' +
        `byte 0, found ${others.join(', ')}, no data_batch_${number}.`,
    );
  });

  it('refuses one that is there twice, or that there is not', () => {
    expect(messageOf(...five, 'data_batch_2.bin.gz')).toMatch(/found .*, data_batch_2\.bin\.gz\.$/);
    expect(messageOf(...five, 'data_batch_6.bin')).toMatch(/found .*, data_batch_6\.bin\.$/);
    expect(messageOf(...five.slice(1), 'data_batch_2.npz')).toMatch(/, no data_batch_1\.$/);
  });
});

describe('checkBatchSizes', () => {
  const file = (source: string, count: number) => ({source, count, bytes: 10 * count});

  it('takes batches of one size, and other files of any', () => {
    checkBatchSizes([]);
    checkBatchSizes([file('data_batch_1.bin', 3), file('data_batch_2.bin', 3), file('x.bin', 9)]);
    checkBatchSizes([file('x.bin', 9), file('train.bin', 3)]);
  });

  it('names the first that is shorter, and where it ends', () => {
    expect(() => {
      checkBatchSizes([
        ...[file('x.bin', 99), file('a/data_batch_1.bin', 4), file('a/data_batch_2.bin', 5)],
        file('a/data_batch_3.bin', 3),
      ]);
    }).toThrow(
      'a/data_batch_1.bin: expected 5 images, as many as a/data_batch_2.bin has at byte 40, found ' +
        'the end of the file after 4.',
    );
  });
});
