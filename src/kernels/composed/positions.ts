import * as tf from '@tensorflow/tfjs-core';

import {refused} from './refuse';

/** Whether positions lie on an axis of this size. */
export const within = (position: tf.Tensor, size: number): tf.Tensor =>
  tf.logicalAnd(tf.greaterEqual(position, 0), tf.lessEqual(position, size - 1));

/** The nearest whole numbers; halves are rounded up. */
export const rounded = (position: tf.Tensor): tf.Tensor => tf.floor(tf.add(position, 0.5));

/** Refuses the gradient to the positions at which an image is read. */
export const noPlaces = (operation: string, input: string): never =>
  refused(
    operation,
    `there is one to its image only, not to its ${input}`,
    `Let its ${input} not depend on what is differentiated.`,
  );
