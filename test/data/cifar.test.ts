import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';

import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {CIFAR_MAX_BYTES, cifarDataset} from '../../src/data/cifar';
import {classCounts} from '../../src/samplers/classCounts';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';
import {numbers} from '../support/tensors';

/** A file of records with these label bytes; the pixels are a fixed pattern. */
const cifar = (labels: readonly (readonly number[])[], salt = 0): Uint8Array => {
  const records = labels.map((bytes, record) => [
    ...bytes,
    ...Array.from({length: 3072}, (_, i) => (i * 7 + (i >> 8) + record * 31 + salt) % 256),
  ]);
  return Uint8Array.from(records.flat());
};

describe('cifarDataset', () => {
  it('reads planes into pixels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), {minLength: 1, maxLength: 3}),
        fc.nat(255),
        fc.nat(31),
        fc.nat(31),
        fc.nat(2),
        (labels, salt, row, column, channel) => {
          const bytes = cifar(
            labels.map((label) => [label]),
            salt,
          );
          const data = cifarDataset(bytes, {classes: 10});
          expect([...data.labels]).toEqual(labels);
          expect(data.numClasses).toBe(10);
          tf.tidy(() => {
            const last = labels.length - 1;
            const {x} = data.batch([last]);
            expect(x.shape).toEqual([1, 32, 32, 3]);
            const byte = bytes[last * 3073 + 1 + channel * 1024 + row * 32 + column] as number;
            expect(numbers(x)[(row * 32 + column) * 3 + channel]).toBe(Math.fround(byte / 255));
          });
        },
      ),
      {numRuns: 30},
    );
  });

  it('reads both labels of CIFAR-100', () => {
    const bytes = cifar([
      [19, 99],
      [0, 5],
    ]);
    const fine = cifarDataset(bytes, {classes: 100});
    expect([fine.numClasses, ...fine.labels]).toEqual([100, 99, 5]);
    const coarse = cifarDataset(bytes, {classes: 100, labelSet: 'coarse'});
    expect([coarse.numClasses, ...coarse.labels]).toEqual([20, 19, 0]);
    tf.tidy(() => {
      const values = numbers(fine.batch([1]).x).slice(0, 3);
      const planes = [2, 1026, 2050].map((i) => Math.fround((bytes[3074 + i] as number) / 255));
      expect(values).toEqual(planes);
      expect(numbers(coarse.batch([1]).x).slice(0, 3)).toEqual(planes);
    });
  });

  it('ignores labelSet for CIFAR-10', () => {
    expect(cifarDataset(cifar([[9]]), {classes: 10, labelSet: 'coarse'}).numClasses).toBe(10);
  });

  it('says where a file is cut short or garbled', () => {
    const two = cifar([[1], [2]]);
    const read = (bytes: Uint8Array, classes: 10 | 100 = 10) =>
      cifarDataset(bytes, {classes, source: 'a.bin'});
    expect(() => read(two.subarray(0, 3074))).toThrow(
      'a.bin: expected the end of a record of 3073 bytes at byte 3074, ' +
        'found the end of the file after 1 of them.',
    );
    expect(() => read(two.subarray(0, 6145))).toThrow(/at byte 6145, .* after 3072 of them/);
    expect(() => read(two.subarray(0, 0))).toThrow(/at byte 0, found the end of the file after 0/);
    expect(() => read(two, 100)).toThrow(/a record of 3074 bytes/);
    expect(() => read(cifar([[1], [10]]))).toThrow(
      'a.bin: expected a label below 10 at byte 3073, found 10.',
    );
  });

  it.each(['fine', 'coarse'] as const)('checks both labels of CIFAR-100, for %s', (labelSet) => {
    const read = (...labels: (readonly [number, number])[]) =>
      cifarDataset(cifar(labels), {classes: 100, labelSet});
    expect(() => read([0, 100])).toThrow(
      'CIFAR data: expected a fine label below 100 at byte 1, found 100.',
    );
    expect(() => read([19, 99], [20, 0])).toThrow(
      'CIFAR data: expected a coarse label below 20 at byte 3074, found 20.',
    );
  });

  it('allows a file twice what 60,000 images with two labels take', () => {
    expect(CIFAR_MAX_BYTES).toBe(2 * 60_000 * 3074);
  });

  it('refuses unknown sets', () => {
    const bytes = cifar([[1]]);
    expect(() => cifarDataset(bytes, {classes: 20 as 10})).toThrow(
      /^cifarDataset: "classes" must be 10 or 100, found 20\./,
    );
    expect(() => cifarDataset(bytes, {} as {classes: 10})).toThrow(/"classes" .* found undefined/);
    expect(() => cifarDataset(bytes, {classes: 100, labelSet: 'all' as 'fine'})).toThrow(
      /"labelSet" must be "fine" or "coarse", found "all"/,
    );
    expect(() => cifarDataset(bytes, {classes: 10, label: 'fine'} as {classes: 10})).toThrow(
      /^cifarDataset: "label" /,
    );
  });
});

const shared = fileURLToPath(new URL('../../../shared/data/cifar10-lt/', import.meta.url));
describe.skipIf(!existsSync(shared))('../shared/data/cifar10-lt', () => {
  it('has the counts of CIFAR-10-LT, IR 50', () => {
    const bytes = gunzipSync(readFileSync(`${shared}cifar10_lt_ir50_train.bin.gz`));
    const data = cifarDataset(bytes, {classes: 10});
    expect(classCounts(data.labels, 10)).toEqual(
      longTailedCounts({maxCount: 5000, numClasses: 10, imbalanceRatio: 50}),
    );
  });
});
