import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {swap} from '../swap';
import {withCompleteBatchNorms} from './completeBatchNorm';
import {rowsOf, severalSigmoids, type Ending} from './ending';
import {passFunction} from './modelPass';

/**
 * What this package needs of a `tf.LayersModel`. It is recognised by its shape, never by
 * `instanceof`: two copies of tfjs-layers may meet in one program.
 */
export interface LayersModelLike {
  /** The layers, in order. */
  readonly layers: readonly unknown[];
  /** Symbolic inputs. */
  readonly inputs: readonly unknown[];
  /** Symbolic outputs. */
  readonly outputs: readonly unknown[];
  /** Runs the model on a concrete tensor. */
  apply(inputs: tf.Tensor, kwargs?: {training?: boolean}): unknown;
}

interface Activation {
  getClassName(): string;
  apply(x: tf.Tensor): tf.Tensor;
}

/** A layer of a user's model, as far as this package calls it. */
export interface Layer {
  name: string;
  getClassName(): string;
  activation?: Activation | null;
  /** What a wrapper wraps. */
  readonly layer?: object;
  call: (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => tf.Tensor | tf.Tensor[];
}

/** A symbolic tensor of a user's model. */
export interface Symbolic {
  readonly sourceLayer: Layer | LayersModelLike;
  readonly outputTensorIndex?: number;
  readonly inputs: readonly Symbolic[];
  readonly shape: readonly (number | null)[];
}

/** Whether `value` looks like a `tf.LayersModel` (a `tf.Sequential` among them). */
export function isLayersModel(value: object): value is LayersModelLike {
  return (
    'layers' in value &&
    Array.isArray(value.layers) &&
    'inputs' in value &&
    Array.isArray(value.inputs) &&
    'outputs' in value &&
    Array.isArray(value.outputs) &&
    'apply' in value &&
    typeof value.apply === 'function'
  );
}

/** The inputs of a user's model, as far as this package reads them. */
export const symbolicInputs = (model: LayersModelLike): readonly Symbolic[] =>
  model.inputs as readonly Symbolic[];

/** The outputs of a user's model, as far as this package reads them. */
export const symbolicOutputs = (model: LayersModelLike): readonly Symbolic[] =>
  model.outputs as readonly Symbolic[];

type LayerOutput = Symbolic & {readonly sourceLayer: Layer};

const isLayerOutput = (output: Symbolic): output is LayerOutput =>
  !isLayersModel(output.sourceLayer);

// The tensor in which the class scores first appear: a model may itself be the last layer of
// another, and a reshape behind the softmax (MobileNet has one) changes no score.
export function scoresOf(output: Symbolic): LayerOutput {
  const {sourceLayer, inputs, outputTensorIndex = 0} = output;
  if (isLayersModel(sourceLayer)) {
    return scoresOf(at(symbolicOutputs(sourceLayer), outputTensorIndex));
  }
  const isReshape = ['Flatten', 'Reshape'].includes(sourceLayer.getClassName());
  return isReshape || !isLayerOutput(output) ? scoresOf(at(inputs, 0)) : output;
}

// Where the final activation is: a layer of its own, or the activation of the last layer.
interface Final {
  readonly ending: Ending;
  readonly isLayer: boolean;
}

const NOTHING: Final = {ending: 'logits', isLayer: false};

function finalOf({sourceLayer: layer, shape}: LayerOutput, where: string): Final {
  // A softmax at each place of a feature map is not one over the classes: it stays. (Its axis is
  // the last one: tfjs has no other.)
  const isOneRow = shape.slice(1, -1).every((size) => size === 1);
  if (layer.getClassName() === 'Softmax') {
    return isOneRow ? {ending: 'softmax', isLayer: true} : NOTHING;
  }
  const activation = layer.activation?.getClassName();
  if (activation === 'softmax') return isOneRow ? {ending: 'softmax', isLayer: false} : NOTHING;
  const isUnit = isOneRow && shape.at(-1) === 1;
  if (activation === 'sigmoid' && isUnit) return {ending: 'sigmoid', isLayer: false};
  if (activation === 'sigmoid' || activation === 'hardSigmoid') {
    if (!isUnit) throw severalSigmoids(`layer "${layer.name}"`, where);
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'give logits [batch, classes], one score per class',
      found: `layer "${layer.name}" ending in ${activation}`,
      remedy:
        'A hard sigmoid has no logits. Wrap the model in fromProbabilities(model), which attacks ' +
        'the logarithm of its probabilities and has no gradient where it is exactly 0 or 1.',
    });
  }
  return NOTHING;
}

const LINEAR: Activation = {getClassName: () => 'linear', apply: (x) => x};

// Runs `body` while the final activation passes its input through. The layer is put back at once, so
// that the user's model is never seen changed. tfjs-layers clones what a layer returns unchanged.
function withoutActivation<T>(layer: Layer, final: Final, where: string, body: () => T): T {
  if (final.ending === 'logits') return body();
  const {call} = layer;
  let calls = 0;
  const once: Layer['call'] = (inputs, kwargs) => {
    // A layer may occur at several places of the graph, and only the last is to be bypassed.
    if (++calls > 1) throw sharedActivation(layer, where);
    if (!final.isLayer) return call.call(layer, inputs, kwargs);
    return Array.isArray(inputs) ? at(inputs, 0) : inputs;
  };
  const restore = swap(layer, {call: once, ...(final.isLayer ? {} : {activation: LINEAR})});
  try {
    return body();
  } finally {
    restore();
  }
}

const sharedActivation = (layer: Layer, where: string) =>
  new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'use the layer of its final activation once',
    found: `layer "${layer.name}" at several places`,
    remedy: 'Give the output an activation layer of its own, or pass a function from x to logits.',
  });

const REMEDIES = {
  inputs: 'Fix the others: bindInputs(model, {...}).',
  outputs: 'Choose one: pickOutput(model, name or index).',
};

function checkSingle(model: LayersModelLike, where: string): void {
  for (const argument of ['inputs', 'outputs'] as const) {
    const count = model[argument].length;
    if (count !== 1) {
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: `have exactly one of its ${argument}`,
        found: `${count} ${argument}`,
        remedy: count === 0 ? 'Add its layers first.' : REMEDIES[argument],
      });
    }
  }
}

// Each pass of an attack would change the state, and with it the next answer.
function checkStateless(model: LayersModelLike, where: string): void {
  if (!('stateful' in model) || model.stateful !== true) return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'give the same answer for the same input',
    found: 'a stateful recurrent layer',
    remedy: 'Build it with stateful: false, and set its weights.',
  });
}

/**
 * Throws unless a model takes a tensor of that shape. The error of tf.layers itself names a layer
 * in the middle of the model, or none.
 */
export function checkInputShape(
  model: LayersModelLike,
  x: tf.Tensor,
  where: string,
  argument = 'x',
): void {
  const {shape} = at(symbolicInputs(model), 0);
  const fits =
    x.rank === shape.length &&
    shape.every((size, axis) => axis === 0 || size === null || size === x.shape[axis]);
  if (fits) return;
  const sides = shape.slice(1).map((size) => size ?? 'any');
  const isOne = x.rank === shape.length - 1;
  const isGrey = isOne && x.rank === 3 && shape.at(-1) === 1 && x.shape[1] === shape[1];
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `have the shape of the model's input, [${['batch', ...sides].join(', ')}]`,
    found: describeValue(x),
    remedy: isGrey
      ? 'Give grey images an axis for their channel: tf.expandDims(x, 3).'
      : isOne
        ? 'If it is one example, give it a batch axis: tf.expandDims(x, 0).'
        : 'Resize or reshape it, or pass the model of these data.',
  });
}

/** Throws if a weight of the model was disposed. */
export function checkAlive(model: LayersModelLike, where: string): void {
  const {weights = []} = model as {readonly weights?: readonly {read(): tf.Tensor}[]};
  if (!weights.some(isDisposed)) return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'have its weights',
    found: 'a model that was disposed',
    remedy: 'Dispose it when it is no longer needed; a loaded one has to be loaded again.',
  });
}

// Reading a weight that is gone throws.
function isDisposed(weight: {read(): tf.Tensor}): boolean {
  try {
    return weight.read().isDisposed;
  } catch {
    return true;
  }
}

const models = new WeakMap<object, LayersModelLike>();

/** Records which layers model this classifier runs in inference mode; returns the classifier. */
export function rememberModel<C extends object>(classifier: C, model: LayersModelLike): C {
  models.set(classifier, model);
  return classifier;
}

/** The layers model that a classifier of this package runs in inference mode. */
export const modelOf = (classifier: object): LayersModelLike | undefined => models.get(classifier);

function applied(model: LayersModelLike, x: tf.Tensor, training: boolean): unknown {
  const apply = () => model.apply(x, {training});
  return training ? withCompleteBatchNorms(model, apply) : apply();
}

/**
 * The function from `x` to the logits of a layers model.
 *
 * @param model - The model; a final softmax, or one final sigmoid unit, is bypassed.
 * @param training - Whether batch norm and dropout run in training mode.
 * @param where - Name for error messages.
 * @returns A classifier that reads the model's current weights.
 * @throws {@link InvalidArgumentError} if the model has no logits or several inputs or outputs.
 */
export function logitsOf<I extends tf.Tensor>(
  model: LayersModelLike,
  training: boolean,
  where: string,
): (x: I) => tf.Tensor2D {
  checkSingle(model, where);
  checkAlive(model, where);
  checkStateless(model, where);
  const scores = scoresOf(at(symbolicOutputs(model), 0));
  const final = finalOf(scores, where);
  const run = (x: tf.Tensor) =>
    tf.tidy(() => {
      const output = withoutActivation(scores.sourceLayer, final, where, () =>
        applied(model, x, training),
      );
      return rowsOf(output as tf.Tensor, final.ending, where);
    });
  const check = (x: I): void => {
    checkInputShape(model, x, where);
  };
  if (!training)
    return rememberModel(
      passFunction({model, kind: `${final.ending} ${final.isLayer}`, run}, check),
      model,
    );
  return (x) => {
    check(x);
    return run(x);
  };
}

/**
 * The function from `x` to what a layers model gives, whatever it ends in.
 *
 * @param model - The model.
 * @param training - Whether batch norm and dropout run in training mode.
 * @param where - Name for error messages.
 * @throws {@link InvalidArgumentError} if the model has several inputs or outputs.
 */
export function outputOf<I extends tf.Tensor>(
  model: LayersModelLike,
  training: boolean,
  where: string,
): (x: I) => tf.Tensor2D {
  checkSingle(model, where);
  checkAlive(model, where);
  checkStateless(model, where);
  const run = (x: tf.Tensor) => applied(model, x, training) as tf.Tensor2D;
  const check = (x: I): void => {
    checkInputShape(model, x, where);
  };
  if (!training) return passFunction({model, kind: 'output', run}, check);
  return (x) => {
    check(x);
    return run(x);
  };
}
