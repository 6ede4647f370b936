import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {cifarDataset} from '../../src/data/cifar';
import {cifarNpz} from '../../src/data/cifarNpz';
import golden from '../golden/image-files.json';
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
});
