import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {InvalidArgumentError} from '../../core/errors';

/**
 * Builds a network; where its weights do not fit into memory, none is left behind.
 *
 * @param where - Public function, for the error message.
 * @param argument - The option that makes the network smaller.
 * @param build - Makes it, and no other variables.
 * @throws {@link InvalidArgumentError} if a weight is larger than an array can be.
 */
export function fittingWeights(
  where: string,
  argument: string,
  build: () => LayersModel,
): LayersModel {
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  try {
    return build();
  } catch (error) {
    // tf.layers keeps the weights that it has made so far.
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError({
      ...{where, argument},
      expected: 'be such that the weights fit into memory',
      found: `a network of which they do not (${error.message})`,
      remedy: 'Pass a smaller one, fewer classes or smaller images.',
    });
  }
}
