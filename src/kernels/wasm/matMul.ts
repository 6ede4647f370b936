import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {isKept} from '../weightCache';
import {productsOn} from './instance';

/**
 * BatchMatMul in SIMD where the backend's own is slow: with a transpose, or several matrices.
 * `otherwise` where that cannot run.
 */
export const simdMatMul =
  (
    otherwise: Kernel<tf.BatchMatMulAttrs, {a: tf.Tensor; b: tf.Tensor}>,
  ): Kernel<tf.BatchMatMulAttrs, {a: tf.Tensor; b: tf.Tensor}> =>
  (call, shipped) => {
    const {transposeA, transposeB} = call.attrs;
    const a = call.inputs.a;
    const b = call.inputs.b;
    const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const [aBatch, bBatch] = [tf.util.sizeFromShape(aOuter), tf.util.sizeFromShape(bOuter)];
    const batch = Math.max(aBatch, bBatch);
    // One matrix, or as many as on the other side; other broadcasting is left to the backend.
    const regular =
      a.rank === b.rank &&
      a.size * b.size > 0 &&
      (tf.util.arraysEqual(aOuter, bOuter) || aBatch === 1 || bBatch === 1);
    const shippedIsFast = !transposeA && (!transposeB || isKept(b)) && batch === 1;
    const instance = productsOn(call.backend);
    if (!instance || !regular || shippedIsFast || a.dtype !== 'float32' || b.dtype !== 'float32') {
      return otherwise(call, shipped);
    }
    const [aRows = 0, aColumns = 0] = a.shape.slice(-2);
    const [bRows = 0, bColumns = 0] = b.shape.slice(-2);
    const [m, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const n = transposeB ? bRows : bColumns;
    const {heap, run} = instance;
    const product = heap.output([...(aBatch >= bBatch ? aOuter : bOuter), m, n]);
    heap.withScratch(48 + 8 * 256, (work) => {
      run.multiplyBatch(
        ...[batch, m, n, depth],
        ...[heap.address(a), aBatch === 1 ? 0 : m * depth],
        ...(transposeA ? [1, aColumns] : [aColumns, 1]),
        ...[heap.address(b), bBatch === 1 ? 0 : n * depth],
        ...(transposeB ? [1, bColumns] : [bColumns, 1]),
        ...[heap.address(product), work],
      );
    });
    return product;
  };
