import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {sameDepthwisePadding, samePadding} from '../../../src/kernels/composed/samePadding';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, FALLBACK, onWasm} from '../support';

type Pair = [number, number];

// Filters that read all of the input, and filters that do not.
const CASES = [1, 2, 3].flatMap((height) =>
  [1, 2, 3].flatMap((width) =>
    (
      [
        [2, 2],
        [3, 3],
        [1, 2],
        [3, 1],
      ] as Pair[]
    ).map((strides) => ({filter: [height, width] as Pair, strides})),
  ),
);

onWasm('strided convolutions with padding same', () => {
  it.each(CASES)('are what padding in numbers gives: %j', async ({filter, strides}) => {
    await expectNoLeak(async () => {
      const x = seeded<tf.Rank.R4>([2, 8, 6, 2], 1);
      const w = seeded<tf.Rank.R4>([...filter, 2, 3], 2);
      const of = (pad: 'same' | tf.backend_util.ExplicitPadding) => ({
        plain: () => tf.conv2d(x, w, strides, pad),
        depthwise: () => tf.depthwiseConv2d(x, w, strides, pad),
      });
      const info = tf.backend_util.computeConv2DInfo(x.shape, w.shape, strides, 1, 'same').padInfo;
      const pad: tf.backend_util.ExplicitPadding = [
        [0, 0],
        [info.top, info.bottom],
        [info.left, info.right],
        [0, 0],
      ];
      for (const kind of ['plain', 'depthwise'] as const) {
        const wanted = tf.tidy(() => numbers(of(pad)[kind]()));
        expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.1);
        const inScope = tf.tidy(() => numbers(withGradientKernels(() => of('same')[kind]())));
        const undo = await registerGradientKernels();
        const forGood = tf.tidy(() => numbers(of('same')[kind]()));
        undo();
        expectClose(inScope, wanted, 1e-6);
        expectClose(forGood, wanted, 1e-6);
      }
      tf.dispose([x, w]);
    });
  });

  it.each([
    ['samePadding', samePadding],
    ['sameDepthwisePadding', sameDepthwisePadding],
  ])('%s leaves other calls as they are', (_, kernel) => {
    const x = tf.ones([1, 4, 4, 1]);
    const filter = tf.ones([1, 2, 1, 1]);
    const paddings: unknown[] = [];
    const shipped = (({attrs}: {attrs: {pad: unknown}}) => {
      paddings.push(attrs.pad);
      return FALLBACK;
    }) as never;
    const attrs = {dilations: 1, dataFormat: 'NHWC', dimRoundingMode: 'floor'} as const;
    callKernel(kernel, {x, filter}, {...attrs, strides: 1, pad: 'same'}, shipped);
    callKernel(kernel, {x, filter}, {...attrs, strides: 2, pad: 'valid'}, shipped);
    // As tf.layers has it for depthwise convolutions.
    const without = {...attrs, dilations: null};
    callKernel(kernel, {x, filter}, {...without, strides: 2, pad: 'same'}, shipped);
    expect(paddings.slice(0, 2)).toEqual(['same', 'valid']);
    expect(paddings[2]).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    tf.dispose([x, filter]);
  });
});

const image = (height: number, width: number): tf.Tensor4D => tf.ones([1, height, width, 1]);
const filter = (height: number, width: number): tf.Tensor4D => tf.ones([height, width, 1, 1]);
const SIDES: tf.backend_util.ExplicitPadding = [[0, 0], [1, 1], [1, 1], [0, 0]]; // prettier-ignore

onWasm('padding by one number', () => {
  it.each<[string, () => tf.Tensor]>([
    ['strides', () => tf.conv2d(image(6, 6), filter(2, 2), [1, 2], 1)],
    ['windows', () => tf.conv2d(image(6, 6), filter(2, 3), 1, 1)],
    ['dilations', () => tf.depthwiseConv2d(image(6, 6), filter(2, 2), 1, 1, 'NHWC', [1, 2])],
    ['pools', () => tf.maxPool(image(6, 6), 2, [1, 2], 1)],
    ['pools', () => tf.avgPool(image(6, 6), [2, 3], 1, 1)],
  ])('is refused where tfjs computes a wrong size, for its %s', (_, f) => {
    expect(() => withGradientKernels(f)).toThrow(
      /pad by one number only where windows are square.*Give the padding of each side: \[\[0, 0\], \[1, 1\]/,
    );
  });

  it.each<[string, () => tf.Tensor]>([
    ['a square window', () => tf.conv2d(image(6, 6), filter(3, 3), 2, 1)],
    ['another square window', () => tf.depthwiseConv2d(image(7, 6), filter(2, 2), 3, 2)],
    ['a pool', () => tf.maxPool(image(6, 6), 3, 2, 1)],
    ['a pool rounded up', () => tf.avgPool(image(6, 6), 3, 2, 1, 'ceil')],
    ['sides', () => tf.conv2d(image(6, 6), filter(2, 3), [1, 2], SIDES)],
  ])('is taken where it is right: %s', (_, f) => {
    expect(withGradientKernels(f).size).toBeGreaterThan(0);
  });
});

onWasm('windows larger than what they slide over', () => {
  const x = () => tf.ones<tf.Rank.R4>([1, 2, 3, 1]);
  it.each<[string, () => tf.Tensor, RegExp]>([
    ['conv2d', () => tf.conv2d(x(), tf.ones([3, 1, 1, 1]), 1, 'valid'), /3 x 1 over 2 x 3/],
    ['dilated', () => tf.conv2d(x(), tf.ones([1, 3, 1, 1]), 1, 'valid', 'NHWC', 2), /1 x 5 over 2 x 3|1 x 3/], // prettier-ignore
    ['depthwise', () => tf.depthwiseConv2d(x(), tf.ones([1, 4, 1, 1]), 1, 'valid'), /1 x 4 over 2 x 3/], // prettier-ignore
    ['maxPool', () => tf.maxPool(x(), [3, 3], 1, 'valid'), /3 x 3 over 2 x 3/],
    ['avgPool', () => tf.avgPool(x(), 3, 1, 'valid'), /3 x 3 over 2 x 3/],
  ])('are refused: %s', (_, run, found) => {
    expect(() => tf.tidy(() => withGradientKernels(run))).toThrow(found);
    expect(() => tf.tidy(() => withGradientKernels(run))).toThrow(/Give the layer padding: 'same'/);
  });

  it('are not, where they just fit', () => {
    const fits = () => numbers(tf.conv2d(x(), tf.ones([2, 3, 1, 1]), 1, 'valid'));
    expect(tf.tidy(() => withGradientKernels(fits))).toEqual([6]);
  });
});
