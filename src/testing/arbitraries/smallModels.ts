import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {at} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import type {Classifier} from '../../core/classifier';
import {type Defaults, withDefaults} from '../../core/options';
import {listOf} from './ranges';

/** Options of {@link smallModels}. */
export interface SmallModelsOptions {
  /** Number of classes, at least 2. @defaultValue 3 */
  readonly numClasses?: number | undefined;
  /** Largest number of units of the hidden layer; 0 for linear models only. @defaultValue 4 */
  readonly maxHidden?: number | undefined;
}

const DEFAULTS: Defaults<SmallModelsOptions> = {numClasses: 3, maxHidden: 4};

/** A small network as plain data, and as a classifier. */
export interface SmallModel {
  /** Inputs `[batch, ...]`, flattened, to logits `[batch, classes]`. */
  readonly classify: Classifier<tf.Tensor>;
  /** Weights and bias of the hidden layer; `null` for a linear model. */
  readonly hidden: DenseLayer | null;
  /** Weights and bias of the last layer, which gives the logits of all classes but the first. */
  readonly output: DenseLayer;
}

/** Weights of a dense layer. */
export interface DenseLayer {
  /** `[inputs, units]`. */
  readonly weights: readonly (readonly number[])[];
  /** `[units]`. */
  readonly bias: readonly number[];
}

/** Inputs times weights plus bias; weights are quarters from -2 to 2. */
function layerOf(list: readonly number[], inputs: number, units: number): DenseLayer {
  const quarter = (i: number) => at(list, i) / 4;
  return {
    bias: Array.from({length: units}, (_, unit) => quarter(unit)),
    weights: Array.from({length: inputs}, (_, input) =>
      Array.from({length: units}, (_unused, unit) => quarter(units * (input + 1) + unit)),
    ),
  };
}

const apply = (x: tf.Tensor2D, {weights, bias}: DenseLayer): tf.Tensor2D =>
  tf.add(tf.matMul(x, tf.tensor2d(weights as number[][])), tf.tensor1d([...bias]));

/**
 * Small networks: linear, or with one hidden layer of ReLUs. They shrink toward a linear model whose
 * weights are all zero. The first class has the constant score -1, which costs no generality, since
 * only differences of logits matter, and keeps a simple model from giving what looks like
 * probabilities, which attacks refuse.
 *
 * @param inputSize - Number of values of one example.
 * @param options - See {@link SmallModelsOptions}.
 * @returns Models; pass `model.classify` to whatever takes a model.
 * @throws {@link InvalidArgumentError} if a size is out of range.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import * as fc from 'fast-check';
 * import {smallModels} from 'lt-robust/testing';
 *
 * await fc.assert(fc.asyncProperty(smallModels(2), async ({classify}) => {
 *   const logits = tf.tidy(() => classify(tf.tensor2d([[0, 1]])));
 *   const size = (await logits.data()).length;
 *   logits.dispose();
 *   return size === 3;
 * }));
 * ```
 */
export function smallModels(
  inputSize: number,
  options: SmallModelsOptions = {},
): fc.Arbitrary<SmallModel> {
  const where = 'smallModels';
  const {numClasses, maxHidden} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'inputSize', inputSize, {min: 1, integer: true});
  checkNumber(where, 'numClasses', numClasses, {min: 2, integer: true});
  checkNumber(where, 'maxHidden', maxHidden, {min: 0, integer: true});
  const weight = fc.integer({min: -8, max: 8});
  const units = numClasses - 1;
  return fc
    .record({
      width: fc.nat({max: maxHidden}),
      first: listOf(weight, maxHidden * (inputSize + 1)),
      last: listOf(weight, units * (Math.max(inputSize, maxHidden) + 1)),
    })
    .map(({width, first, last}) => {
      const hidden = width === 0 ? null : layerOf(first, inputSize, width);
      const output = layerOf(last, hidden === null ? inputSize : width, units);
      const classify = (x: tf.Tensor): tf.Tensor2D => {
        const flat = tf.reshape(x, [-1, inputSize]) as tf.Tensor2D;
        const features = hidden === null ? flat : tf.relu(apply(flat, hidden));
        const logits = apply(features, output);
        return tf.concat([tf.fill([logits.shape[0], 1], -1), logits], 1) as tf.Tensor2D;
      };
      const model = {classify, hidden, output};
      // fast-check would print the source of `classify`.
      const text = () => `smallModels(${inputSize}): ${JSON.stringify({hidden, output})}`;
      return Object.defineProperty(model, fc.toStringMethod, {value: text});
    });
}
