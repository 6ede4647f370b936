import type {layers, LayersModel} from '@tensorflow/tfjs-layers';

import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {checkAlive, isLayersModel} from '../../core/layers/layersModel';
import {isNormalization} from '../parts/normalization';
import {isLost, isPlain, plainOrder, type FeatureOrder, type LostOrder} from './featureOrder';
import {featureOrders} from './featureOrders';
import type {NameMap} from './nameMap';

/** A weight of a model, and how PyTorch has it. */
export interface TorchWeight {
  /** Its name in a `state_dict`. */
  readonly name: string;
  /** The weight here. */
  readonly variable: layers.Layer['weights'][number];
  /** Its shape in PyTorch. */
  readonly shape: readonly number[];
  /** The same with axes split where they have to be for `axes`. */
  readonly view: readonly number[];
  /** For each axis here, the axis of `view` that it is. */
  readonly axes: readonly number[];
}

type Layout = Pick<TorchWeight, 'shape' | 'view' | 'axes'>;
/** From a weight's shape here, and the order in which its layer reads a vector of features. */
type LayoutOf = (shape: readonly number[], order: FeatureOrder) => Layout;

const lengthsIn = ({shape}: FeatureOrder): number[] => shape.map((length) => length ?? 0);

const vector: LayoutOf = (shape) => ({shape, view: shape, axes: [0]});

// One value for each feature. Those of a flattened map are CHW in PyTorch.
const featureVector: LayoutOf = (shape, order) =>
  isPlain(order)
    ? {shape, view: shape, axes: [0]}
    : {shape, view: lengthsIn(order), axes: order.axes};

// OIHW in PyTorch, HWIO here.
const convolution: LayoutOf = ([height = 0, width = 0, inputs = 0, outputs = 0]) => {
  const shape = [outputs, inputs, height, width];
  return {shape, view: shape, axes: [2, 3, 1, 0]};
};

// A grouped convolution of one input channel in PyTorch; its outputs number input and multiplier.
const depthwise: LayoutOf = ([height = 0, width = 0, inputs = 0, multiplier = 0]) => ({
  shape: [inputs * multiplier, 1, height, width],
  view: [inputs, multiplier, height, width],
  axes: [2, 3, 0, 1],
});

// Transposed. Behind a flattened map its inputs are CHW in PyTorch.
const linear: LayoutOf = ([inputs = 0, outputs = 0], order) => {
  const shape = [outputs, inputs];
  if (isPlain(order)) return {shape, view: shape, axes: [1, 0]};
  const view = [outputs, ...lengthsIn(order)];
  return {shape, view, axes: [...order.axes.map((axis) => axis + 1), 0]};
};

type Role = readonly [name: string, layout: LayoutOf];

/** By class of the layer and name of the weight: PyTorch's name and layout. */
const ROLES: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  Conv2D: {kernel: ['weight', convolution], bias: ['bias', vector]},
  DepthwiseConv2D: {depthwise_kernel: ['weight', depthwise], bias: ['bias', vector]},
  Dense: {kernel: ['weight', linear], bias: ['bias', vector]},
  CosineHead: {kernel: ['weight', linear]},
  BatchNormalization: {
    gamma: ['weight', featureVector],
    beta: ['bias', featureVector],
    moving_mean: ['running_mean', featureVector],
    moving_variance: ['running_var', featureVector],
  },
};

// Models may be layers of models; a layer may be in several.
function layersOf(model: LayersModel, found = new Set<layers.Layer>()): Set<layers.Layer> {
  for (const layer of model.layers) {
    if (isLayersModel(layer)) layersOf(layer as unknown as LayersModel, found);
    else found.add(layer);
  }
  return found;
}

/** A weight whose name may be mapped, or left out, before its layout is asked for. */
interface NamedWeight extends Pick<TorchWeight, 'name' | 'variable'> {
  readonly layer: layers.Layer;
  readonly layoutOf: LayoutOf;
}

function weightsOf(where: string, layer: layers.Layer): NamedWeight[] {
  if (isNormalization(layer)) return []; // constants, which no state_dict has
  return layer.weights.map((variable) => {
    const own = variable.originalName.split('/').at(-1) ?? '';
    const roles = ROLES[layer.getClassName()];
    const role = roles !== undefined && Object.hasOwn(roles, own) ? roles[own] : undefined;
    if (role === undefined) {
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: `have weights in layers of ${Object.keys(ROLES).join(', ')} only`,
        found: `"${own}" of layer "${layer.name}", a ${layer.getClassName()}`,
        remedy: 'Set the weights of that layer by hand, with the rest in a model of its own.',
      });
    }
    const [name, layoutOf] = role;
    return {name: `${layer.name}.${name}`, variable, layer, layoutOf};
  });
}

function knownOrder(
  where: string,
  layer: layers.Layer,
  order: FeatureOrder | LostOrder = plainOrder([]),
): FeatureOrder {
  if (!isLost(order)) return order;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: `keep the order of features, channels first in PyTorch, as far as layer "${layer.name}"`,
    found: order.lost,
    remedy:
      `Put global pooling or a known layer there, or give undefined for the weights of "${layer.name}" ` +
      'in the nameMap and set them by hand.',
  });
}

/**
 * All weights of a model as PyTorch has them.
 *
 * @param where - Public function, for error messages.
 * @param model - Its layers' names are those of PyTorch's modules, up to `nameMap`.
 * @param nameMap - See {@link NameMap}.
 * @returns By name in the `state_dict`, in the model's order, without those that the map leaves out.
 * @throws {@link InvalidArgumentError} if a layer has no counterpart, a layer between a flattened map
 *   and a weight may change the order of features, two weights get one name, or the model was disposed.
 */
export function torchWeights(
  where: string,
  model: LayersModel,
  nameMap: NameMap,
): Map<string, TorchWeight> {
  if (typeof model !== 'object' || (model as unknown) === null || !isLayersModel(model)) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'be a tf.LayersModel',
      found: describeValue(model),
      remedy: 'Pass a model such as resnet18() makes.',
    });
  }
  checkAlive(model, where);
  const orders = featureOrders(model);
  const weights = new Map<string, TorchWeight>();
  for (const weight of [...layersOf(model)].flatMap((layer) => weightsOf(where, layer))) {
    const name = nameMap(weight.name);
    if (name === undefined) continue;
    const other = weights.get(name);
    if (other !== undefined) {
      throw new InvalidArgumentError({
        where,
        argument: 'nameMap',
        expected: 'give each weight a name of its own',
        found: `"${name}" for both "${other.name}" and "${weight.name}"`,
        remedy: 'Write the map so that different names stay different.',
      });
    }
    const {variable, layer, layoutOf} = weight;
    // A bias is of the outputs.
    const order =
      layoutOf === vector ? plainOrder([]) : knownOrder(where, layer, orders.get(layer));
    weights.set(name, {name: weight.name, variable, ...layoutOf(variable.read().shape, order)});
  }
  return weights;
}
