import * as tf from '@tensorflow/tfjs-core';
import * as tfData from '@tensorflow/tfjs-data';
import {describe, expect, it} from 'vitest';

import {asDataset, checkSource, datasetFrom} from '../../src/core/asDataset';
import type {Dataset} from '../../src/core/dataset';
import {expectNoLeak, int, numbers} from '../support/tensors';

/** The values of some examples, and dtype and shape; everything is disposed. */
async function look<I extends tf.Tensor>(dataset: Dataset<I>, indices: number[]) {
  const {x, labels} = await dataset.batch(indices);
  const seen = {x: numbers(x), dtype: x.dtype, shape: x.shape, labels: numbers(labels)};
  expect(labels.dtype).toBe('int32');
  tf.dispose([x, labels]);
  return seen;
}

describe('asDataset, {x, labels}', () => {
  it('keeps tensors on the device, with their dtype', async () => {
    await expectNoLeak(async () => {
      const x = tf.tensor2d([
        [0, 1],
        [2, 3],
        [4, 5],
      ]);
      const tokens = tf.tensor2d(
        [
          [7, 8],
          [9, 0],
        ],
        [2, 2],
        'int32',
      );
      const rows = await asDataset(
        {x, labels: [0, 1, 1]},
        {numClasses: 3, classNames: ['a', 'b', 'c']},
      );
      expect([rows.numClasses, ...rows.labels]).toEqual([3, 0, 1, 1]);
      expect(rows.classNames).toEqual(['a', 'b', 'c']);
      expect(await look(rows, [2, 0, 2])).toEqual({
        ...{x: [4, 5, 0, 1, 4, 5], dtype: 'float32', shape: [3, 2], labels: [1, 0, 1]},
      });
      const words = await asDataset({x: tokens, labels: Int32Array.of(1, 0)});
      expect(await look(words, [1])).toEqual({
        ...{x: [9, 0], dtype: 'int32', shape: [1, 2], labels: [0]},
      });
      tf.dispose([x, tokens]);
      expect(() => rows.batch([0])).toThrow(/"x" must outlive the dataset, found a disposed/);
    });
  });

  it('takes nested arrays and typed arrays', async () => {
    const x = [
      [[1], [2]],
      [Float32Array.of(3), [4]],
    ];
    const data = await asDataset({x, labels: [1, 0]});
    expect(await look(data, [1, 0])).toEqual({
      ...{x: [3, 4, 1, 2], dtype: 'float32', shape: [2, 2, 1], labels: [0, 1]},
    });
  });

  it('takes labels as tensors: numbers of any dtype, columns, one-hot rows', async () => {
    const x = tf.tensor2d([[0], [1], [2]]);
    const forms: [string, tf.Tensor][] = [
      ['int32', int([2, 0, 1])],
      ['float32', tf.tensor1d([2, 0, 1])],
      ['column', tf.tensor2d([[2], [0], [1]])],
      [
        'one-hot',
        tf.tensor2d([
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ]),
      ],
    ];
    for (const [name, labels] of forms) {
      const data = await asDataset({x, labels});
      expect([...data.labels, data.numClasses], name).toEqual([2, 0, 1, 3]);
      labels.dispose();
    }
    x.dispose();
  });

  it.each([
    [
      'a soft label',
      {
        labels: tf.tensor2d([
          [0.5, 0.5],
          [1, 0],
        ]),
      },
      /Mix or smooth labels after batch/,
    ],
    [
      'two labels at once',
      {
        labels: tf.tensor2d([
          [1, 1],
          [1, 0],
        ]),
      },
      /row 0 of a tensor \[2, 2\]: \[1, 1\]/,
    ],
    ['strings', {labels: ['cat', 'dog']}, /found 'cat' at position 0\. Number the classes/],
    [
      'BigInts',
      {labels: BigInt64Array.of(0n, 1n)},
      /found the BigInt .* Int32Array\.from\(labels, Number\)/,
    ],
    ['flags', {labels: [true, false]}, /found true at position 0.*map\(Number\)/],
    [
      'rows as arrays',
      {
        labels: [
          [1, 0],
          [0, 1],
        ],
      },
      /For one-hot rows pass/,
    ],
    [
      'a class beyond',
      {labels: [0, 4]},
      /"labels" must be integers in \[0, 3\), found 4 at position 1/,
    ],
    ['half a class', {labels: [0, 0.5]}, /found 0\.5 at position 1/],
    [
      'a label too few',
      {labels: [0]},
      /"labels" must have one entry for each of the 2 examples, found 1/,
    ],
    ['no labels', {labels: []}, /"labels" must have at least one entry/],
    ['a string', {labels: 'ab'}, /"labels" must be class numbers .* found '/],
    ['a promise', {labels: Promise.resolve([0, 1])}, /found a promise/],
    [
      'a scalar',
      {x: tf.scalar(1)},
      /"x" must be a float32 or int32 tensor \[n, \.\.\.\], found float32 \[\]/,
    ],
    ['single numbers', {x: tf.tensor1d([1, 2])}, /tf\.expandDims\(x, 1\)/],
    ['flags for x', {x: tf.tensor2d([[1], [0]], [2, 1], 'bool')}, /tf\.cast\(x, 'float32'\)/],
    ['NaN', {x: tf.tensor2d([[1], [NaN]])}, /"x" must be finite/],
    ['NaN in an array', {x: [[1], [NaN]]}, /found NaN at x\[1\]\[0\]/],
    ['uneven rows', {x: [[1], [1, 2]]}, /found 2 values at x\[1\], where the first example has 1/],
    ['uneven depth', {x: [[1], [[1]]]}, /found \[1\] at x\[1\]\[0\]/],
    ['text', {x: [['a'], ['b']]}, /found 'a' at x\[0\]\[0\]/],
    ['a flat array', {x: [1, 2]}, /"x" must be a tensor \[n, \.\.\.\].* found a flat array/],
    ['a buffer', {x: new Float32Array(4)}, /or use arrayDataset/],
  ])('refuses %s', async (_name, change, message) => {
    const source = {x: [[1], [2]], labels: [0, 1], ...change} as {x: number[][]; labels: number[]};
    await expect(asDataset(source, {numClasses: 3})).rejects.toThrow(message);
  });

  it.each([
    [null, /^asDataset: "source" must be \{x, labels\}, a dataset .* found null/],
    [undefined, /found undefined/],
    [7, /found 7/],
    [{}, /found an object with nothing/],
    [{images: [], labels: []}, /found an object with images, labels/],
  ])('refuses %j', async (source, message) => {
    await expect(asDataset(source as never)).rejects.toThrow(message);
  });
});

describe('asDataset, datasets', () => {
  const labels = [0, 1, 1];
  const dataset = (change: object = {}) => ({
    numClasses: 2,
    labels: Int32Array.from(labels),
    batch: async (indices: ArrayLike<number>) => ({
      x: tf.tensor2d(Array.from(indices), [indices.length, 1]),
      labels: int(Array.from(indices, (i) => labels[i]!)),
    }),
    ...change,
  });

  it('takes asynchronous batches, and labels in a plain array', async () => {
    await expectNoLeak(async () => {
      const data = await asDataset(dataset({labels, classNames: ['a', 'b']}));
      expect(data.labels).toEqual(Int32Array.from(labels));
      expect(data.classNames).toEqual(['a', 'b']);
      expect((await look(data, [2, 0])).x).toEqual([2, 0]);
      const batch = () => ({x: tf.tensor2d([[5]]), labels: int([1])});
      const sync = await asDataset(dataset({batch}));
      const given = sync.batch([1]);
      expect(given).not.toBeInstanceOf(Promise);
      tf.dispose({...(await given)});
    });
  });

  it('checks each batch as it comes, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const broken = async (batch: () => unknown, message: RegExp) => {
        const data = await asDataset(dataset({batch}));
        await expect((async () => data.batch([0, 1]))()).rejects.toThrow(message);
      };
      await broken(
        () => ({x: tf.zeros([2, 1]), labels: tf.zeros([2])}),
        /"batch" must give \{x, labels\} .* found x float32 \[2, 1\] and labels float32 \[2\]/,
      );
      await broken(async () => ({x: tf.zeros([3, 1]), labels: int([0, 1])}), /x float32 \[3, 1\]/);
      await broken(() => ({xs: 1}), /found x undefined and labels undefined/);
      await broken(() => undefined, /found x undefined/);
      const data = await asDataset(dataset());
      expect(() => data.batch([3])).toThrow(/"indices" must be integers in \[0, 3\)/);
    });
  });

  it('refuses names and numbers of classes that do not fit', async () => {
    await expect(asDataset(dataset(), {numClasses: 1})).rejects.toThrow(/"labels"/);
    await expect(asDataset(dataset(), {classNames: ['a']})).rejects.toThrow(
      /"classNames" must name each of the 2 classes, found 1 names/,
    );
  });
});

describe('asDataset, tf.data pipelines', () => {
  const rows = [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
    [8, 9],
  ];
  const ys = [0, 1, 0, 2, 1];
  const pipeline = (type: 'float32' | 'int32' = 'float32') =>
    tfData.generator(function* () {
      for (const [i, row] of rows.entries()) {
        yield {xs: tf.tensor1d(row, type), ys: ys[i]!};
      }
    } as () => Iterator<tf.TensorContainer>);

  it.each([
    ['one by one', () => pipeline()],
    ['in batches', () => pipeline().batch(2)],
    [
      'with one-hot labels',
      () =>
        pipeline()
          .batch(2)
          .map((element) => {
            const {xs, ys: y} = element as {xs: tf.Tensor; ys: tf.Tensor1D};
            return {xs, ys: tf.oneHot(tf.cast(y, 'int32'), 3)};
          }),
    ],
    [
      'as {x, labels}',
      () =>
        pipeline()
          .batch(3)
          .map((element) => {
            const {xs, ys: y} = element as {xs: tf.Tensor; ys: tf.Tensor};
            return {x: xs, labels: y};
          }),
    ],
  ])('keeps what they give: %s', async (_name, make) => {
    await expectNoLeak(async () => {
      const data = await asDataset<tf.Tensor2D>(make() as never);
      expect([...data.labels, data.numClasses]).toEqual([...ys, 3]);
      expect(await look(data, [4, 0])).toEqual({
        ...{x: [8, 9, 0, 1], dtype: 'float32', shape: [2, 2], labels: [1, 0]},
      });
    });
  });

  it('keeps int32 inputs', async () => {
    const data = await asDataset<tf.Tensor2D>(pipeline('int32').batch(2) as never);
    expect((await look(data, [1])).dtype).toBe('int32');
  });

  it('refuses what cannot be kept', async () => {
    await expect(asDataset(tfData.array([1]).repeat() as never)).rejects.toThrow(
      /"source" must come to an end, found an endless pipeline\. Bound it with take\(n\)\./,
    );
    await expect(asDataset(pipeline().take(0) as never)).rejects.toThrow(/an empty pipeline/);
    await expect(asDataset(pipeline().repeat() as never, {maxBytes: 16})).rejects.toThrow(
      /hold at most 16 bytes, found more\. Raise maxBytes/,
    );
    await expect(asDataset(tfData.array([1, 2]) as never)).rejects.toThrow(/found another form/);
    const uneven = tfData.array([
      {xs: tf.zeros([2]), ys: 0},
      {xs: tf.zeros([3]), ys: 0},
    ]);
    await expect(asDataset(uneven as never)).rejects.toThrow(
      /give examples float32 \[2\], as the first is, found float32 \[3\]/,
    );
  });
});

describe('datasetFrom, for functions that take what asDataset takes', () => {
  const dataset: Dataset<tf.Tensor2D> = {
    ...{numClasses: 2, labels: Int32Array.of(0, 1)},
    batch: () => ({x: tf.zeros([1, 1]), labels: int([0])}),
  };

  it('returns a dataset as it is, and makes one of the others', async () => {
    expect(await datasetFrom('here', dataset)).toBe(dataset);
    const made = await datasetFrom('here', {x: [[1], [2]], labels: [0, 1]});
    expect(await look(made, [1])).toMatchObject({x: [2], labels: [1]});
    const odd = {...dataset, labels: tf.tensor1d([1, 0])} as unknown as typeof dataset;
    expect((await datasetFrom('here', odd)).labels).toEqual(Int32Array.of(1, 0));
  });

  it('names the function that was called', async () => {
    await expect(datasetFrom('here', {x: [[1]], labels: [0, 1]})).rejects.toThrow(
      /^here: "labels" must have one entry for each of the 1 examples/,
    );
    expect(() => checkSource('here', 'dataset', tf.zeros([2]))).toThrow(
      /^here: "dataset" must be \{x, labels\}, .*found float32 \[2\]\. Pass \{x, labels\} as one/,
    );
    for (const [source, remedy] of [
      [{x: [[1]]}, 'Pass {x, labels} as one argument'],
      [{labels: [0]}, 'Pass {x, labels} as one argument'],
      [undefined, 'Pass {x, labels} as one argument'],
      [null, 'Pass {x, labels} as one argument'],
      [{xs: [[1]]}, 'Pass {x, labels} as one argument'],
      [{xs: [[1]], ys: [0]}, 'Name them so: {x: xs, labels: ys}.'],
      [Promise.resolve(dataset), 'Await it first.'],
    ] as const) {
      expect(() => checkSource('here', 'dataset', source)).toThrow(remedy);
    }
    for (const source of [dataset, {x: 1, labels: 2}]) {
      expect(() => checkSource('here', 'dataset', source)).not.toThrow();
    }
  });
});
