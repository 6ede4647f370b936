import type {LayersModel} from '@tensorflow/tfjs-layers';

import {at} from '../../core/at';
import {type Defaults, withDefaults} from '../../core/options';
import type {NameMap} from './nameMap';
import {inverseOf, permuted} from './permuted';
import type {StateDict} from './stateTensor';
import {torchWeights} from './torchWeights';

/** Options of {@link stateDict}. */
export interface StateDictOptions {
  /** From names here to names in the `state_dict`. @defaultValue none: they are the same */
  readonly nameMap?: NameMap | undefined;
}

const DEFAULTS: Defaults<StateDictOptions, 'nameMap'> = {nameMap: undefined};

/**
 * The weights of a model as a PyTorch `state_dict`, the inverse of {@link loadStateDict}. With
 * {@link writeSafetensors} it goes to Python, where `model.load_state_dict(load_file(path))` takes
 * it; `num_batches_tracked` is left to PyTorch.
 *
 * @param model - Of this package, or any `tf.LayersModel` whose layers have the names of PyTorch's
 *   modules, up to `nameMap`. A normalisation inside the model is left out.
 * @param options - See {@link StateDictOptions}.
 * @returns Copies of the weights in PyTorch's layout, in the model's order.
 * @throws {@link InvalidArgumentError} if a layer has no counterpart, two weights get one name, or a
 *   layer between a flattened map and a weight is not known to keep the order of features.
 * @example
 * ```ts
 * import {resnet18, stateDict, torchvisionResnetNames} from 'lt-robust/models';
 *
 * const model = resnet18({width: 2});
 * const weights = await stateDict(model, {nameMap: torchvisionResnetNames});
 * weights.get('layer2.0.downsample.0.weight')?.shape; // => [4, 2, 1, 1]
 * ```
 */
export async function stateDict(
  model: LayersModel,
  options: StateDictOptions = {},
): Promise<StateDict> {
  const {nameMap} = withDefaults('stateDict', DEFAULTS, options);
  const weights = [...torchWeights('stateDict', model, nameMap ?? ((name) => name))];
  const values = await Promise.all(weights.map(([, {variable}]) => variable.read().data()));
  return new Map(
    weights.map(([name, {shape, view, axes}], i) => {
      const here = axes.map((axis) => at(view, axis));
      return [name, {shape, values: permuted(values[i] ?? [], here, inverseOf(axes))}];
    }),
  );
}
