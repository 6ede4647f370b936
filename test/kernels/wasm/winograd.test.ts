import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {openWeightCache, withWeightCaches} from '../../../src/kernels/weightCache';
import {type Convolution, suits, winograd} from '../../../src/kernels/wasm/winograd';
import {seeded} from '../../support/models';
import {expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {backendOn, type ConvCase, convReference, memoryOf, onRelaxedWasm, onWasm} from '../support';

const channels = fc.constantFrom(4, 8, 12, 20);
const sizes = fc.record({
  batch: fc.integer({min: 0, max: 3}),
  height: fc.integer({min: 10, max: 15}),
  width: fc.integer({min: 10, max: 15}),
  inChannels: channels,
  outChannels: channels,
  pad: fc.constantFrom<ConvCase['pad']>('same', 'valid', 1, 3, [
    [0, 0],
    [2, 0],
    [1, 4],
    [0, 0],
  ]),
});

const infoOf = ({x, filter}: {x: tf.Tensor4D; filter: tf.Tensor4D}, pad: ConvCase['pad']) =>
  tf.backend_util.computeConv2DInfo(x.shape, filter.shape, 1, 1, pad);

/** As a tensor, which the caller disposes. */
function convolve(convolution: Convolution): tf.Tensor | undefined {
  const info = winograd(tf.backend(), convolution);
  return info && tf.engine().makeTensorFromTensorInfo(info);
}

/** Of outputs, relative to the largest: F(4x4, 3x3) rounds more, the more its sums cancel. */
const testConvolutions = (tolerance: number, isForGradients: boolean) => {
  it.prop([sizes], {numRuns: 60})(
    'is the convolution by its definition, and the gradient to its input',
    async (size) => {
      const c: ConvCase = {...size, kernel: [3, 3], strides: [1, 1]};
      const {x, filter, dy, y, dx} = convReference(c);
      const {padInfo, ...info} = infoOf({x, filter}, c.pad);
      await expectNoLeak(() => {
        const forward = convolve({x, filter, turned: false, ...info, ...padInfo}) as tf.Tensor;
        const backward = convolve({
          x: dy,
          filter,
          turned: true,
          top: 2 - padInfo.top,
          left: 2 - padInfo.left,
          outHeight: c.height,
          outWidth: c.width,
        }) as tf.Tensor;
        expect(forward.shape).toEqual(dy.shape);
        expect(backward.shape).toEqual(x.shape);
        expectCloseOverall(forward, y, tolerance);
        expectCloseOverall(backward, dx, tolerance);
        tf.dispose([forward, backward]);
      });
      tf.dispose([x, filter, dy]);
    },
  );

  it.prop([sizes, fc.boolean(), fc.constantFrom(-Infinity, 0, 0.5)], {numRuns: 30})(
    'adds a bias and cuts off below',
    async (size, biased, low) => {
      const {x, filter, dy, y} = convReference({...size, kernel: [3, 3], strides: [1, 1]});
      const {padInfo, ...info} = infoOf({x, filter}, size.pad);
      const bias = biased ? seeded<tf.Rank.R1>([size.outChannels], 4) : undefined;
      await expectNoLeak(() => {
        const of = {x, filter, turned: false, bias, low, ...info, ...padInfo};
        const result = convolve(of) as tf.Tensor;
        const plus = bias ? numbers(bias) : [];
        expectCloseOverall(
          result,
          y.map((v, i) => Math.max(low, v + (plus[i % size.outChannels] ?? 0))),
          tolerance,
        );
        result.dispose();
      });
      tf.dispose([x, filter, dy, bias ?? []]);
    },
  );

  it('has more tiles than fit one chunk, and more channels than one panel', async () => {
    const c = {batch: 5, height: 16, width: 16, inChannels: 36, outChannels: 44} as const;
    const {x, filter, dy, y, dx} = convReference({
      ...c,
      kernel: [3, 3],
      strides: [1, 1],
      pad: 'same',
    });
    await expectNoLeak(() => {
      const at = {filter, top: 1, left: 1, outHeight: 16, outWidth: 16};
      const results = [
        convolve({...at, x, turned: false}),
        convolve({...at, x: dy, turned: true}),
      ] as [tf.Tensor, tf.Tensor];
      expectCloseOverall(results[0], y, tolerance);
      expectCloseOverall(results[1], dx, tolerance);
      tf.dispose(results);
    });
    tf.dispose([x, filter, dy]);
  });

  it('takes a large filter in blocks of its channels, with the digits that it has as a whole', () => {
    const c = {batch: 2, height: 13, width: 14, inChannels: 104, outChannels: 172} as const;
    const {x, filter, dy, y, dx} = convReference({
      ...c,
      kernel: [3, 3],
      strides: [1, 1],
      pad: 'same',
    });
    const bias = seeded<tf.Rank.R1>([172], 4);
    const at = {filter, top: 1, left: 1, outHeight: 13, outWidth: 14};
    const both = () =>
      [
        convolve({...at, x, turned: false, bias, low: 0}),
        convolve({...at, x: dy, turned: true}),
      ] as [tf.Tensor, tf.Tensor];
    const cache = openWeightCache();
    // Kept, it is transformed as a whole.
    const [inBlocks, whole] = [1, 2].map(() =>
      withWeightCaches(() => {
        cache.use();
        return both();
      }),
    ) as [[tf.Tensor, tf.Tensor], [tf.Tensor, tf.Tensor]];
    const biases = numbers(bias);
    const biased = y.map((v, i) => Math.max(0, v + (biases[i % 172] ?? NaN)));
    expectCloseOverall(inBlocks[0], biased, tolerance);
    expectCloseOverall(inBlocks[1], dx, tolerance);
    for (const i of [0, 1] as const) {
      expect(numbers(whole[i])).toEqual(numbers(inBlocks[i]));
    }
    cache.dispose();
    tf.dispose([x, filter, dy, bias, ...inBlocks, ...whole]);
  });

  it('transforms a kept filter once, and small maps only with one', () => {
    const x = seeded<tf.Rank.R4>([2, 4, 4, 8], 1);
    const filter = seeded<tf.Rank.R4>([3, 3, 8, 8], 2);
    const at = {x, filter, turned: false, top: 1, left: 1, outHeight: 4, outWidth: 4};
    expect(convolve(at)).toBeUndefined();
    const turned = convolve({...at, turned: true});
    expect(turned?.shape).toEqual(x.shape);
    turned?.dispose();
    const cache = openWeightCache();
    const before = tf.memory().numTensors;
    const kept = [1, 2, 3].map(() =>
      withWeightCaches(() => {
        cache.use();
        const y = convolve(at);
        const isThere = y !== undefined;
        y?.dispose();
        return [isThere, tf.memory().numTensors - before];
      }),
    );
    // The first gradient does not know yet that the filter is a weight. F(4x4, 3x3) takes it as it is.
    expect(kept).toEqual([
      [isForGradients, 0],
      [true, 1],
      [true, 1],
    ]);
    cache.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, filter]);
  });

  it('leaves to others what it does not do', () => {
    const taken = (size: number, filter: [number, number, number, number], backend?: object) => {
      const tensors = [tf.ones([1, size, size, filter[2]]), tf.ones(filter)] as const;
      const info = winograd(backend ?? tf.backend(), {
        x: tensors[0],
        filter: tensors[1],
        turned: false,
        top: 1,
        left: 1,
        outHeight: size,
        outWidth: size,
      });
      if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
      tf.dispose([...tensors]);
      return info !== undefined;
    };
    expect(taken(8, [3, 3, 4, 4])).toBe(true);
    expect(taken(8, [3, 3, 6, 4])).toBe(false);
    expect(taken(8, [3, 3, 4, 6])).toBe(false);
    expect(taken(8, [5, 3, 4, 4])).toBe(false);
    expect(taken(8, [3, 1, 4, 4])).toBe(false);
    expect(taken(6, [3, 3, 4, 4])).toBe(false);
    expect(taken(8, [3, 3, 4, 4], {})).toBe(false);
    // The threaded build, on more threads than it says.
    expect(taken(8, [3, 3, 4, 4], backendOn(memoryOf(true)).backend)).toBe(false);
  });
};

onWasm('winograd', () => {
  testConvolutions(3e-5, false);

  it('says that an input is not finite', () => {
    const x = tf.tidy(() => {
      const values = new Float32Array(8 * 8 * 4);
      values[4 * (8 * 3 + 3)] = NaN;
      return tf.tensor4d(values, [1, 8, 8, 4]);
    });
    const filter = seeded<tf.Rank.R4>([3, 3, 4, 4], 1);
    const at = {filter, top: 1, left: 1, outHeight: 8, outWidth: 8};
    const y = convolve({...at, x, turned: false, low: 0}) as tf.Tensor;
    // Where the direct sums would, and no further than the tiles that touch the value.
    const isNaNAt = numbers(y).map(Number.isNaN);
    expect(isNaNAt[4 * (8 * 3 + 3)]).toBe(true);
    expect(isNaNAt[4 * (8 * 4 + 4)]).toBe(true);
    expect(isNaNAt[0]).toBe(false);
    tf.dispose([x, filter, y]);
  });
});

onRelaxedWasm('winograd', () => testConvolutions(1e-4, true));

describe('suits', () => {
  it('is where enough products are saved', () => {
    const filter = [3, 3, 4, 4];
    // 16 products a tile instead of 9 an output.
    expect(suits(filter, 2, 2)).toBe(true);
    expect(suits(filter, 1, 1)).toBe(false);
    expect(suits(filter, 3, 3)).toBe(true);
    expect(suits(filter, 1, 8)).toBe(false);
    expect(suits([3, 3, 3, 4], 8, 8)).toBe(false);
    expect(suits([3, 3], 8, 8)).toBe(true);
  });
});
