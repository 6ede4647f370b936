import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {arrayDataset, type ArrayDatasetOptions} from '../../src/data/arrayDataset';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('arrayDataset', () => {
  it('gives the chosen examples, in order, as floats from 0 to 1', () => {
    const data = arrayDataset(bytes(0, 51, 255, 102, 204, 1), [0, 2, 1], {shape: [1, 2, 1]});
    expect(data.numClasses).toBe(3);
    expect(data.labels).toEqual(Int32Array.of(0, 2, 1));
    const {x, labels} = data.batch([2, 0, 2]);
    expect(x.shape).toEqual([3, 1, 2, 1]);
    expect(x.dtype).toBe('float32');
    expect(labels.dtype).toBe('int32');
    expect(numbers(labels)).toEqual([1, 0, 1]);
    expect(numbers(x)).toEqual([204, 1, 0, 51, 204, 1].map((v) => Math.fround(v / 255)));
    tf.dispose({x, labels});
  });

  it('keeps bytes as bytes: none is copied', () => {
    const pixels = bytes(0, 255);
    const data = arrayDataset(pixels, [0, 1], {shape: [1, 1, 1]});
    pixels[0] = 255;
    const {x, labels} = data.batch([0]);
    expect(numbers(x)).toEqual([1]);
    tf.dispose({x, labels});
  });

  it('copies the labels', () => {
    const labels = [0, 1];
    const data = arrayDataset(bytes(0, 0), labels, {shape: [1, 1, 1]});
    labels[0] = 7;
    expect(data.labels).toEqual(Int32Array.of(0, 1));
  });

  it('divides by scale: 255 for bytes, 1 for floats, unless told', () => {
    const first = (pixels: Uint8Array | Float32Array, scale?: number) =>
      tf.tidy(() => numbers(arrayDataset(pixels, [0], {shape: [1, 1, 2], scale}).batch([0]).x));
    expect(first(bytes(8, 16), 16)).toEqual([0.5, 1]);
    expect(first(Float32Array.of(0.25, 1))).toEqual([0.25, 1]);
    expect(first(Float32Array.of(0, 4), 8)).toEqual([0, 0.5]);
    // Rounding past the end is no mistake of the caller.
    expectClose(first(Float32Array.of(-5e-7, 1 + 5e-7)), [0, 1], 1e-6);
  });

  it('reads back what was put in, whatever the shape', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({min: 1, max: 4}), fc.integer({min: 1, max: 4}), fc.constantFrom(1, 3)),
        fc.integer({min: 1, max: 5}),
        fc.nat(255),
        async (shape, count, salt) => {
          const size = shape[0] * shape[1] * shape[2];
          const pixels = Uint8Array.from({length: size * count}, (_, i) => (i * 37 + salt) % 256);
          const data = arrayDataset(pixels, new Uint8Array(count), {shape});
          await expectNoLeak(() => {
            const all = data.batch(Int32Array.from({length: count}, (_, i) => i));
            expect(all.x.shape).toEqual([count, ...shape]);
            expect(numbers(all.x).map((v) => Math.round(v * 255))).toEqual([...pixels]);
            tf.dispose({...all});
          });
        },
      ),
      {numRuns: 20},
    );
  });

  it('gives an empty batch for no indices', () => {
    const {x, labels} = arrayDataset(bytes(1, 2), [0], {shape: [2, 1, 1]}).batch([]);
    expect(x.shape).toEqual([0, 2, 1, 1]);
    expect(labels.shape).toEqual([0]);
    tf.dispose({x, labels});
  });

  it('takes the number of classes', () => {
    const numClasses = (labels: number[], given?: number) =>
      arrayDataset(bytes(0, 0), labels, {shape: [1, 1, 1], numClasses: given}).numClasses;
    expect(numClasses([0, 0])).toBe(1);
    expect(numClasses([3, 0])).toBe(4);
    expect(numClasses([3, 0], 9)).toBe(9);
  });

  it.each<[string, Uint8Array | Float32Array, number[], Partial<ArrayDatasetOptions>, RegExp]>([
    ['no example', bytes(), [], {}, /"labels" must have at least one entry/],
    ['a label too few', bytes(1, 2), [0], {}, /"pixels" must have 1 values, 1 for each of the 1/],
    ['a pixel too few', bytes(1), [0, 0], {}, /"pixels" must have 2 values, .* found 1\. Check/],
    ['negative label', bytes(1), [-1], {}, /"labels" must be integers in \[0, 1\), found -1/],
    ['half label', bytes(1, 1), [2, 0.5], {}, /"labels" .* \[0, 3\), found 0.5 at position 1/],
    ['label too large', bytes(1), [3], {numClasses: 3}, /"labels" .* found 3 at position 0/],
    ['scale of 0', bytes(1), [0], {scale: 0}, /"scale" must be a finite number > 0, found 0/],
    ['too bright', bytes(1, 17), [0, 0], {scale: 16}, /"pixels" .* \[0, 16\], found 17 at .* 1/],
    ['floats to 255', Float32Array.of(200), [0], {}, /\[0, 1\], found 200 at .* Set scale/],
    ['negative float', Float32Array.of(-0.1), [0], {}, /"pixels" must lie in \[0, 1\]/],
    ['NaN', Float32Array.of(0, NaN), [0, 0], {}, /found NaN at position 1/],
    ['rank 2', bytes(1), [0], {shape: [1, 1] as never}, /"shape" must be .* found \[1, 1\]/],
    ['rank 4', bytes(1), [0], {shape: [1, 1, 1, 1] as never}, /"shape"/],
    ['no shape', bytes(1), [0], {shape: undefined as never}, /"shape" must be .*, found undefined/],
    ['empty axis', bytes(1), [0], {shape: [1, 0, 1]}, /"shape\[1\]" must be an integer >= 1/],
    ['half axis', bytes(1), [0], {shape: [1, 1, 0.5]}, /"shape\[2\]"/],
    ['an array', [1] as never, [0], {}, /"pixels" must be a Uint8Array .*, found \[1\]/],
    ['nested arrays', [[1]] as never, [0], {}, /nested arrays use asDataset/],
    ['other type', Int16Array.of(1) as never, [0], {}, /found Int16Array of 1/],
  ])('refuses %s', (_name, pixels, labels, change, message) => {
    const make = () => arrayDataset(pixels, labels, {shape: [1, 1, 1], ...change});
    expect(make).toThrow(message);
    expect(make).toThrow(/^arrayDataset: /);
  });

  it.each([
    [[4], 'For rows of features use asDataset({x, labels}), x a tensor [n, features].'],
    [[2, 2], 'For grey images add a 1: [height, width, 1].'],
    [[1, 2, 2, 1], 'Leave the number of examples out.'],
    [[], 'For anything but images use asDataset({x, labels}).'],
    [[1, 1, 1, 1, 1], 'For anything but images use asDataset({x, labels}).'],
  ])('says what to do about the shape %j', (shape, remedy) => {
    expect(() => arrayDataset(bytes(1), [0], {shape: shape as never})).toThrow(
      'arrayDataset: "shape" must be [height, width, channels] of one example, found ',
    );
    expect(() => arrayDataset(bytes(1), [0], {shape: shape as never})).toThrow(remedy);
  });

  it.each<[unknown, string]>([
    [Float64Array.of(1), 'Convert it with Float32Array.from(pixels).'],
    [Uint8ClampedArray.of(1), 'For canvas pixels use new Uint8Array(image.data).'],
    [
      [1],
      'Make one: new Uint8Array(pixels) of bytes, new Float32Array(pixels) of floats from 0 to 1.',
    ],
    [[[1]], 'For tensors and nested arrays use asDataset({x, labels}).'],
    [Int16Array.of(1), 'Bytes from 0 to 255, or floats from 0 to 1.'],
    ['a', 'Bytes from 0 to 255, or floats from 0 to 1.'],
    [undefined, 'Bytes from 0 to 255, or floats from 0 to 1.'],
  ])('says what to make of the pixels %s', (pixels, remedy) => {
    const make = () => arrayDataset(pixels as Uint8Array, [0], {shape: [1, 1, 1]});
    expect(make).toThrow(/^arrayDataset: "pixels" must be a Uint8Array or a Float32Array, found /);
    expect(make).toThrow(remedy);
  });

  it('sends tensors elsewhere', () => {
    tf.tidy(() => {
      const pixels = tf.zeros([1]) as unknown as Uint8Array;
      expect(() => arrayDataset(pixels, [0], {shape: [1, 1, 1]})).toThrow(
        'For tensors and nested arrays use asDataset({x, labels}).',
      );
    });
  });

  it('takes a thousandth of a grey level past the end for rounding, and no more', () => {
    const make = (value: number, scale?: number) => () =>
      arrayDataset(Float32Array.of(value), [0], {shape: [1, 1, 1], scale});
    expect(make(1 + 9e-7)).not.toThrow();
    expect(make(-9e-7)).not.toThrow();
    expect(make(255 + 2e-4, 255)).not.toThrow();
    expect(make(1 + 1.2e-6)).toThrow(
      /"pixels" must lie in \[0, 1\], found 1.00000\d+ at position 0. Set scale to the value of full/,
    );
    expect(make(-1.2e-6)).toThrow(
      /at position 0. For values below 0, and any that are no pixels, use asDataset\({x, labels}\)\.$/,
    );
  });

  it('has the names of the classes only if they are given', () => {
    expect('classNames' in arrayDataset(bytes(1), [0], {shape: [1, 1, 1]})).toBe(false);
    const options = {shape: [1, 1, 1], channels: 3} as unknown as ArrayDatasetOptions;
    expect(() => arrayDataset(bytes(1), [0], options)).toThrow(
      /^arrayDataset: "channels" must be one of its/,
    );
  });

  it('refuses an index out of range, and leaks nothing', async () => {
    const data = arrayDataset(bytes(1, 2), [0, 0], {shape: [1, 1, 1]});
    await expectNoLeak(() => {
      expect(() => data.batch([0, 2])).toThrow(
        /^Dataset.batch: "indices\[1\]" must be an integer >= 0 and <= 1, found 2/,
      );
      expect(() => data.batch([-1])).toThrow(/"indices\[0\]"/);
      expect(() => data.batch([0.5])).toThrow(/"indices\[0\]"/);
    });
  });

  it('keeps the names of the classes', () => {
    const options = {shape: [1, 1, 1], classNames: ['a', 'b', 'c']} as const;
    const data = arrayDataset(Uint8Array.of(1, 2), [0, 1], options);
    expect(data.classNames).toEqual(['a', 'b', 'c']);
    expect(data.numClasses).toBe(3);
    expect(() => arrayDataset(Uint8Array.of(1, 2), [0, 1], {...options, numClasses: 2})).toThrow(
      'arrayDataset: "classNames" must be an array of 2 strings, one for each class, found 3. Name ' +
        'every class, also those without examples, or leave the names out.',
    );
    const odd = 'ab' as unknown as string[];
    expect(() => arrayDataset(Uint8Array.of(1, 2), [0, 1], {...options, classNames: odd})).toThrow(
      /"classNames" must .* found '/,
    );
  });
});
