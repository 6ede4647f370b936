import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {cifarDataset} from '../../src/data/cifar';
import {cifarNpz} from '../../src/data/cifarNpz';
import golden from '../golden/image-files.json';
import {deflatedZip, npyFile, storedZip} from '../support/archives';
import {numbers} from '../support/tensors';

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const ten = bytesOf(golden.arrays.cifar10);
const hundred = bytesOf(golden.arrays.cifar100);

// The arrays of the fixture in CIFAR's binary form.
const pixels = (image: number) =>
  Array.from({length: 3072}, (_, i) => ((image * 3072 + i) * 7) % 251);

describe('cifarNpz', () => {
  it('is the dataset of the binary form', async () => {
    const data = await cifarNpz(ten);
    const binary = cifarDataset(Uint8Array.of(3, ...pixels(0), 9, ...pixels(1)), {classes: 10});
    expect(data.labels).toEqual(binary.labels);
    expect(data.numClasses).toBe(10);
    expect(data.classNames?.[9]).toBe('truck');
    tf.tidy(() => {
      expect(numbers(data.batch([1, 0]).x)).toEqual(numbers(binary.batch([1, 0]).x));
    });
  });

  it('has both labels of CIFAR-100', async () => {
    const fine = await cifarNpz(hundred);
    expect([...fine.labels, fine.numClasses]).toEqual([99, 5, 100]);
    const coarse = await cifarNpz(hundred, {labelSet: 'coarse'});
    expect([...coarse.labels, coarse.numClasses]).toEqual([19, 0, 20]);
    tf.tidy(() => {
      expect(numbers(fine.batch([0]).x).slice(0, 2)).toEqual(
        [0, 1024].map((i) => Math.fround(pixels(0)[i]! / 255)),
      );
    });
  });

  it('refuses other archives', async () => {
    await expect(cifarNpz(new Uint8Array(30))).rejects.toThrow(
      /^CIFAR npz: expected the directory/,
    );
    await expect(cifarNpz(ten, {labelSet: 'all' as 'fine'})).rejects.toThrow(/"labelSet"/);
    const renamed = Uint8Array.from(ten);
    const at = Buffer.from(ten).lastIndexOf('labels.npy');
    renamed[at] = 'L'.charCodeAt(0);
    await expect(cifarNpz(renamed, {source: 'a.npz'})).rejects.toThrow(
      'a.npz: expected arrays named data and labels (or fine_labels) at byte 0, found data.npy, ' +
        'Labels.npy.',
    );
  });

  const row = 3072;
  const data = npyFile('|u1', '(2, 3072)', new Uint8Array(2 * row));
  const labels = npyFile('|u1', '(2,)', [9, 0]);
  const messageOf = (files: Record<string, Uint8Array>, options = {}) =>
    cifarNpz(storedZip(files), {source: 'a.npz', ...options}).then(
      () => 'none',
      (error: unknown) => String(error),
    );

  it.each<[string, Uint8Array, string]>([
    [
      'integers',
      npyFile('<i2', '(2, 3072)', new Uint8Array(4 * row)),
      'integers of shape (2, 3072)',
    ],
    [
      'four axes',
      npyFile('|u1', '(2, 32, 32, 3)', new Uint8Array(2 * row)),
      'bytes of shape (2, 32, 32, 3)',
    ],
    [
      'three axes, the second of 3072',
      npyFile('|u1', '(2, 3072, 1)', new Uint8Array(2 * row)),
      'bytes of shape (2, 3072, 1)',
    ],
    [
      'rows of another length',
      npyFile('|u1', '(2, 3071)', new Uint8Array(2 * row - 2)),
      'bytes of shape (2, 3071)',
    ],
    ['no image', npyFile('|u1', '(0, 3072)', []), 'bytes of shape (0, 3072)'],
  ])('refuses images that are %s', async (_name, images, found) => {
    expect(await messageOf({'data.npy': images, 'labels.npy': labels})).toBe(
      `DataFormatError: a.npz: data.npy: expected bytes of shape (images, 3072) at byte 0, found ${found}.`,
    );
  });

  it.each([
    ['(3,)', [0, 1, 2], 'shape (3)'],
    ['(2, 1)', [0, 1], 'shape (2, 1)'],
    ['()', [0], 'shape ()'],
  ])('refuses labels of shape %s', async (shape, values, found) => {
    expect(await messageOf({'data.npy': data, 'labels.npy': npyFile('|u1', shape, values)})).toBe(
      'DataFormatError: a.npz: labels.npy: expected labels of shape (2,), one for each image at ' +
        `byte 0, found ${found}.`,
    );
  });

  it.each(['labels', 'data'])('unpacks no array before the shapes agree: %s', async (large) => {
    const count = 20_000_000;
    const zeros = new Uint8Array(count);
    const files = {
      'data.npy': large === 'data' ? npyFile('|u1', `(${count},)`, zeros) : data,
      'labels.npy': large === 'labels' ? npyFile('|i1', `(${count},)`, zeros) : labels,
    };
    const bomb = deflatedZip(files);
    expect(bomb.length).toBeLessThan(50_000);
    const before = process.memoryUsage().arrayBuffers;
    await expect(cifarNpz(bomb)).rejects.toThrow(
      large === 'labels'
        ? `labels.npy: expected labels of shape (2,), one for each image at byte 0, found shape (${count}).`
        : `data.npy: expected bytes of shape (images, 3072) at byte 0, found bytes of shape (${count}).`,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e6);
  });

  it('reads arrays that are deflated, with wide labels', async () => {
    const wide = npyFile('<i8', '(2,)', [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    const {labels: read} = await cifarNpz(deflatedZip({'data.npy': data, 'labels.npy': wide}));
    expect([...read]).toEqual([7, 1]);
  });

  it('refuses the first label that is no class, and takes the last class', async () => {
    const of = (values: number[], options = {}) => {
      const bytes = npyFile('|i1', '(2,)', values);
      return messageOf(
        {'data.npy': data, 'coarse_labels.npy': bytes},
        {labelSet: 'coarse', ...options},
      );
    };
    const wrong = (offset: number, found: number) =>
      'DataFormatError: a.npz: coarse_labels.npy: expected a label from 0 to 19 at ' +
      `byte ${offset}, found ${found}.`;
    expect(await of([19, 0])).toBe('none');
    expect(await of([20, 0])).toBe(wrong(128, 20));
    expect(await of([19, -1])).toBe(wrong(129, -1));
    expect(await messageOf({'data.npy': data, 'labels.npy': npyFile('|u1', '(2,)', [9, 10])})).toBe(
      'DataFormatError: a.npz: labels.npy: expected a label from 0 to 9 at byte 129, found 10.',
    );
    const wide = npyFile('<i4', '(2,)', [9, 0, 0, 0, 1, 1, 0, 0]);
    expect(await messageOf({'data.npy': data, 'labels.npy': wide})).toBe(
      'DataFormatError: a.npz: labels.npy: expected a label from 0 to 9 at byte 132, found 257.',
    );
  });

  it('says which arrays there are', async () => {
    const expected = (name: string) =>
      `DataFormatError: a.npz: expected arrays named data and labels (or ${name}) at byte 0, found `;
    expect(await messageOf({})).toBe(`${expected('fine_labels')}no array.`);
    expect(await messageOf({'data.npy': data}, {labelSet: 'coarse'})).toBe(
      `${expected('coarse_labels')}data.npy.`,
    );
    expect(await messageOf({'labels.npy': labels})).toBe(`${expected('labels')}labels.npy.`);
    expect(await messageOf({'data.npy': data, 'fine_labels.npy': labels})).toBe('none');
  });

  it('refuses what is no file, and options of other functions', async () => {
    await expect(cifarNpz([] as unknown as Uint8Array)).rejects.toThrow(
      /^cifarNpz: "bytes" must be the bytes of a file/,
    );
    await expect(cifarNpz(ten, {classes: 10} as object)).rejects.toThrow(
      /^cifarNpz: "classes" must be one of its/,
    );
    // Before the file is read: it may be large.
    await expect(cifarNpz(new Uint8Array(30), {labelSet: 'x' as 'fine'})).rejects.toThrow(
      /^cifarNpz: "labelSet" must be "fine" or "coarse", found "x"/,
    );
  });
});
