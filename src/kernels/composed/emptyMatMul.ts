import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {padded} from './evenMatMul';
import type {Kernel} from './kernel';

/**
 * Products with a matrix that has no values, which a layer with an empty output leads to: stock
 * wasm fails to set them up, goes on and writes into memory that is not its own. A sum of no terms
 * is zero.
 *
 * @param product - Computes all others.
 */
export const emptyMatMul =
  <A extends tf.BatchMatMulAttrs, I extends {readonly a: tf.Tensor; readonly b: tf.Tensor}>(
    product: Kernel<A, I>,
  ): Kernel<A, I> =>
  (call, shipped) => {
    const {transposeA, transposeB} = call.attrs;
    const {a, b} = call.inputs;
    if (a.size * b.size > 0) return product(call, shipped);
    const rows = at(a.shape, a.rank - (transposeA ? 1 : 2));
    const columns = at(b.shape, b.rank - (transposeB ? 2 : 1));
    const batch = (a.rank > b.rank ? a : b).shape.slice(0, -2);
    if (rows * columns * tf.util.sizeFromShape(batch) === 0) {
      return tf.zeros([...batch, rows, columns]);
    }
    const one = [
      padded(a, a.rank - (transposeA ? 2 : 1)),
      padded(b, b.rank - (transposeB ? 1 : 2)),
    ] as const;
    try {
      return product({...call, inputs: {...call.inputs, a: one[0], b: one[1]}}, shipped);
    } finally {
      tf.dispose([...one]);
    }
  };
