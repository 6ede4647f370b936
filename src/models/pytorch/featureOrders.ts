import {at} from '../../core/at';
import {formatsOf} from '../../core/layers/imageLayout';
import {
  isLayersModel,
  symbolicInputs,
  symbolicOutputs,
  type Layer,
  type LayersModelLike,
  type Symbolic,
} from '../../core/layers/layersModel';
import {
  isLost,
  isPlain,
  isSameOrder,
  lengthsHere,
  mapOrder,
  plainOrder,
  withLengths,
  type FeatureOrder,
  type Lengths,
  type LostOrder,
} from './featureOrder';

type Order = FeatureOrder | LostOrder;

/** One call of a layer. */
interface Call {
  readonly layer: Layer;
  /** Orders of its inputs, none of them lost. */
  readonly orders: readonly FeatureOrder[];
  readonly first: FeatureOrder;
  /** Lengths of its output. */
  readonly lengths: Lengths;
}

type Rule = (call: Call) => Order;

const lostAt = ({name}: Layer, kind: string): LostOrder => ({lost: `layer "${name}", ${kind}`});

const lostBy = (layer: Layer): LostOrder => lostAt(layer, `a ${layer.getClassName()}`);

const isChannelsFirst = (layer: Layer): boolean =>
  'dataFormat' in layer && layer.dataFormat === 'channelsFirst';

const isMap = ({axes}: FeatureOrder): boolean => axes.length > 1;

const kept: Rule = ({first}) => first;

// tfjs moves the channels that it takes to be first behind all other axes.
const flattened: Rule = ({layer, first}) =>
  isChannelsFirst(layer)
    ? {...first, axes: [...first.axes.slice(1), ...first.axes.slice(0, 1)]}
    : first;

const reshaped: Rule = ({layer, first, lengths}) => {
  const before = lengthsHere(first);
  const isBack = before.length === lengths.length && before.every((n, axis) => n === lengths[axis]);
  if (lengths.length === 1 || isBack) return first;
  return isPlain(first) ? {...first, ...plainOrder(lengths)} : lostBy(layer);
};

const transposed: Rule = ({layer, first}) => {
  const dims: readonly unknown[] = 'dims' in layer && Array.isArray(layer.dims) ? layer.dims : [];
  return {...first, axes: dims.map((dim) => at(first.axes, Number(dim) - 1))};
};

/** Whether the channels of a map are where a layer looks for them. */
const fits = (layer: Layer, order: FeatureOrder): boolean =>
  order.isAssumed === true ||
  isSameOrder(order, mapOrder(lengthsHere(order), isChannelsFirst(layer)));

const spatial: Rule = ({layer, first, lengths}) =>
  fits(layer, first) ? mapOrder(lengths, isChannelsFirst(layer)) : lostBy(layer);

const pooled: Rule = ({layer, first, lengths}) =>
  fits(layer, first) ? plainOrder(lengths) : lostBy(layer);

const normalised: Rule = ({layer, first, lengths}) =>
  // Of an input that nothing else is known of, the axis says where the channels are.
  'axis' in layer && layer.axis === 1 && lengths.length > 2 && first.isAssumed
    ? mapOrder(lengths, true)
    : first;

const dense: Rule = ({first, lengths}) =>
  lengths.length === 1 ? plainOrder(lengths) : withLengths(first, lengths);

const isLike = (lengths: Lengths, order: FeatureOrder): boolean =>
  String(lengths) === String(lengthsHere(order));

// What is broadcast stands beside entries of all orders.
const merged: Rule = ({layer, orders, first, lengths}) => {
  const size = (all: Lengths) => all.reduce<number>((product, n) => product * (n ?? 1), 1);
  const whole = orders.filter((order) => size(lengthsHere(order)) === size(lengths));
  const [leading = first, ...others] = whole;
  if (!others.every((order) => isSameOrder(order, leading))) return lostBy(layer);
  const model = whole.find((order) => isLike(lengths, order)) ?? leading;
  return lengths.length === 1 ? model : withLengths(model, lengths);
};

const joined: Rule = ({layer, orders, first, lengths}) => {
  const areAlike = orders.every(({axes}) => String(axes) === String(first.axes));
  if (lengths.length > 1) return areAlike ? withLengths(first, lengths) : lostBy(layer);
  return orders.every(isPlain) ? plainOrder(lengths) : lostBy(layer);
};

// A layer that is not known. Of a map it is taken to keep the axes if it keeps their lengths, and to
// pool the places if one value of each channel is left.
const unknown: Rule = ({layer, orders, first, lengths}) => {
  const [channels] = first.shape;
  const isAlone = orders.length === 1 && isMap(first);
  if (isAlone && lengths.length > 1 && isLike(lengths, first)) return first;
  const isPooled = isAlone && lengths.length === 1 && lengths[0] === channels;
  const isVector = lengths.length < 3 && orders.every(isPlain);
  return isVector || isPooled ? plainOrder(lengths) : lostBy(layer);
};

const named = (rule: Rule, ...names: readonly string[]) =>
  names.map((name) => [name, rule] as const);

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...named(kept, 'Activation', 'ReLU', 'LeakyReLU', 'ELU', 'ThresholdedReLU', 'Softmax'),
  ...named(kept, 'Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'),
  ...named(normalised, 'BatchNormalization'),
  ...named(flattened, 'Flatten'),
  ...named(reshaped, 'Reshape'),
  ...named(transposed, 'Permute'),
  ...named(spatial, 'Conv2D', 'DepthwiseConv2D', 'MaxPooling1D', 'AveragePooling1D'),
  ...named(spatial, 'MaxPooling2D', 'AveragePooling2D', 'MaxPooling3D', 'AveragePooling3D'),
  ...named(spatial, 'ZeroPadding2D', 'Cropping2D', 'UpSampling2D'),
  ...named(pooled, 'GlobalAveragePooling1D', 'GlobalMaxPooling1D'),
  ...named(pooled, 'GlobalAveragePooling2D', 'GlobalMaxPooling2D'),
  ...named(dense, 'Dense', 'CosineHead'),
  ...named(merged, 'Add', 'Multiply', 'Average', 'Maximum', 'Minimum'),
  ...named(joined, 'Concatenate'),
]);

/** The order of what a layer gives. Convolutions and pooling start anew from what was lost. */
function orderAfter(layer: Layer, orders: readonly Order[], lengths: Lengths): Order {
  const rule = RULES.get(layer.getClassName()) ?? unknown;
  const known = orders.filter((order): order is FeatureOrder => !isLost(order));
  const lost = orders.find(isLost);
  if (lost !== undefined) {
    if (rule === spatial) return mapOrder(lengths, isChannelsFirst(layer));
    return rule === pooled || (rule === dense && lengths.length === 1) ? plainOrder(lengths) : lost;
  }
  const [first = plainOrder(lengths)] = known;
  return rule({layer, orders: known, first, lengths});
}

/** The order in which a layer reads the features that its weights belong to. */
function orderRead(layer: Layer, order: Order, isVector: boolean): Order {
  if (isVector) return order;
  const isMisread =
    RULES.get(layer.getClassName()) === spatial && !isLost(order) && !fits(layer, order);
  return isMisread
    ? lostAt(layer, 'that looks for channels on another axis than the layers before it')
    : plainOrder([]);
}

type Read = Map<unknown, Order>;

function record(read: Read, layer: Layer, order: Order): void {
  const before = read.get(layer);
  const isNew = before === undefined || (!isLost(before) && isLost(order));
  if (isNew) read.set(layer, order);
  else if (!isLost(before) && !isLost(order) && !isSameOrder(before, order)) {
    read.set(layer, lostAt(layer, 'that is called on features in several orders'));
  }
}

const lengthsOf = ({shape}: Symbolic): Lengths => shape.slice(1);

function followed(model: LayersModelLike, given: readonly Order[], read: Read): Order[] {
  const known = new Map<unknown, Order>(model.inputs.map((input, i) => [input, at(given, i)]));
  const orderOf = (tensor: Symbolic): Order => {
    const order = known.get(tensor) ?? orderOfCall(tensor, tensor.inputs.map(orderOf), read);
    known.set(tensor, order);
    return order;
  };
  return symbolicOutputs(model).map(orderOf);
}

function orderOfCall(output: Symbolic, orders: readonly Order[], read: Read): Order {
  const {sourceLayer: layer, inputs, outputTensorIndex = 0} = output;
  if (isLayersModel(layer)) return at(followed(layer, orders, read), outputTensorIndex);
  const [order] = orders;
  if (order !== undefined) {
    record(read, layer, orderRead(layer, order, lengthsOf(at(inputs, 0)).length === 1));
  }
  return orderAfter(layer, orders, lengthsOf(output));
}

/**
 * Follows maps through a model: the order in which each layer reads its features, where these are a
 * vector. PyTorch flattens a map with its channels first, this model in whatever way it has them.
 *
 * @param model - Its layers may be models. An input is taken to be a map as its convolutions have it,
 *   channels last if it has none, where it has two sides and channels.
 * @returns By layer. What a layer reads along an axis of its own (a convolution its channels) is plain.
 *   Lost is the order where a layer between is not known to keep it.
 */
export function featureOrders(model: LayersModelLike): ReadonlyMap<unknown, Order> {
  const read: Read = new Map();
  const formats = formatsOf(model);
  const isFirst = formats.size === 1 && formats.has('channelsFirst');
  const assumed = (lengths: Lengths): Order => {
    const order = lengths.length > 2 ? mapOrder(lengths, isFirst) : plainOrder(lengths);
    return {...order, isAssumed: true};
  };
  followed(model, symbolicInputs(model).map(lengthsOf).map(assumed), read);
  return read;
}
