import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {graphLogitsOf, isGraphModel, type GraphModelLike} from './graphModel';
import {isLayersModel, type LayersModelLike} from './layersModel';

const WHERE = 'pickOutput';

/** What a `tf.LayersModel` has beside what {@link LayersModelLike} names. */
interface Container extends LayersModelLike {
  readonly outputNames?: readonly string[];
  readonly trainableWeights: unknown;
  readonly nonTrainableWeights: unknown;
}

function refuse(output: unknown, names: readonly string[]): never {
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'output',
    expected: `be one of the model's outputs, by name or by index from 0 (${names.join(', ')})`,
    found: typeof output === 'string' ? `"${output}"` : describeValue(output),
    remedy: 'Check the spelling.',
  });
}

function indexOf(output: string | number, names: readonly string[]): number {
  const index = typeof output === 'number' ? output : names.indexOf(output);
  return Number.isInteger(index) && index >= 0 && index < names.length
    ? index
    : refuse(output, names);
}

/**
 * One output of a model with several, as a model of its own: a label head beside an embedding or a
 * box. Everything of this package takes what it returns.
 *
 * @param model - A `tf.LayersModel` or a `tf.GraphModel`.
 * @param output - Name of the output, or its index from 0. Of a `tf.GraphModel` the name of any node
 *   will do, that of the logits among them.
 * @returns Of a layers model, a view of it: it shares layers and weights, so it can be attacked,
 *   evaluated and trained; a final softmax or single sigmoid unit is bypassed as usual. Weights of
 *   other heads get no gradient and stay as they are. Of a graph model, a function to logits.
 * @throws {@link InvalidArgumentError} if `model` is neither, or has no such output.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import * as tfl from '@tensorflow/tfjs-layers';
 * import {layers, type SymbolicTensor} from '@tensorflow/tfjs-layers';
 * import {asClassifier, pickOutput} from 'lt-robust';
 *
 * const input = tfl.input({shape: [2]});
 * const label = layers.dense({units: 3, name: 'label'}).apply(input);
 * const box = layers.dense({units: 4, name: 'box'}).apply(input);
 * const model = tfl.model({inputs: input, outputs: [label, box] as SymbolicTensor[]});
 * const logits = asClassifier<tf.Tensor2D>(pickOutput(model, 'label'))(tf.zeros([1, 2]));
 * logits.shape; // => [1, 3]
 * ```
 */
export function pickOutput(model: LayersModelLike, output: string | number): LayersModelLike;
export function pickOutput<I extends tf.Tensor = tf.Tensor4D>(
  model: GraphModelLike,
  output: string | number,
): (x: I) => tf.Tensor2D;
export function pickOutput(
  model: LayersModelLike | GraphModelLike,
  output: string | number,
): LayersModelLike | ((x: tf.Tensor) => tf.Tensor2D) {
  const given: unknown = model;
  if (typeof given === 'object' && given !== null) {
    if (isGraphModel(given)) {
      const name =
        typeof output === 'string' ? output : given.outputNodes[indexOf(output, given.outputNodes)];
      return graphLogitsOf(given, WHERE, name);
    }
    if (isLayersModel(given)) return viewOf(given as Container, output);
  }
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'model',
    expected: 'be a tf.LayersModel or a tf.GraphModel',
    found: describeValue(given),
    remedy: 'Of a function of your own, return the output that holds the logits.',
  });
}

function viewOf(model: Container, output: string | number): LayersModelLike {
  const names = model.outputNames ?? model.outputs.map((_, i) => String(i));
  const index = indexOf(output, names);
  const view: Container = {
    ...{inputs: model.inputs, outputs: [model.outputs[index]]},
    get layers() {
      return model.layers;
    },
    get trainableWeights() {
      return model.trainableWeights;
    },
    get nonTrainableWeights() {
      return model.nonTrainableWeights;
    },
    apply: (inputs, kwargs) =>
      tf.tidy(() => {
        const outputs = model.apply(inputs, kwargs) as tf.Tensor | tf.Tensor[];
        return Array.isArray(outputs) ? at(outputs, index) : outputs;
      }),
  };
  return view;
}
