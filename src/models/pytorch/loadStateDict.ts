import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkGiven} from '../../core/checks/checkGiven';
import {isList} from '../../core/checks/checkNumbers';
import {at} from '../../core/at';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {type Defaults, withDefaults} from '../../core/options';
import type {NameMap} from './nameMap';
import {permuted} from './permuted';
import {isShaped, type StateDict, type StateTensor} from './stateTensor';
import {torchWeights, type TorchWeight} from './torchWeights';

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /**
   * From names here to names in the checkpoint. @defaultValue none: they are the same
   */
  readonly nameMap?: NameMap | undefined;
  /**
   * Whether weights that the checkpoint lacks, and tensors that the model has no place for, are an
   * error. Otherwise the former stay as they are and the latter are left out. @defaultValue true
   */
  readonly strict?: boolean | undefined;
  /**
   * Names in the checkpoint that are left out without an error, whatever `strict` is: parts that
   * its model never ran. @defaultValue none
   */
  readonly ignore?: RegExp | undefined;
}

const DEFAULTS: Defaults<LoadStateDictOptions, 'nameMap' | 'ignore'> = {
  nameMap: undefined,
  strict: true,
  ignore: undefined,
};

/** What {@link loadStateDict} did not match, by names in the checkpoint. */
export interface LoadedStateDict {
  /** Weights of the model that the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Tensors of the checkpoint that the model has no place for. */
  readonly unexpected: readonly string[];
}

const WHERE = 'loadStateDict';

/**
 * Loads PyTorch weights into a model: convolutions (depthwise as well), linear layers and batch norm
 * with its running statistics. `num_batches_tracked` is ignored. Nothing in the model changes if this
 * throws.
 *
 * PyTorch flattens a map with its channels first. Weights behind a flattened map are put in the order
 * that the map has here.
 *
 * @param model - Of this package, or any `tf.LayersModel` whose layers have the names of PyTorch's
 *   modules, up to `nameMap`. A normalisation inside the model is left as it is.
 * @param tensors - By name, such as {@link readSafetensors} gives.
 * @param options - See {@link LoadStateDictOptions}.
 * @returns The names that did not match; both empty if `strict`.
 * @throws {@link InvalidArgumentError} if names do not match and `strict`, shapes differ, a value is
 *   not finite in float32, a running variance is negative, a layer has no counterpart, or a layer
 *   between a flattened map and a weight is not known to keep the order of features.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {loadStateDict} from 'lt-robust/models';
 *
 * const model = sequential({layers: [layers.dense({name: 'fc', inputShape: [2], units: 1})]});
 * const weight = {shape: [1, 2], values: new Float32Array([3, 4])};
 * const bias = {shape: [1], values: new Float32Array([5])};
 * loadStateDict(model, new Map([['fc.weight', weight], ['fc.bias', bias]]));
 * const y = model.apply(tf.tensor2d([[1, 1]])) as tf.Tensor;
 * y.dataSync(); // => [12]
 * ```
 */
export function loadStateDict(
  model: LayersModel,
  tensors: StateDict,
  options: LoadStateDictOptions = {},
): LoadedStateDict {
  const {nameMap, strict, ignore} = withDefaults(WHERE, DEFAULTS, options);
  const isPattern = ignore === undefined || (ignore as unknown) instanceof RegExp;
  checkGiven(WHERE, 'ignore', ignore, isPattern, 'be a regular expression', 'Write it as /^fc/.');
  const weights = torchWeights(WHERE, model, nameMap ?? ((name) => name));
  checkIsMap(tensors);
  const missing = [...weights.keys()].filter((name) => !tensors.has(name));
  const isExpected = (name: string) =>
    weights.has(name) ||
    /(^|\.)num_batches_tracked$/.test(name) ||
    (ignore !== undefined && name.search(ignore) >= 0);
  const unexpected = [...tensors.keys()].filter((name) => !isExpected(name));
  if (strict && missing.length + unexpected.length > 0) refuseNames(missing, unexpected);
  const matched = [...weights].filter(([name]) => tensors.has(name));
  const pairs = matched.map(
    ([name, weight]) => [name, weight, tensors.get(name) as StateTensor] as const,
  );
  pairs.forEach(([name, , tensor]) => {
    checkTensor(name, tensor);
  });
  checkShapes(pairs);
  const values = pairs.map(([name, weight, {values}]) => valuesHere(name, weight, values));
  pairs.forEach(([, {variable}], i) => {
    const tensor = tf.tensor(at(values, i), variable.read().shape);
    variable.write(tensor);
    tensor.dispose();
  });
  return {missing, unexpected};
}

function checkIsMap(tensors: unknown): void {
  if (Object.prototype.toString.call(tensors) === '[object Map]') return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'tensors',
    expected: 'be a Map from names to {shape, values}',
    found: describeValue(tensors),
    remedy: 'Pass readSafetensors(file).tensors; of an object, new Map(Object.entries(object)).',
  });
}

/** At most eight of the names, and how many there are. */
function listed(names: readonly string[]): string {
  const more = names.length > 8 ? `, and ${names.length - 8} more` : '';
  return `${names.slice(0, 8).join(', ')}${more}`;
}

function refuseNames(missing: readonly string[], unexpected: readonly string[]): never {
  const parts = [
    missing.length > 0 ? `${missing.length} missing: ${listed(missing)}` : '',
    unexpected.length > 0 ? `${unexpected.length} unexpected: ${listed(unexpected)}` : '',
  ];
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'tensors',
    expected: 'have the names of the model',
    found: parts.filter((part) => part !== '').join('; '),
    remedy: 'Pass a nameMap, or leave tensors out with "ignore" or all of them with strict: false.',
  });
}

type Pair = readonly [name: string, weight: TorchWeight, tensor: StateTensor];

function checkTensor(name: string, tensor: unknown): void {
  if (isShaped(tensor) && isList(tensor.values) && !Array.isArray(tensor.values)) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: `tensors["${name}"]`,
    expected: 'be {shape, values} with values in a typed array',
    found: describeValue(tensor),
    remedy: 'Of a tensor take {shape: tensor.shape, values: await tensor.data()}.',
  });
}

function checkShapes(pairs: readonly Pair[]): void {
  const text = (shape: readonly number[]) => `[${shape.join(', ')}]`;
  const differing = pairs.filter(([, {shape}, tensor]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return text(shape) !== text(tensor.shape) || size !== tensor.values.length;
  });
  if (differing.length === 0) return;
  const each = differing.map(
    ([name, {shape}, tensor]) =>
      `"${name}" ${text(tensor.shape)} of ${tensor.values.length} values for ${text(shape)}`,
  );
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'tensors',
    expected: 'have the shapes of the model',
    found: listed(each),
    remedy: 'Make the model with the width, depth and number of classes of the checkpoint.',
  });
}

function valuesHere(
  name: string,
  weight: TorchWeight,
  values: StateTensor['values'],
): Float32Array {
  const fail = (expected: string, found: string) => {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: `tensors["${name}"]`,
      expected,
      found,
      remedy: 'Look at how the checkpoint was made: its training may have diverged.',
    });
  };
  if (typeof values[0] === 'bigint') fail('have floating-point values', 'integers');
  const result = permuted(values as Float32Array, weight.view, weight.axes);
  const isVariance = weight.name.endsWith('.running_var');
  const wrong = result.findIndex((value) => !Number.isFinite(value) || (isVariance && value < 0));
  if (wrong >= 0) {
    fail(isVariance ? 'have finite values >= 0' : 'have finite values', `${result[wrong]}`);
  }
  return result;
}
