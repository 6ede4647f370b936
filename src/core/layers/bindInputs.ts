import {isPlainObject} from '../options';
import * as tf from '@tensorflow/tfjs-core';

import {byExample, forExamples} from '../byExample';
import type {Classifier, TrainableClassifier} from '../classifier';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {isLayersModel, logitsOf, rememberModel, type LayersModelLike} from './layersModel';
import {trainableParts} from './trainableParts';
import {trainingPassOf} from './trainingPass';

const WHERE = 'bindInputs';

/** What a `tf.LayersModel` has beside what {@link LayersModelLike} names. */
interface Container extends Omit<LayersModelLike, 'apply'> {
  readonly inputNames?: readonly string[];
  readonly trainableWeights: unknown;
  readonly nonTrainableWeights: unknown;
  apply(inputs: tf.Tensor | tf.Tensor[], kwargs?: {training?: boolean}): unknown;
}

/** Values of a model's other inputs, by input name: `[examples, ...]`, a row for each example. */
export type BoundInputs = Readonly<Record<string, tf.Tensor>>;

/**
 * A model of several inputs as a classifier of one of them: an image is attacked or trained on while
 * the metadata beside it follows its example. The model is told which examples it sees, so that the
 * other inputs stay beside theirs when an attack drops rows and when an evaluation or a training
 * goes through a dataset batch by batch: row `i` of `others` belongs to example `i` of the dataset,
 * or of the batch where an attack is called directly.
 *
 * @param model - A `tf.LayersModel`.
 * @param others - Every input but one, by name (`model.inputNames`), `[examples, ...]`; the caller
 *   keeps the tensors, and disposes them when the model is no longer used.
 * @returns A trainable classifier of the input that is left. Its weights are the model's own.
 * @throws {@link InvalidArgumentError} if `model` is no layers model, or `others` does not name every
 *   input but one; at a call, if an example has no row in `others`.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import * as tfl from '@tensorflow/tfjs-layers';
 * import {input, layers, type SymbolicTensor} from '@tensorflow/tfjs-layers';
 * import {bindInputs} from 'lt-robust';
 *
 * const image = input({shape: [4], name: 'image'});
 * const age = input({shape: [1], name: 'age'});
 * const joined = layers.concatenate().apply([image, age]);
 * const scores = layers.dense({units: 2}).apply(joined) as SymbolicTensor;
 * const model = tfl.model({inputs: [image, age], outputs: scores});
 * const bound = bindInputs<tf.Tensor2D>(model, {age: tf.tensor2d([[0.3], [0.7]])});
 * bound.inference(tf.zeros([2, 4])).shape; // => [2, 2]
 * ```
 */
export function bindInputs<I extends tf.Tensor = tf.Tensor4D>(
  model: LayersModelLike,
  others: BoundInputs,
): TrainableClassifier<I> {
  const given: unknown = model;
  if (typeof given !== 'object' || given === null || !isLayersModel(given)) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'model',
      expected: 'be a tf.LayersModel',
      found: describeValue(given),
      remedy: 'Of a function of your own, use byExample((x, exampleIds) => logits).',
    });
  }
  if (!isPlainObject(others)) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'others',
      expected: 'be {name: tensor}, every input but one',
      found: describeValue(others),
      remedy: 'The names are model.inputNames.',
    });
  }
  const container = given as unknown as Container;
  const free = freeInput(container, others);

  const inference = remembered(
    byExample<I>((x, ids) =>
      tf.tidy(() => logitsOf<I>(viewOf(container, free, others, ids), false, WHERE)(x)),
    ),
    viewOf(container, free, others, NONE),
  );
  // `ids` are the examples that the rows are; without them, the first ones.
  const partsFor = (ids?: Int32Array): TrainableClassifier<I> => ({
    inference: forExamples(inference, ids),
    training: (x) => {
      const rows = ids ?? Int32Array.from({length: x.shape[0]}, (_, i) => i);
      return trainingPassOf<I>(viewOf(container, free, others, rows), WHERE)(x);
    },
    ...trainableParts(viewOf(container, free, others, NONE)),
    forExamples: (rows) =>
      partsFor(Int32Array.from(rows, (row) => (ids === undefined ? row : (ids[row] ?? -1)))),
  });
  return partsFor();
}

const NONE = new Int32Array(0);

// Folding batch norm knows the model by its classifier, that for some of the examples as well.
function remembered<I extends tf.Tensor>(
  classifier: Classifier<I>,
  model: LayersModelLike,
): Classifier<I> {
  const {forExamples} = classifier;
  classifier.forExamples = (ids) => remembered(forExamples?.(ids) ?? classifier, model);
  return rememberModel(classifier, model);
}

function freeInput({inputs, inputNames}: Container, others: BoundInputs): number {
  const names = inputNames ?? inputs.map((_, i) => String(i));
  const isBound = (name: string): boolean => {
    const value: unknown = Object.hasOwn(others, name) ? others[name] : undefined;
    return value instanceof tf.Tensor && value.rank > 0;
  };
  const free = names.filter((name) => !isBound(name));
  const unknown = Object.keys(others).filter((name) => !names.includes(name));
  if (free.length === 1 && unknown.length === 0) return names.indexOf(free[0] ?? '');
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'others',
    expected: `be tensors [examples, ...] for every input but one of ${names.join(', ')}`,
    found:
      unknown.length > 0
        ? `${unknown.map((name) => `"${name}"`).join(', ')}, which the model does not have`
        : `${names.length - free.length} of them`,
    remedy: 'Leave out the input that is to be attacked or trained on, and name the others.',
  });
}

function viewOf(
  model: Container,
  free: number,
  others: BoundInputs,
  ids: Int32Array,
): LayersModelLike & Container {
  const names = model.inputNames ?? model.inputs.map((_, i) => String(i));
  return {
    ...{inputs: [model.inputs[free]], outputs: model.outputs},
    get layers() {
      return model.layers;
    },
    get trainableWeights() {
      return model.trainableWeights;
    },
    get nonTrainableWeights() {
      return model.nonTrainableWeights;
    },
    apply: (x, kwargs) => {
      const values = names.map((name, i) =>
        i === free && x instanceof tf.Tensor ? x : rowsOf(name, others, ids),
      );
      return model.apply(values, kwargs);
    },
  };
}

function rowsOf(name: string, others: BoundInputs, ids: Int32Array): tf.Tensor {
  const values = others[name] as tf.Tensor;
  const [count = 0] = values.shape;
  const missing = ids.find((id) => id < 0 || id >= count);
  if (missing === undefined) return tf.gather(values, ids);
  throw new InvalidArgumentError({
    where: WHERE,
    argument: `others.${name}`,
    expected: 'have a row for each example',
    found: `${count} rows, and example ${missing}`,
    remedy: 'Bind the values of the whole dataset, in its order.',
  });
}
