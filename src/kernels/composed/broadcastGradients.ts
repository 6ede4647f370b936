import * as tf from '@tensorflow/tfjs-core';

import {type Gradient, gradientOf} from './kernel';
import {refused} from './refuse';

/** Adds up a gradient over the axes along which a tensor of this shape was repeated. */
export function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

type Pair = [a: tf.Tensor, b: tf.Tensor];

/** Gradient of choosing one of two values; of equal ones, the first is chosen. */
const chosen = (isFirst: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Gradient =>
  gradientOf(['a', 'b'], (dy, [a, b]: Pair) => {
    const mask = () => tf.cast(isFirst(a, b), 'float32');
    return {
      a: () => sumTo(tf.mul(dy, mask()), a.shape),
      b: () => sumTo(tf.mul(dy, tf.sub(1, mask())), b.shape),
    };
  });

/**
 * Throws where tfjs pairs the wrong matrices. It counts through those of either side, which is
 * right only where one side is repeated as a whole.
 */
function checkRepeats(a: tf.Tensor, b: tf.Tensor): void {
  const [aOuter, bOuter] = [a, b].map(({shape}) => shape.slice(0, -2).join()) as [string, string];
  const isEnd = (short: string, long: string) => {
    const own = short.replace(/^(1(,|$))+/, '');
    return own === '' || long === own || long.endsWith(`,${own}`);
  };
  if (isEnd(aOuter, bOuter) || isEnd(bOuter, aOuter)) return;
  refused(
    'BatchMatMul',
    `TensorFlow.js multiplies the wrong pairs of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    'Repeat one of the two with tf.tile before the product, so that both have the same batch.',
  );
}

const product = gradientOf(
  ['a', 'b'],
  (dy, [a, b]: Pair, {transposeA, transposeB}: tf.BatchMatMulAttrs) => {
    checkRepeats(a, b);
    return {
      a: () =>
        sumTo(
          transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB),
          a.shape,
        ),
      b: () =>
        sumTo(
          transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false),
          b.shape,
        ),
    };
  },
);

/**
 * Gradient of a choice by a mask. It is not a product with the mask, through which an infinite dy
 * would get; and webgpu loses masks.
 */
const select = gradientOf(['condition'], (dy, [condition]: [tf.Tensor]) => ({
  condition: () => tf.zeros(condition.shape),
  t: () => tf.where(condition, dy, tf.zerosLike(dy)),
  e: () => tf.where(condition, tf.zerosLike(dy), dy),
}));

/**
 * Gradients to two inputs that tfjs returns in the shape of the output, as if nothing had been
 * repeated.
 */
export const BROADCAST_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.BatchMatMul]: product,
  [tf.Maximum]: chosen(tf.greaterEqual),
  [tf.Minimum]: chosen(tf.lessEqual),
  [tf.Select]: select,
  [tf.SquaredDifference]: gradientOf(['a', 'b'], (dy, [a, b]: Pair) => {
    const slope = () => tf.mul(dy, tf.mul(2, tf.sub(a, b)));
    return {a: () => sumTo(slope(), a.shape), b: () => sumTo(tf.neg(slope()), b.shape)};
  }),
};
