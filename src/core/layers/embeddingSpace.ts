import * as tf from '@tensorflow/tfjs-core';

import {checkText} from '../checks/checkForm';
import {checkFinite} from '../checks/checkValues';
import {byExample, forExamples} from '../byExample';
import type {TrainableClassifier} from '../classifier';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {type Defaults, withDefaults} from '../options';
import {swap} from '../swap';
import {leavesOf} from './batchNorm';
import {
  checkInputShape,
  isLayersModel,
  logitsOf,
  type Layer,
  type LayersModelLike,
} from './layersModel';
import {trainableParts} from './trainableParts';
import {trainingPassOf} from './trainingPass';

const WHERE = 'embeddingSpace';

/** Options of {@link embeddingSpace}. */
export interface EmbeddingSpaceOptions {
  /** Name of the embedding layer. @defaultValue undefined, the only one there is */
  readonly layer?: string | undefined;
}

const DEFAULTS: Defaults<EmbeddingSpaceOptions, 'layer'> = {layer: undefined};

/** Embedded texts, and the model from the embedding on. */
export interface EmbeddingSpace {
  /** `[examples, ..., width]` float32, what the embedding gives; the caller disposes it. */
  readonly embedded: tf.Tensor;
  /**
   * The model from there on: every attack, evaluation and training takes it. It knows the token
   * numbers of each example, so that masks (`maskZero`) stay those of the text.
   */
  readonly model: TrainableClassifier<tf.Tensor>;
}

/**
 * Splits a model of token numbers behind its embedding. Token numbers are names, not quantities: they
 * have no gradient and no neighbours within an epsilon. What an embedding makes of them has both.
 *
 * @param model - A `tf.LayersModel` with one input and an embedding layer.
 * @param tokens - `[examples, length]` token numbers, int32 or float32; they stay the caller's, and
 *   have to outlive the model that comes back.
 * @param options - See {@link EmbeddingSpaceOptions}.
 * @returns The embedded examples, and the model of them. Row `i` is example `i`: evaluate it on
 *   `{x: embedded, labels}`. The range of an embedding is not [0, 1]: attack with `clip: null`.
 * @throws {@link InvalidArgumentError} if `model` is no layers model, has no embedding or several,
 *   uses it twice, or if `tokens` is no tensor of them.
 * @see Miyato et al. 2017, Adversarial Training Methods for Semi-Supervised Text Classification.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {embeddingSpace, pgdAttack} from 'lt-robust';
 *
 * const model = sequential({
 *   layers: [
 *     layers.embedding({inputDim: 20, outputDim: 4, inputLength: 3}),
 *     layers.flatten(),
 *     layers.dense({units: 2}),
 *   ],
 * });
 * const tokens = tf.tensor2d([[3, 1, 7], [2, 2, 19]], [2, 3], 'int32');
 * const {embedded, model: classifier} = embeddingSpace(model, tokens);
 * const labels = tf.tensor1d([0, 1], 'int32');
 * pgdAttack(classifier, embedded, labels, {epsilon: 0.1, clip: null}).shape; // => [2, 3, 4]
 * ```
 */
export function embeddingSpace(
  model: LayersModelLike,
  tokens: tf.Tensor,
  options: EmbeddingSpaceOptions = {},
): EmbeddingSpace {
  const {layer: name} = withDefaults(WHERE, DEFAULTS, options);
  if (name !== undefined) checkText(WHERE, 'layer', name);
  const given: unknown = model;
  if (typeof given !== 'object' || given === null || !isLayersModel(given)) {
    const remedy = 'Split a function of your own yourself, behind its embedding.';
    throw wrong('model', 'be a tf.LayersModel', describeValue(given), remedy);
  }
  if (
    !(tokens instanceof tf.Tensor) ||
    tokens.isDisposed ||
    tokens.rank < 2 ||
    !isNumeric(tokens)
  ) {
    const remedy = "Make it with tf.tensor2d(rows, shape, 'int32').";
    throw wrong('tokens', 'be a tensor [examples, length]', describeValue(tokens), remedy);
  }
  checkInputShape(model, tokens, WHERE, 'tokens');
  checkFinite(WHERE, 'tokens', tokens);
  const embedding = embeddingOf(model, name);
  const inference = byExample<tf.Tensor>((x, ids) =>
    atEmbedding(embedding, x, () =>
      tf.tidy(() => logitsOf<tf.Tensor>(model, false, WHERE)(rowsOf(tokens, ids))),
    ),
  );
  const partsFor = (ids?: Int32Array): TrainableClassifier<tf.Tensor> => ({
    inference: forExamples(inference, ids),
    training: (x) => {
      const rows = ids ?? Int32Array.from({length: x.shape[0] ?? 0}, (_, i) => i);
      return atEmbedding(embedding, x, () =>
        trainingPassOf<tf.Tensor>(model, WHERE)(rowsOf(tokens, rows)),
      );
    },
    ...trainableParts(model),
    forExamples: (rows) =>
      partsFor(Int32Array.from(rows, (row) => (ids === undefined ? row : (ids[row] ?? -1)))),
  });
  return {embedded: embed(model, embedding, tokens), model: partsFor()};
}

const isNumeric = ({dtype}: tf.Tensor): boolean => dtype === 'int32' || dtype === 'float32';

const wrong = (
  argument: string,
  expected: string,
  found: string,
  remedy: string,
): InvalidArgumentError =>
  new InvalidArgumentError({where: WHERE, argument, expected, found, remedy});

function embeddingOf(model: LayersModelLike, name: string | undefined): Layer {
  const all = leavesOf(model)
    .map(({layer}) => layer)
    .filter((layer) => layer.getClassName() === 'Embedding');
  const [layer, ...others] = all.filter((each) => name === undefined || each.name === name);
  if (layer !== undefined && others.length === 0) return layer;
  const names = all.map((each) => `"${each.name}"`).join(', ');
  if (all.length > 1) {
    const found = name === undefined ? names : `"${name}" beside ${names}`;
    throw wrong('layer', 'name one of the embeddings', found, 'Pass layer: its name.');
  }
  const remedy = 'Attack a model of other inputs as it is.';
  if (name === undefined) throw wrong('model', 'have an embedding layer', 'none', remedy);
  throw wrong(
    'layer',
    'name the embedding',
    `"${name}", where there is ${names || 'none'}`,
    remedy,
  );
}

// Runs `body` while the embedding gives `x`. The layer is put back at once.
function atEmbedding<T>(layer: Layer, x: tf.Tensor, body: () => T): T {
  // tf.layers disposes what lies between two layers.
  return withCall(layer, () => tf.clone(x), body);
}

// What the embedding gives, wherever in the model it stands.
function embed(model: LayersModelLike, layer: Layer, tokens: tf.Tensor): tf.Tensor {
  let seen: tf.Tensor | undefined;
  const {call} = layer;
  const look = (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => {
    const output = call.call(layer, inputs, kwargs);
    const [first] = Array.isArray(output) ? output : [output];
    seen = first && tf.keep(tf.clone(first));
    return output;
  };
  try {
    tf.tidy(() => {
      withCall(layer, look, () => model.apply(tokens, {training: false}));
    });
  } catch (error) {
    seen?.dispose();
    throw error;
  }
  if (seen === undefined) {
    throw wrong('model', 'use its embedding', 'none in use', 'Check how the layers are connected.');
  }
  const own = tf.tidy(() => tf.clone(seen as tf.Tensor)); // not tf.keep: a tidy of the caller may dispose it
  seen.dispose();
  return own;
}

function withCall<T>(layer: Layer, replaced: Layer['call'], body: () => T): T {
  let calls = 0;
  const once: Layer['call'] = (inputs, kwargs) => {
    if (++calls > 1) {
      const remedy = 'Give every use of it an embedding of its own.';
      throw wrong('model', 'use its embedding once', `layer "${layer.name}" used again`, remedy);
    }
    return replaced(inputs, kwargs);
  };
  const restore = swap(layer, {call: once});
  try {
    return body();
  } finally {
    restore();
  }
}

function rowsOf(tokens: tf.Tensor, ids: Int32Array): tf.Tensor {
  const [count = 0] = tokens.shape;
  const missing = ids.find((id) => id < 0 || id >= count);
  if (missing === undefined) return tf.gather(tokens, ids);
  throw wrong(
    'tokens',
    'have a row for each example',
    `${count} rows, and example ${missing}`,
    'Pass the tokens of the whole dataset, in its order.',
  );
}
