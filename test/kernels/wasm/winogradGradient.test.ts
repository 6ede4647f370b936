import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {winogradGradient} from '../../../src/kernels/wasm/winogradGradient';
import {expectCloseOverall, expectNoLeak} from '../../support/tensors';
import {type ConvCase, convReference, onRelaxedWasm, onWasm} from '../support';

const channels = fc.constantFrom(4, 8, 12, 20);
const cases = fc.record({
  batch: fc.integer({min: 2, max: 4}),
  height: fc.integer({min: 8, max: 13}),
  width: fc.integer({min: 8, max: 13}),
  inChannels: channels,
  outChannels: channels,
  kernel: fc.constant<[number, number]>([3, 3]),
  strides: fc.constant<[number, number]>([1, 1]),
  pad: fc.constantFrom<ConvCase['pad']>('same', 1, 3, [
    [0, 0],
    [2, 0],
    [1, 4],
    [0, 0],
  ]),
});

function gradient(c: ConvCase, backend: object = tf.backend()) {
  const reference = convReference(c);
  const {x, filter, dy} = reference;
  const info = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, c.strides, 1, c.pad);
  const to = winogradGradient(backend, x, dy, filter.shape, info);
  const result = to && tf.engine().makeTensorFromTensorInfo(to);
  tf.dispose([x, filter, dy]);
  return {...reference, result};
}

const PLAIN: ConvCase = {
  batch: 2,
  height: 8,
  width: 8,
  inChannels: 4,
  outChannels: 4,
  kernel: [3, 3],
  strides: [1, 1],
  pad: 'same',
};

for (const on of [onWasm, onRelaxedWasm])
  on('winogradGradient', () => {
    it.prop([cases], {numRuns: 60})(
      'is the gradient to the filter by its definition',
      async (c) => {
        await expectNoLeak(() => {
          const {filter, result, dFilter} = gradient(c);
          expect(result?.shape).toEqual(filter.shape);
          // The worst of 8,000 cases has 6e-5 to 1e-4.
          expectCloseOverall(result as tf.Tensor, dFilter, 2e-4);
          result?.dispose();
        });
      },
    );

    it('has more tiles than fit one chunk, and an odd number of them', async () => {
      await expectNoLeak(() => {
        const {result, dFilter} = gradient({
          ...PLAIN,
          batch: 3,
          height: 17,
          width: 9,
          inChannels: 36,
          outChannels: 44,
        });
        expectCloseOverall(result as tf.Tensor, dFilter, 3e-5);
        result?.dispose();
      });
    });

    it.each([
      ['blocks of channels', {batch: 3, height: 13, width: 14, inChannels: 104, outChannels: 172}],
      ['groups of examples', {batch: 9, height: 32, width: 29, inChannels: 8, outChannels: 12}],
    ])('goes by %s', async (_, size) => {
      await expectNoLeak(() => {
        const {result, dFilter} = gradient({...PLAIN, ...size});
        expectCloseOverall(result as tf.Tensor, dFilter, 1e-4);
        result?.dispose();
      });
    });

    it('leaves to others what it does not do', () => {
      const taken = (changed: Partial<ConvCase>, backend?: object) => {
        const {result} = gradient({...PLAIN, ...changed}, backend);
        result?.dispose();
        return result !== undefined;
      };
      expect(taken({})).toBe(true);
      expect(taken({batch: 1})).toBe(false);
      expect(taken({strides: [2, 1], batch: 9})).toBe(false);
      expect(taken({kernel: [3, 5]})).toBe(false);
      expect(taken({inChannels: 3})).toBe(false);
      expect(taken({outChannels: 3})).toBe(false);
      expect(taken({}, {})).toBe(false);
    });
  });

describe('winogradGradient', () => {
  it('is not on other backends', () => {
    expect(gradient(PLAIN, {}).result).toBeUndefined();
  });
});
