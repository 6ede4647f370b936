import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Kernel} from '../composed/kernel';
import {isKept} from '../weightCache';
import {dense} from './dense';
import {productsOn} from './instance';
import {lowestOf} from './lowestOf';

interface Inputs {
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
  readonly bias?: tf.Tensor | undefined;
}

const isMatrix = ({shape, size}: tf.Tensor): boolean =>
  size > 0 && tf.util.sizeFromShape(shape.slice(0, -2)) === 1;

/** The product of two matrices; `undefined` where that cannot run or does worse. */
function ofMatrices(backend: object, {a, b, bias}: Inputs, low: number): tf.TensorInfo | undefined {
  if (!isMatrix(a) || !isMatrix(b)) return undefined;
  const outer = (a.rank >= b.rank ? a : b).shape.slice(0, -2);
  const [rows = 0, depth = 0] = a.shape.slice(-2);
  const shape = [...outer, rows, at(b.shape, b.rank - 1)];
  return dense(backend, {a, b, bias, low, depth, shape});
}

/** BatchMatMul in SIMD, `otherwise` where that cannot run or does worse. */
export const simdMatMul =
  (otherwise: Kernel<tf.BatchMatMulAttrs, Inputs>): Kernel<tf.BatchMatMulAttrs, Inputs> =>
  (call, shipped) => {
    const {transposeA, transposeB} = call.attrs;
    const {a, b} = call.inputs;
    const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const [aBatch, bBatch] = [tf.util.sizeFromShape(aOuter), tf.util.sizeFromShape(bOuter)];
    const batch = Math.max(aBatch, bBatch);
    // One matrix, or as many as on the other side; other broadcasting is left to the backend.
    const regular =
      a.rank === b.rank &&
      a.size * b.size > 0 &&
      (tf.util.arraysEqual(aOuter, bOuter) || aBatch === 1 || bBatch === 1);
    if (regular && batch === 1 && !transposeA && !transposeB) {
      return ofMatrices(call.backend, {a, b}, -Infinity) ?? otherwise(call, shipped);
    }
    // What a kept matrix becomes when it is transposed is kept, too.
    const keepsTransposed = !transposeA && isKept(b) && batch === 1;
    const instance = productsOn(call.backend);
    if (
      !instance ||
      !regular ||
      keepsTransposed ||
      a.dtype !== 'float32' ||
      b.dtype !== 'float32'
    ) {
      return otherwise(call, shipped);
    }
    const [aRows = 0, aColumns = 0] = a.shape.slice(-2);
    const [bRows = 0, bColumns = 0] = b.shape.slice(-2);
    const [m, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const n = transposeB ? bRows : bColumns;
    const {heap, run} = instance;
    return heap.filled([...(aBatch >= bBatch ? aOuter : bOuter), m, n], (product) => {
      heap.withScratch(48 + 8 * 256, (work) => {
        run.multiplyBatch(
          ...[batch, m, n, depth],
          ...[heap.address(a), aBatch === 1 ? 0 : m * depth],
          ...(transposeA ? [1, aColumns] : [aColumns, 1]),
          ...[heap.address(b), bBatch === 1 ? 0 : n * depth],
          ...(transposeB ? [1, bColumns] : [bColumns, 1]),
          ...[heap.address(product), m * n, n, work],
        );
      });
    });
  };

/** _FusedMatMul, of which dense layers are made, in SIMD; `otherwise` where that cannot run or does worse. */
export const simdFusedMatMul =
  (otherwise: Kernel<tf._FusedMatMulAttrs, Inputs>): Kernel<tf._FusedMatMulAttrs, Inputs> =>
  (call, shipped) => {
    const {transposeA, transposeB, activation} = call.attrs;
    const low = lowestOf(activation);
    const isPlain = low !== undefined && !transposeA && !transposeB;
    return (
      (isPlain ? ofMatrices(call.backend, call.inputs, low) : undefined) ?? otherwise(call, shipped)
    );
  };
