import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'vitest';

import {fewInputsGradient} from '../../../src/kernels/wasm/fewInputs';
import {productsOn} from '../../../src/kernels/wasm/instance';
import {expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {type ConvCase, convReference, onRelaxedWasm, onWasm} from '../support';

const side = fc.integer({min: 1, max: 5});
const cases = fc.record({
  batch: fc.integer({min: 1, max: 3}),
  height: fc.integer({min: 5, max: 12}),
  width: fc.integer({min: 5, max: 12}),
  inChannels: fc.integer({min: 1, max: 4}),
  outChannels: fc.integer({min: 1, max: 11}),
  kernel: fc.tuple(side, side),
  // Also wider than the filter, so that some of dy reaches no input.
  pad: fc.constantFrom<ConvCase['pad']>(
    'same',
    'valid',
    [
      [0, 0],
      [2, 0],
      [1, 4],
      [0, 0],
    ],
    [
      [0, 0],
      [6, 7],
      [8, 5],
      [0, 0],
    ],
  ),
});

const infoOf = ({x, filter}: ReturnType<typeof convReference>, c: ConvCase) =>
  tf.backend_util.computeConv2DInfo(x.shape, filter.shape, c.strides, 1, c.pad);

/** By sums of all windows' shares, which `convInput` adds up as they come. */
function byScattering(
  {dy, filter}: ReturnType<typeof convReference>,
  info: ReturnType<typeof infoOf>,
) {
  const {heap, run} = productsOn(tf.backend())!;
  const size8 = 8 * Math.ceil((info.filterHeight * info.filterWidth * info.inChannels) / 8);
  const dx = heap.output(info.inShape);
  heap.withScratch(48 + (info.outChannels + 48) * size8, (work) => {
    run.convInput(
      ...[heap.address(dy), heap.address(filter), heap.address(dx), info.batchSize, info.inHeight],
      ...[info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels],
      ...[info.filterHeight, info.filterWidth, 1, 1, info.padInfo.top, info.padInfo.left, 48, work],
    );
  });
  return tf.engine().makeTensorFromTensorInfo(dx);
}

for (const on of [onWasm, onRelaxedWasm])
  on('fewInputsGradient', () => {
    it.prop([cases], {numRuns: 150})(
      'is the gradient by its definition, to the digits of scattered windows',
      async (drawn) => {
        const c: ConvCase = {...drawn, strides: [1, 1]};
        const reference = convReference(c);
        const {x, filter, dy, dx} = reference;
        const info = infoOf(reference, c);
        await expectNoLeak(() => {
          const made = fewInputsGradient(tf.backend(), dy, filter, info);
          const gradient = tf.engine().makeTensorFromTensorInfo(made as tf.TensorInfo);
          expect(gradient.shape).toEqual(x.shape);
          expectCloseOverall(gradient, dx, 1e-5);
          const scattered = byScattering(reference, info);
          expect(numbers(gradient)).toEqual(numbers(scattered));
          tf.dispose([gradient, scattered]);
        });
        tf.dispose([x, filter, dy]);
      },
    );

    it('leaves other strides and more channels', () => {
      const taken = (inChannels: number, strides: readonly [number, number]) => {
        const sizes = {batch: 1, height: 5, width: 5, outChannels: 2, pad: 'same' as const};
        const c: ConvCase = {...sizes, inChannels, kernel: [3, 3], strides: [...strides]};
        const reference = convReference(c);
        const made = fewInputsGradient(
          tf.backend(),
          reference.dy,
          reference.filter,
          infoOf(reference, c),
        );
        if (made) tf.engine().makeTensorFromTensorInfo(made).dispose();
        return made !== undefined;
      };
      expect(taken(4, [1, 1])).toBe(true);
      expect(taken(5, [1, 1])).toBe(false);
      expect(taken(3, [2, 1])).toBe(false);
      expect(taken(3, [1, 2])).toBe(false);
    });
  });
