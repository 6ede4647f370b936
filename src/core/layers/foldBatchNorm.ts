import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {isLayersModel, type LayersModelLike} from './layersModel';

/** A weight of a layer; reading it gives the variable. */
interface Weight {
  read(): tf.Tensor;
}

interface Layer {
  readonly constructor: {readonly className?: string};
  readonly activation?: {getClassName(): string} | null;
  readonly dataFormat?: string;
  readonly bias?: Weight | null;
  readonly layer?: object;
}

interface BatchNorm extends Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly gamma?: Weight | null;
  readonly beta?: Weight | null;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

interface Symbolic {
  readonly sourceLayer: Layer | LayersModelLike;
  readonly inputs: readonly Symbolic[];
  readonly shape: readonly unknown[];
}

/** Layers that are linear up to their activation, and the weight that makes their outputs. */
const KERNEL_OF: Readonly<Record<string, string>> = {
  Conv1D: 'kernel',
  Conv2D: 'kernel',
  Dense: 'kernel',
  DepthwiseConv2D: 'depthwiseKernel',
  SeparableConv2D: 'pointwiseKernel',
};

type Pair = readonly [linear: Layer, norm: BatchNorm];

/** Class of a layer, where nobody has changed what it computes. */
function pureClass(layer: Layer): string | undefined {
  // A derived class without a name of its own has the one of its base.
  const named = Object.hasOwn(layer.constructor, 'className') && !Object.hasOwn(layer, 'call');
  return named ? layer.constructor.className : undefined;
}

/** Layers with a batch norm behind them that alone uses what they give; each used once. */
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
    if (isLayersModel(sourceLayer)) sourceLayer.outputs.forEach((t) => visit(t as Symbolic));
    // Inside a wrapper it is called in ways that the graph does not show.
    else if (sourceLayer.layer) [1, 2].forEach(() => use(sourceLayer.layer as object));
    inputs.forEach(visit);
  };
  model.outputs.forEach((tensor) => visit(tensor as Symbolic));

  return [...visited].flatMap(({sourceLayer, inputs: [input], shape}): Pair[] => {
    const [linear, norm] = [input?.sourceLayer as Layer, sourceLayer as BatchNorm];
    const isPair =
      pureClass(norm) === 'BatchNormalization' &&
      (norm.axis === -1 || norm.axis === shape.length - 1) &&
      Object.hasOwn(KERNEL_OF, pureClass(linear) ?? '') &&
      (linear.activation?.getClassName() ?? 'linear') === 'linear' &&
      (linear.dataFormat ?? 'channelsLast') === 'channelsLast' &&
      [input as object, linear, norm].every((each) => uses.get(each) === 1);
    return isPair ? [[linear, norm]] : [];
  });
}

const weightsOf = ([linear, norm]: Pair): (tf.Tensor | undefined)[] =>
  [
    (linear as unknown as Record<string, Weight>)[kernelOf(linear)],
    linear.bias,
    norm.gamma,
    norm.beta,
    norm.movingMean,
    norm.movingVariance,
  ].map((weight) => weight?.read());

const kernelOf = (linear: Layer) => KERNEL_OF[linear.constructor.className as string] as string;

/** Sets properties of an object; returns what puts back the ones that were there. */
function swap(object: object, properties: object): () => void {
  const before = Object.keys(properties).map(
    (key) => [key, Object.getOwnPropertyDescriptor(object, key)] as const,
  );
  Object.assign(object, properties);
  return () => {
    for (const [key, descriptor] of before) {
      if (descriptor) Object.defineProperty(object, key, descriptor);
      else Reflect.deleteProperty(object, key);
    }
  };
}

/** One pair, folded: weights of the linear layer that do the work of both. */
function foldPair(pair: Pair) {
  const [linear, norm] = pair;
  const weights = weightsOf(pair);
  const [kernel, bias, gamma, beta, mean, variance] = weights;
  const {folded, shift} = tf.tidy(() => {
    // y = (x w + b - μ) s + β with s = γ / √(σ² + ε).
    const inverse = tf.rsqrt(tf.add(variance as tf.Tensor, norm.epsilon));
    const scale = gamma ? tf.mul(gamma, inverse) : inverse;
    const centred = bias ? tf.sub(bias, mean as tf.Tensor) : tf.neg(mean as tf.Tensor);
    const shifted = tf.mul(centred, scale);
    // Of a depthwise kernel, the last two axes number the outputs.
    const outputs = kernelOf(linear) === 'depthwiseKernel' ? 2 : 1;
    const factor = tf.reshape(scale, (kernel as tf.Tensor).shape.slice(-outputs));
    return {
      folded: tf.keep(tf.mul(kernel as tf.Tensor, factor)),
      shift: tf.keep(beta ? tf.add(shifted, beta) : shifted),
    };
  });
  const ids = weights.map((weight) => weight?.dataId);
  const read = (tensor: tf.Tensor) => ({read: () => tensor});
  return {
    isCurrent: () => weightsOf(pair).every((weight, i) => weight?.dataId === ids[i]),
    apply: () => {
      const undo = [
        swap(linear, {[kernelOf(linear)]: read(folded), bias: read(shift), useBias: true}),
        swap(norm, {
          // A reshape is a new tensor of the same data.
          call: (x: tf.Tensor | tf.Tensor[]) => {
            const input = Array.isArray(x) ? at(x, 0) : x;
            return tf.reshape(input, input.shape);
          },
        }),
      ];
      return () => undo.forEach((restore) => restore());
    },
    dispose: () => tf.dispose([folded, shift]),
  };
}

/** Batch norms of a model that are folded into the layers before them. */
export interface FoldedBatchNorm {
  /** How many. */
  readonly count: number;
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
 * layer is linear, batch norm alone uses what it gives, and both are used once in the model. Where
 * in doubt, it is left as it is. Models inside a model are folded, too.
 *
 * @param model - Stays as it is.
 */
export function foldBatchNorm(model: LayersModelLike): FoldedBatchNorm {
  const folded = pairsOf(model).map(foldPair);
  let isDisposed = false;
  return {
    count: folded.length,
    within: (body) => {
      if (isDisposed || !folded.every(({isCurrent}) => isCurrent())) return body();
      const undo = folded.map(({apply}) => apply());
      try {
        return body();
      } finally {
        undo.forEach((restore) => restore());
      }
    },
    dispose: () => {
      isDisposed = true;
      folded.forEach(({dispose}) => dispose());
    },
  };
}
