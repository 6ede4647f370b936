import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'vitest';

import {type AnyConvolution, directConvolution} from '../../../src/kernels/wasm/direct';
import {openWeightCache, withWeightCaches} from '../../../src/kernels/weightCache';
import {seeded} from '../../support/models';
import {expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {type ConvCase, convReference, onRelaxedWasm, onWasm, shippedKernel} from '../support';

// Around a tile of 4 windows and 8 outputs, with what is left over.
const side = fc.integer({min: 1, max: 5});
const stride = fc.integer({min: 1, max: 3});
const cases = fc.record({
  batch: fc.integer({min: 1, max: 3}),
  height: fc.integer({min: 5, max: 12}),
  width: fc.integer({min: 5, max: 12}),
  inChannels: fc.integer({min: 1, max: 9}),
  outChannels: fc.integer({min: 4, max: 19}),
  kernel: fc.tuple(side, side),
  strides: fc.tuple(stride, stride),
  pad: fc.constantFrom<ConvCase['pad']>('same', 'valid', [
    [0, 0],
    [2, 0],
    [1, 4],
    [0, 0],
  ]),
}) satisfies fc.Arbitrary<ConvCase>;

/** Forward. */
function forwardOf(c: ConvCase, {x, filter}: ReturnType<typeof convReference>): AnyConvolution {
  const {padInfo, outHeight, outWidth, strideHeight, strideWidth} =
    tf.backend_util.computeConv2DInfo(x.shape, filter.shape, c.strides, 1, c.pad);
  const {top, left} = padInfo;
  const sizes = {top, left, outHeight, outWidth, strideHeight, strideWidth};
  return {x, filter, turned: false, ...sizes};
}

/** As a tensor, which the caller disposes; while a gradient is computed, so that every size runs. */
function convolve(convolution: AnyConvolution): tf.Tensor {
  const info = withWeightCaches(() => directConvolution(tf.backend(), convolution));
  if (!info) throw new Error('It did not run.');
  return tf.engine().makeTensorFromTensorInfo(info);
}

for (const on of [onWasm, onRelaxedWasm])
  on('directConvolution', () => {
    it.prop([cases], {numRuns: 120})('is the convolution by its definition', async (c) => {
      const reference = convReference(c);
      const {x, filter, dy, y} = reference;
      await expectNoLeak(() => {
        const out = convolve(forwardOf(c, reference));
        expect(out.shape).toEqual(dy.shape);
        expectCloseOverall(out, y, 1e-5);
        out.dispose();
      });
      tf.dispose([x, filter, dy]);
    });

    it.each([1, 2])('goes through large images in several parts, at stride %i', async (step) => {
      const c: ConvCase = {
        ...{batch: 2, height: 40, width: 48, inChannels: 9, outChannels: 16},
        ...{kernel: [3, 3], strides: [step, step], pad: 'same'},
      };
      const reference = convReference(c);
      const {x, filter, dy, y} = reference;
      await expectNoLeak(() => {
        const out = convolve(forwardOf(c, reference));
        expectCloseOverall(out, y, 1e-5);
        out.dispose();
      });
      tf.dispose([x, filter, dy]);
    });

    it.prop([cases], {numRuns: 60})(
      'is, turned, the gradient to the input of one of stride 1',
      async (drawn) => {
        const c: ConvCase = {...drawn, inChannels: drawn.outChannels, strides: [1, 1], pad: 'same'};
        const reference = convReference(c);
        const {x, filter, dy, dx} = reference;
        const {top, left} = forwardOf(c, reference);
        await expectNoLeak(() => {
          const back = convolve({
            ...{x: dy, filter, turned: true, strideHeight: 1, strideWidth: 1},
            ...{top: c.kernel[0] - 1 - top, left: c.kernel[1] - 1 - left},
            ...{outHeight: c.height, outWidth: c.width},
          });
          expect(back.shape).toEqual(x.shape);
          expectCloseOverall(back, dx, 1e-5);
          back.dispose();
        });
        tf.dispose([x, filter, dy]);
      },
    );

    it('adds a bias, cuts off below, and takes more rows than are computed at once', async () => {
      const c: ConvCase = {
        ...{batch: 2, height: 40, width: 11, inChannels: 70, outChannels: 30},
        ...{kernel: [5, 4], strides: [2, 1], pad: 'same'},
      };
      const reference = convReference(c);
      const {x, filter, dy, y} = reference;
      const bias = seeded<tf.Rank.R1>([30], 4);
      const plus = numbers(bias);
      await expectNoLeak(() => {
        const out = convolve({...forwardOf(c, reference), bias, low: 0.25});
        const expected = y.map((v, i) => Math.max(0.25, v + (plus[i % 30] ?? NaN)));
        expectCloseOverall(out, expected, 1e-5);
        out.dispose();
      });
      tf.dispose([x, filter, dy, bias]);
    });

    it('sees nothing of an input whose only window ends in the padding', async () => {
      const c: ConvCase = {
        ...{batch: 3, height: 2, width: 2, inChannels: 8, outChannels: 8},
        ...{kernel: [1, 1], strides: [1, 40]},
        pad: [
          [0, 0],
          [0, 0],
          [24, 3],
          [0, 0],
        ],
      };
      const reference = convReference(c);
      const bias = seeded<tf.Rank.R1>([8], 4);
      await expectNoLeak(() => {
        const out = convolve({...forwardOf(c, reference), bias});
        expect(out.shape).toEqual([3, 2, 1, 8]);
        expect(numbers(out)).toEqual(Array.from({length: 6}, () => numbers(bias)).flat());
        out.dispose();
      });
      tf.dispose([reference.x, reference.filter, reference.dy, bias]);
    });

    it('leaves few outputs of a filter that is no kept weight', async () => {
      const taken = (size: number) => {
        const c: ConvCase = {
          ...{batch: 1, height: size, width: size, inChannels: 3, outChannels: 5},
          ...{kernel: [2, 2], strides: [1, 1], pad: 'same'},
        };
        const reference = convReference(c);
        const info = directConvolution(tf.backend(), forwardOf(c, reference));
        if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
        tf.dispose([reference.x, reference.filter, reference.dy]);
        return info !== undefined;
      };
      await expectNoLeak(() => {
        expect([taken(7), taken(8)]).toEqual([false, true]);
      });
    });

    it('keeps the packed filter of a kept weight', async () => {
      const c: ConvCase = {
        ...{batch: 1, height: 6, width: 6, inChannels: 3, outChannels: 9},
        ...{kernel: [3, 3], strides: [2, 2], pad: 'same'},
      };
      const reference = convReference(c);
      const forward = forwardOf(c, reference);
      await expectNoLeak(() => {
        const cache = openWeightCache();
        const before = tf.memory().numTensors;
        for (let gradient = 0; gradient < 3; gradient++) {
          withWeightCaches(() => {
            cache.use();
            const info = directConvolution(tf.backend(), forward);
            if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
          });
        }
        expect(tf.memory().numTensors - before).toBe(1);
        cache.dispose();
      });
      tf.dispose([reference.x, reference.filter, reference.dy]);
    });

    it('leaves less than four outputs', () => {
      const x = tf.ones<tf.Rank.R4>([1, 9, 9, 4]);
      const sizes = {top: 0, left: 0, outHeight: 7, outWidth: 7, strideHeight: 1, strideWidth: 1};
      const taken = (shape: [number, number, number, number], turned: boolean) => {
        const filter = tf.ones<tf.Rank.R4>(shape);
        const info = withWeightCaches(() =>
          directConvolution(tf.backend(), {x, filter, turned, ...sizes}),
        );
        if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
        filter.dispose();
        return info !== undefined;
      };
      expect([taken([3, 3, 4, 3], false), taken([3, 3, 4, 4], false)]).toEqual([false, true]);
      expect([taken([3, 3, 3, 4], true), taken([3, 3, 4, 4], true)]).toEqual([false, true]);
      x.dispose();
    });

    it('leaves integers', () => {
      const x = tf.ones<tf.Rank.R4>([1, 9, 9, 1], 'int32');
      const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 4]);
      const sizes = {top: 0, left: 0, outHeight: 7, outWidth: 7, strideHeight: 1, strideWidth: 1};
      const info = withWeightCaches(() =>
        directConvolution(tf.backend(), {x, filter, turned: false, ...sizes}),
      );
      expect(info).toBeUndefined();
      tf.dispose([x, filter]);
    });
  });

onWasm('directConvolution in the plain set', () => {
  it.prop([cases], {numRuns: 400})('has the digits of the backend\u2019s own kernel', (drawn) => {
    const c: ConvCase = {...drawn, pad: 'valid'};
    const reference = convReference(c);
    const {x, filter, dy} = reference;
    const attrs = {strides: c.strides, pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1]};
    const shipped = shippedKernel(tf.Conv2D)?.({inputs: {x, filter}, attrs, backend: tf.backend()});
    const theirs = tf.engine().makeTensorFromTensorInfo(shipped as tf.TensorInfo);
    const ours = convolve(forwardOf(c, reference));
    expect(numbers(ours)).toEqual(numbers(theirs));
    tf.dispose([ours, theirs, x, filter, dy]);
  });
});
