import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {halfBits, halfPrecision} from '../../../examples/playground/halfPrecision';

describe('float16', () => {
  // IEEE 754-2008, binary16.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000], // a tie, to even
    [3 * 2 ** -25, 0x0002], // a tie, to even
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
  ])('of %d', (value, bits) => {
    expect(Object.is(value, -0) ? halfBits(value) & 0x7fff : halfBits(value)).toBe(
      Object.is(value, -0) ? 0 : bits,
    );
  });

  it.prop([fc.array(fc.float({noNaN: true, min: -100, max: 100}), {minLength: 1, maxLength: 20})])(
    'is what tfjs reads, within half a unit of the last place',
    async (values) => {
      const model = sequential({
        layers: [layers.dense({inputShape: [values.length], units: 1, useBias: false})],
      });
      tf.tidy(() => {
        model.setWeights([tf.tensor2d(values, [values.length, 1])]);
      });
      let files: ReturnType<typeof halfPrecision> | undefined;
      await model.save(
        tf.io.withSaveHandler((artifacts) => {
          files = halfPrecision(artifacts);
          const modelArtifactsInfo = {dateSaved: new Date(0), modelTopologyType: 'JSON' as const};
          return Promise.resolve({modelArtifactsInfo});
        }),
      );
      model.dispose();
      const {json, weights} = files!;
      const {weightsManifest} = json as tf.io.ModelJSON;
      const read = tf.io.decodeWeights(weights.slice().buffer, weightsManifest[0]!.weights);
      const [tensor] = Object.values(read);
      const actual = await tensor!.data();
      tf.dispose(read);
      values.forEach((value, i) => {
        const unit = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1e-9)) - 10));
        expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(unit / 2);
      });
    },
  );
});
