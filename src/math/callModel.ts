import type * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';

/**
 * Runs a model. A function that brings tensors of its own for each example fails as soon as it is
 * given some of the examples only: tfjs then says that two shapes differ, and this says why.
 * Anything else that a model throws is passed on unchanged.
 *
 * @param where - Public function, for the error message.
 * @param model - The model.
 * @param x - `[batch, ...]`.
 * @throws {@link InvalidArgumentError} if shapes differ in the number of examples.
 */
export function callModel<I extends tf.Tensor>(
  where: string,
  model: Classifier<I>,
  x: I,
): tf.Tensor2D {
  try {
    return model(x);
  } catch (error) {
    const given = x.shape[0] ?? 0;
    const brought = error instanceof Error ? otherRows(error, given) : undefined;
    if (brought === undefined) throw error;
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `take ${given === 1 ? 'one example' : `${given} examples`}, not only ${brought}`,
      found: `an error of TensorFlow.js: ${(error as Error).message.replace(/\.$/, '')}`,
      remedy:
        'Attacks leave out the examples that they are done with, and evaluations go batch by batch. A ' +
        'function that brings tensors of its own for each example is told which it sees by ' +
        'byExample((x, exampleIds) => ...); the other inputs of a tf.LayersModel are bound by bindInputs.',
    });
  }
}

// In a message about two shapes, the number of rows of the shape that does not have as many as x.
// Where matrices do not fit, the numbers are those of other axes.
function otherRows(error: Error, rows: number): number | undefined {
  const {name, message} = error;
  if (name === 'InvalidArgumentError' || !/\bshapes?\b/i.test(message)) return undefined;
  if (/inner|incompatible with layer|matmul/i.test(message)) return undefined;
  const shapes = message.match(/\d+(?:, ?\d+)+/g) ?? [];
  const firsts = shapes.map((shape) => Number.parseInt(shape, 10));
  return firsts.includes(rows) ? firsts.find((first) => first !== rows && first > 1) : undefined;
}
