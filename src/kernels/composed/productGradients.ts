import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, gradientOf} from './kernel';

/** A tensor as a matrix, with some axes moved behind the others; and the way back. */
function asRows(x: tf.Tensor, axes: number[]) {
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const columns = tf.util.sizeFromShape(axes.map((axis) => at(x.shape, axis)));
  const rows = (tensor: tf.Tensor): tf.Tensor2D =>
    tf.reshape(tf.transpose(tensor, order), [-1, columns]);
  const shape = order.map((axis) => at(x.shape, axis));
  const back = (matrix: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(matrix, shape), tf.backend_util.getUndoAxesPermutation(order));
  return {rows, back};
}

/** For each row, the products of all values before a place. */
const before = (rows: tf.Tensor) => tf.cumprod(rows, 1, true);

/** Gradient of a product: the product of the others, which is right even where values are zero. */
const prod = gradientOf(['x'], (dy, [x]: [tf.Tensor], {axis}: tf.ProdAttrs) => ({
  x: () => {
    const {rows, back} = asRows(x, tf.util.parseAxisParam(axis, x.shape));
    const values = rows(x);
    const behind = tf.reverse(before(tf.reverse(values, 1)), 1);
    return back(tf.mul(tf.reshape(dy, [-1, 1]), tf.mul(before(values), behind)));
  },
}));

/**
 * With p_i the product before place i, dx_i = p_i s_i where s_i = dy_i + x_(i+1) s_(i+1): computed
 * from the end to the start, without a division that zeros would break.
 */
const cumprod = gradientOf(
  ['x'],
  (dy, [x]: [tf.Tensor], {axis, exclusive, reverse}: tf.CumprodAttrs) => ({
    x: () => {
      const {rows, back} = asRows(x, [axis]);
      const turned = (matrix: tf.Tensor) => (reverse ? tf.reverse(matrix, 1) : matrix);
      const values = turned(rows(x));
      const [xs, dys] = [tf.unstack(values, 1), tf.unstack(turned(rows(dy)), 1)];
      let behind = tf.zeros([at(values.shape, 0)]);
      const sums = xs.map(() => behind);
      for (let i = xs.length - 1; i >= 0; i--) {
        const [value, own] = [at(xs, i), at(dys, i)];
        const sum = exclusive ? behind : tf.add<tf.Tensor1D>(own, behind);
        sums[i] = sum;
        behind = exclusive ? tf.add(own, tf.mul(value, sum)) : tf.mul(value, sum);
      }
      return back(turned(tf.mul(before(values), tf.stack(sums, 1))));
    },
  }),
);

/** Gradients of products; tfjs has none of the cumulative one, and calls chained methods for the other. */
export const PRODUCT_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.Cumprod]: cumprod,
  [tf.Prod]: prod,
};
