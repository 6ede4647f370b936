import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {dilatedGradients} from '../../../src/kernels/composed/dilatedConvolution';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {CONV_CASES, convReference, type ConvCase} from '../support';

const EXPLICIT: tf.backend_util.ExplicitPadding = [[0, 0], [4, 0], [1, 5], [0, 0]]; // prettier-ignore

const DILATIONS: [number, number][] = [[2, 2], [1, 3], [3, 2]]; // prettier-ignore

const CASES = CONV_CASES.filter(
  ({strides, pad, kernel}) =>
    strides[0] * strides[1] === 1 && typeof pad !== 'number' && kernel[0] * kernel[1] > 1,
)
  .flatMap((c) =>
    DILATIONS.flatMap((dilations): (ConvCase & {dilations: [number, number]})[] => [
      {...c, dilations},
      {...c, dilations, pad: EXPLICIT},
    ]),
  )
  .filter(({height, width, kernel, dilations, pad}) => {
    const [top, left] = Array.isArray(pad) ? [4, 6] : [0, 0];
    const fits =
      height + top > (kernel[0] - 1) * dilations[0] &&
      width + left > (kernel[1] - 1) * dilations[1];
    return pad === 'same' || fits;
  });

describe('dilatedGradients', () => {
  it.each([false, true])('are by definition: depthwise %s', (depthwise) => {
    expect(CASES.length).toBeGreaterThan(40);
    for (const c of CASES) {
      tf.tidy(() => {
        const {x, filter, dy, dx, dFilter} = convReference(c, depthwise);
        const attrs = {dilations: c.dilations, pad: c.pad, dataFormat: 'NHWC'} as const;
        const gradients = dilatedGradients(x, filter, dy, attrs, depthwise);
        expectClose(gradients.x(), dx, 1e-5);
        expectClose(gradients.filter(), dFilter, 1e-5);
      });
    }
  });

  it('of channels first are those of channels last', () => {
    const [x, filter] = [seeded<tf.Rank.R4>([2, 6, 5, 3], 1), seeded<tf.Rank.R4>([3, 2, 3, 2], 2)];
    const dy = seeded<tf.Rank.R4>([2, 6, 5, 2], 3);
    const first = (t: tf.Tensor4D): tf.Tensor4D => tf.transpose(t, [0, 3, 1, 2]);
    const attrs = {dilations: 2, pad: 'same'} as const;
    const last = dilatedGradients(x, filter, dy, {...attrs, dataFormat: 'NHWC'}, false);
    const other = dilatedGradients(
      first(x),
      filter,
      first(dy),
      {...attrs, dataFormat: 'NCHW'},
      false,
    );
    expectClose(tf.transpose(other.x(), [0, 2, 3, 1]), numbers(last.x()));
    expectClose(other.filter(), numbers(last.filter()));
  });
});
