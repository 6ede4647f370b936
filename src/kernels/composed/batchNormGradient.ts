import * as tf from '@tensorflow/tfjs-core';

import {isAlongLastAxes} from './batchNormInputs';
import {type Gradient, gradientOf} from './kernel';

type Saved = [x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, scale?: tf.Tensor];

/**
 * Gradient of batch normalisation y = (x - μ) s / √(σ² + ε) + o, scaling dy by broadcasting where
 * tfjs tiles the factor to full size; sums come first, factors after.
 */
export const batchNormGradient: Gradient = gradientOf(
  ['x', 'mean', 'variance', 'scale'],
  (dy, [x, mean, variance, scale]: Saved, {varianceEpsilon}: tf.FusedBatchNormAttrs) => {
    const inverse = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
    const scaled = () => (scale ? tf.mul(scale, inverse()) : inverse());
    // A mean per channel gathers all positions, on whichever axis the channels lie; a mean of the
    // shape of x is elementwise.
    const missing = x.rank - mean.rank;
    const axes = x.shape.flatMap((size, axis) => {
      const own = axis < missing ? 1 : mean.shape[axis - missing];
      return own === 1 && size !== 1 ? [axis] : [];
    });
    const total = (values: tf.Tensor) =>
      tf.reshape(axes.length === 0 ? values : tf.sum(values, axes), mean.shape);
    const covariance = () => total(tf.mul(dy, tf.sub(x, mean)));
    return {
      x: () => tf.mul(dy, scaled()),
      mean: () => tf.neg(tf.mul(total(dy), scaled())),
      variance: () => tf.mul(covariance(), tf.mul(-0.5, tf.mul(scaled(), tf.square(inverse())))),
      scale: () => tf.mul(covariance(), inverse()),
      offset: () => total(dy),
    };
  },
);

/**
 * {@link batchNormGradient} where tfjs's own fails, which is wherever the statistics are not along the
 * last axes; elsewhere tfjs's own, so that no number changes.
 */
export const anyAxisBatchNormGradient: Gradient = (shipped) => {
  const own = batchNormGradient(shipped);
  if (own === undefined || shipped === undefined) return own;
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean] = saved;
      const isShipped = x === undefined || mean === undefined || isAlongLastAxes(x, mean);
      return (isShipped ? shipped : own).gradFunc(dy, saved, attrs);
    },
  };
};
