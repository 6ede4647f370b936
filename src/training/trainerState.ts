import * as tf from '@tensorflow/tfjs-core';

import {isList} from '../core/checks/checkNumbers';
import {checkOptimizerForm} from '../core/checks/checkParts';
import {describeValue} from '../core/describeValue';
import {at} from '../core/at';
import {asTrainableClassifier, type TrainableModel} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';

/** A tensor as plain data. */
export type TensorState = Readonly<{
  /** Its shape. */
  shape: readonly number[];
  /** Its values, row by row. */
  values: Float32Array | Int32Array;
}>;

/** Everything that training changes in a model, as plain data: survives `structuredClone`. */
export type ModelState = Readonly<{
  /** The trainable variables, in the model's order. */
  variables: readonly TensorState[];
  /** Batch norm's running statistics, in the model's order. */
  statistics: readonly TensorState[];
}>;

/** An optimizer's momenta and step count, as plain data. */
export type OptimizerState = readonly (TensorState & {readonly name: string})[];

/** Reads a tensor from the device. */
export async function captureTensor(tensor: tf.Tensor): Promise<TensorState> {
  const values = await tensor.data<'float32' | 'int32'>();
  return {shape: [...tensor.shape], values: values.slice()}; // cpu hands out its own buffer
}

/** A tensor with a state's values; the caller disposes it. */
export const toTensor = ({shape, values}: TensorState): tf.Tensor =>
  tf.tensor(values.slice(), [...shape], values instanceof Int32Array ? 'int32' : 'float32');

/**
 * Copies the weights and running statistics of a model.
 *
 * @param model - A `tf.LayersModel`, or a {@link TrainableClassifier}.
 * @returns Plain data, from which {@link restoreModelState} restores them.
 * @throws {@link InvalidArgumentError} if the model is neither.
 * @example
 * ```ts
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {captureModelState} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 1})]});
 * const state = await captureModelState(model);
 * state.variables.map(({shape}) => shape); // => [[2, 1], [1]]
 * ```
 */
export async function captureModelState<I extends tf.Tensor>(
  model: TrainableModel<I>,
): Promise<ModelState> {
  const {variables, statistics} = asTrainableClassifier(model, 'captureModelState');
  return {
    variables: await Promise.all(variables.map(captureTensor)),
    statistics: await Promise.all(statistics.map(captureTensor)),
  };
}

/**
 * Restores weights and running statistics, bit for bit. The model may be another one of the same
 * architecture.
 *
 * @param model - A `tf.LayersModel`, or a {@link TrainableClassifier}; its variables change.
 * @param state - From {@link captureModelState}, or `best.state` of a training's result.
 * @throws {@link InvalidArgumentError} if the shapes of `state` are not those of the model.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {captureModelState, restoreModelState} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 1})]});
 * const state = await captureModelState(model);
 * model.setWeights([tf.zeros([2, 1]), tf.zeros([1])]);
 * restoreModelState(model, state);
 * ```
 */
export function restoreModelState<I extends tf.Tensor>(
  model: TrainableModel<I>,
  state: ModelState,
): void {
  const {variables, statistics} = asTrainableClassifier(model, 'restoreModelState');
  const targets = [...variables, ...statistics];
  const sources = [
    ...checkedTensors('restoreModelState', 'state.variables', partOf(state, 'variables')),
    ...checkedTensors('restoreModelState', 'state.statistics', partOf(state, 'statistics')),
  ];
  const shapes = (list: readonly {shape: readonly number[]}[]) =>
    list.map(({shape}) => `[${shape.join(', ')}]`).join(' ');
  if (shapes(targets) !== shapes(sources)) {
    throw new InvalidArgumentError({
      where: 'restoreModelState',
      argument: 'state',
      expected: `have the shapes of the model's variables, ${shapes(targets)}`,
      found: shapes(sources),
      remedy: 'Build the model as it was when the state was captured.',
    });
  }
  tf.tidy(() => {
    targets.forEach((variable, i) => variable.assign(toTensor(at(sources, i))));
  });
}

const partOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

function checkedTensors(where: string, argument: string, value: unknown): readonly TensorState[] {
  const isTensor = (part: unknown): part is TensorState => {
    const [shape, values] = [partOf(part, 'shape'), partOf(part, 'values')];
    return (
      isList(shape) &&
      (values instanceof Float32Array || values instanceof Int32Array) &&
      Array.from<unknown>(shape).every((side) => Number.isSafeInteger(side) && Number(side) >= 0) &&
      values.length === Array.from(shape, Number).reduce((size, side) => size * side, 1)
    );
  };
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [];
  if (Array.isArray(value) && list.every(isTensor)) return list;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'be a list of {shape, values}, as many values as the shape says',
    found: describeValue(value),
    remedy: 'Pass on what captureModelState or captureOptimizerState gave, unchanged.',
  });
}

function checkVariables(where: string, variables: unknown): void {
  const areVariables =
    Array.isArray(variables) &&
    Array.from<unknown>(variables).every((each) => each instanceof tf.Variable);
  if (areVariables) return;
  throw new InvalidArgumentError({
    where,
    argument: 'variables',
    expected: 'be a list of variables',
    found: describeValue(variables),
    remedy: "Pass those of asTrainableClassifier(model), in the model's order.",
  });
}

/** Whether every weight and statistic is finite. */
export const isFiniteState = ({variables, statistics}: ModelState): boolean =>
  [...variables, ...statistics].every(({values}) => values.every(Number.isFinite));

const POSITION = /^#(\d+)(\/|$)/;

/** Which variable a name is of; the longest, where one variable's name begins another's. */
function positionOf(name: string, variables: readonly tf.Variable[]): number {
  const lengths = variables.map((v) =>
    name === v.name || name.startsWith(`${v.name}/`) ? v.name.length : -1,
  );
  const longest = Math.max(-1, ...lengths);
  return longest < 0 ? -1 : lengths.indexOf(longest);
}

/**
 * Copies what an optimizer remembers. Names of variables become positions in the model: in another
 * process, or for another instance of the model, tf.layers names them differently.
 *
 * @param optimizer - Any `tf.Optimizer` with `getWeights`; all of tfjs's have it.
 * @param variables - The trainable variables, in the model's order.
 * @returns Plain data, from which {@link restoreOptimizerState} restores it.
 * @throws {@link InvalidArgumentError} if the optimizer does not tell: Adamax of tfjs does not.
 */
export async function captureOptimizerState(
  optimizer: tf.Optimizer,
  variables: readonly tf.Variable[],
): Promise<OptimizerState> {
  checkOptimizerForm('captureOptimizerState', optimizer);
  checkVariables('captureOptimizerState', variables);
  const weights = await keptWeights(optimizer).catch((error: unknown) => {
    throw new InvalidArgumentError({
      where: 'train',
      argument: 'optimizer',
      expected: 'tell what it remembers, by getWeights()',
      found: `${optimizer.getClassName()}, which does not (${String(error)})`,
      remedy: "Pass one that does: sgd of lt-robust, or TensorFlow.js's adam.",
    });
  });
  const state = await Promise.all(
    weights.map(async ({name, tensor}) => {
      const position = positionOf(name, variables);
      const suffix = name.slice(variables[position]?.name.length);
      return {
        name: position < 0 ? name : `#${position}${suffix}`,
        ...(await captureTensor(tensor)),
      };
    }),
  );
  // tfjs makes the step count anew at each call; the momenta are the optimizer's own.
  for (const {tensor} of weights) if (!(tensor instanceof tf.Variable)) tensor.dispose();
  return state;
}

// The step count is made at once and handed out later: until then the program may end a scope of its own.
function keptWeights(optimizer: tf.Optimizer): ReturnType<tf.Optimizer['getWeights']> {
  const engine = tf.engine();
  engine.startScope();
  try {
    return optimizer.getWeights();
  } finally {
    for (const tensor of engine.state.activeScope.track) tf.keep(tensor);
    engine.endScope();
  }
}

/**
 * Restores what {@link captureOptimizerState} copied, bit for bit.
 *
 * @param optimizer - One of the same kind; what it remembered before is freed.
 * @param variables - The trainable variables, in the model's order; another instance of the model
 *   will do.
 * @param state - From {@link captureOptimizerState}.
 */
export async function restoreOptimizerState(
  optimizer: tf.Optimizer,
  variables: readonly tf.Variable[],
  state: OptimizerState,
): Promise<void> {
  const where = 'restoreOptimizerState';
  checkOptimizerForm(where, optimizer);
  checkVariables(where, variables);
  checkedTensors(where, 'state', state);
  const replaced = await optimizer.getWeights();
  if (state.length === 0 && replaced.length > 0) {
    for (const {tensor} of replaced) if (!(tensor instanceof tf.Variable)) tensor.dispose();
    throw new InvalidArgumentError({
      where,
      argument: 'state',
      expected: 'have what this optimizer remembers',
      found: 'nothing',
      remedy: 'Pass on what captureOptimizerState gave, unchanged.',
    });
  }
  const weights = state.map(({name, ...tensorState}) => ({
    name: name.replace(
      POSITION,
      (_, position: string, end: string) => `${variables[Number(position)]?.name}${end}`,
    ),
    tensor: toTensor(tensorState),
  }));
  try {
    await optimizer.setWeights(weights);
  } finally {
    // setWeights copies; tfjs's own optimizers forget to free what it replaces.
    for (const {tensor} of [...weights, ...replaced]) if (!tensor.isDisposed) tensor.dispose();
  }
}
