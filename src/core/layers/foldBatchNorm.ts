import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {swap} from '../swap';
import {
  isLayersModel,
  symbolicOutputs,
  type Layer,
  type LayersModelLike,
  type Symbolic,
} from './layersModel';
import {pureClass} from './pureClass';

/** A weight of a layer; reading it gives the variable. */
interface Weight {
  read(): tf.Tensor;
}

/** A layer that is linear up to its activation. */
interface Linear extends Layer {
  readonly dataFormat?: string;
  readonly kernel?: Weight;
  readonly depthwiseKernel?: Weight;
  readonly pointwiseKernel?: Weight;
  readonly bias?: Weight | null;
  readonly useBias?: boolean;
}

interface BatchNorm extends Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly gamma?: Weight | null;
  readonly beta?: Weight | null;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

/** The weight that makes the outputs, by the class of the layer. */
const KERNELS = new Map<string | undefined, 'kernel' | 'depthwiseKernel' | 'pointwiseKernel'>([
  ['Conv1D', 'kernel'],
  ['Conv2D', 'kernel'],
  ['Dense', 'kernel'],
  ['DepthwiseConv2D', 'depthwiseKernel'],
  ['SeparableConv2D', 'pointwiseKernel'],
]);

/** A linear layer, the name of its kernel, and the batch norm behind it. */
interface Pair {
  readonly linear: Linear;
  readonly kernelName: 'kernel' | 'depthwiseKernel' | 'pointwiseKernel';
  readonly norm: BatchNorm;
}

const isBatchNorm = (layer: object): layer is BatchNorm =>
  pureClass(layer) === 'BatchNormalization' && 'axis' in layer && 'movingVariance' in layer;

/**
 * Layers whose output goes to a batch norm and nowhere else, with that batch norm; both are used
 * once.
 */
function pairsOf(model: LayersModelLike): Pair[] {
  const uses = new Map<object, number>();
  const visited = new Set<Symbolic>();
  const use = (of: object) => uses.set(of, (uses.get(of) ?? 0) + 1);
  const visit = (tensor: Symbolic): void => {
    use(tensor);
    if (visited.has(tensor)) return;
    visited.add(tensor);
    const {sourceLayer, inputs} = tensor;
    use(sourceLayer);
    if (isLayersModel(sourceLayer)) symbolicOutputs(sourceLayer).forEach(visit);
    // Inside a wrapper it is called in ways that the graph does not show.
    else if (sourceLayer.layer) for (let i = 0; i < 2; i++) use(sourceLayer.layer);
    inputs.forEach(visit);
  };
  symbolicOutputs(model).forEach(visit);

  return [...visited].flatMap(({sourceLayer: norm, inputs: [input], shape}): Pair[] => {
    if (input === undefined || !isBatchNorm(norm) || isLayersModel(input.sourceLayer)) return [];
    const linear: Linear = input.sourceLayer;
    const kernelName = KERNELS.get(pureClass(linear));
    const isPair =
      (norm.axis === -1 || norm.axis === shape.length - 1) &&
      (linear.activation?.getClassName() ?? 'linear') === 'linear' &&
      (linear.dataFormat ?? 'channelsLast') === 'channelsLast' &&
      [input, linear, norm].every((each) => uses.get(each) === 1);
    return isPair && kernelName !== undefined ? [{linear, kernelName, norm}] : [];
  });
}

/** The current weights of a pair. */
const weightsOf = ({linear, kernelName, norm}: Pair) => ({
  kernel: linear[kernelName]?.read(),
  bias: linear.bias?.read(),
  gamma: norm.gamma?.read(),
  beta: norm.beta?.read(),
  mean: norm.movingMean.read(),
  variance: norm.movingVariance.read(),
});

const dataOf = (pair: Pair): unknown[] =>
  Object.values(weightsOf(pair)).map((weight) => weight?.dataId);

/** One pair, folded: weights of the linear layer that do the work of both. */
interface Folded {
  readonly tensors: readonly tf.Tensor[];
  readonly isCurrent: () => boolean;
  readonly apply: () => () => void;
  readonly dispose: () => void;
}

function foldPair(pair: Pair): Folded[] {
  const {linear, kernelName, norm} = pair;
  const {kernel, bias, gamma, beta, mean, variance} = weightsOf(pair);
  if (kernel === undefined) return [];
  const {folded, shift} = tf.tidy(() => {
    // y = (x w + b - μ) s + β with s = γ / √(σ² + ε).
    const inverse = tf.rsqrt(tf.add(variance, norm.epsilon));
    const scale = gamma ? tf.mul(gamma, inverse) : inverse;
    const centred = bias ? tf.sub(bias, mean) : tf.neg(mean);
    const shifted = tf.mul(centred, scale);
    // Of a depthwise kernel, the last two axes number the outputs.
    const outputs = kernelName === 'depthwiseKernel' ? 2 : 1;
    const factor = tf.reshape(scale, kernel.shape.slice(-outputs));
    return {
      folded: tf.keep(tf.mul(kernel, factor)),
      shift: tf.keep(beta ? tf.add(shifted, beta) : shifted),
    };
  });
  const before = dataOf(pair);
  const read = (tensor: tf.Tensor): Weight => ({read: () => tensor});
  // A reshape is a new tensor of the same data.
  const passOn: Layer['call'] = (x) => {
    const input = Array.isArray(x) ? at(x, 0) : x;
    return tf.reshape(input, input.shape);
  };
  const ofBoth: Partial<Linear> = {[kernelName]: read(folded), bias: read(shift), useBias: true};
  const fold: Folded = {
    tensors: [folded, shift],
    isCurrent: () => dataOf(pair).every((data, i) => data === before[i]),
    apply: () => {
      const undo = [swap(linear, ofBoth), swap<Layer>(norm, {call: passOn})];
      return () => undo.forEach((restore) => restore());
    },
    dispose: () => tf.dispose([folded, shift]),
  };
  return [fold];
}

/** Batch norms of a model that are folded into the layers before them. */
export interface FoldedBatchNorm {
  /** How many. */
  readonly count: number;
  /** Weights that do the work of both, in a fixed order. */
  readonly tensors: readonly tf.Tensor[];
  /** Whether the model runs with them in {@link within}. */
  isCurrent(): boolean;
  /**
   * Runs `body`, which may call the model in inference mode, without these batch norms: same
   * values up to rounding. The model is changed for the duration of the call only; where its
   * weights are not the ones that were folded, it is not changed at all.
   */
  within<T>(body: () => T): T;
  /** Disposes the folded weights; `within` then changes nothing. */
  dispose(): void;
}

/**
 * Folds batch norm in inference mode into the convolutions and dense layers before it: where the
 * layer is linear, its output goes to batch norm and nowhere else, and both are used once in the
 * model. A batch norm in doubt is left as it is. Models inside a model are folded, too.
 *
 * @param model - Stays as it is.
 */
export function foldBatchNorm(model: LayersModelLike): FoldedBatchNorm {
  const folded = pairsOf(model).flatMap(foldPair);
  let isDisposed = false;
  let applied = 0;
  const isCurrent = () => applied > 0 || (!isDisposed && folded.every((each) => each.isCurrent()));
  return {
    count: folded.length,
    tensors: folded.flatMap(({tensors}) => tensors),
    isCurrent,
    within: (body) => {
      if (applied > 0 || !isCurrent()) return body();
      const undo = folded.map(({apply}) => apply());
      applied++;
      try {
        return body();
      } finally {
        applied--;
        undo.forEach((restore) => restore());
      }
    },
    dispose: () => {
      isDisposed = true;
      folded.forEach(({dispose}) => dispose());
    },
  };
}
