import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers, type Shape} from '@tensorflow/tfjs-layers';

import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {createRng} from '../core/rng';
import {initialise} from './parts/initialise';

/** Options of the cosine head of a network. */
export interface CosineHeadOptions {
  /** What the cosines are multiplied by, above 0. @defaultValue 1 */
  readonly scale?: number | undefined;
  /**
   * g ≥ 0, added to the norm of each class's weights. A class of small weights then gets small
   * logits. RoBal has 1/16 in one of its four settings. @defaultValue 1 / 32
   */
  readonly normOffset?: number | undefined;
}

/** Options of {@link cosineHead}. */
export interface CosineHeadLayerOptions extends CosineHeadOptions {
  /** Name of the layer; by default tfjs makes one up. */
  readonly name?: string | undefined;
  /** Seed of the initial weights, an integer from 0. @defaultValue 0 */
  readonly seed?: number | undefined;
}

const DEFAULTS: Defaults<CosineHeadLayerOptions, 'name'> = {
  scale: 1,
  normOffset: 1 / 32,
  name: undefined,
  seed: 0,
};

// Added to squared norms: features behind a ReLU can all be 0.
const TINY = 1e-24;

type Weight = layers.Layer['weights'][number];

interface Config {
  readonly units: number;
  readonly scale: number;
  readonly normOffset: number;
  readonly seed: number;
  readonly name?: string;
}

/** The layer; tfjs names it by its class in saved models. */
class CosineHead extends layers.Layer {
  static readonly className = 'CosineHead';
  private readonly config: Config;
  private kernel: Weight | undefined;

  constructor(config: Config) {
    super({...config});
    this.config = config;
  }

  override build(inputShape: Shape): void {
    const {units, seed} = this.config;
    const [, width] = inputShape;
    if (inputShape.length !== 2 || typeof width !== 'number') {
      throw new InvalidArgumentError({
        where: 'cosineHead',
        argument: 'input',
        expected: 'be features [batch, width]',
        found: `[${inputShape.join(', ')}]`,
        remedy: 'Put a layer like tf.layers.globalAveragePooling2d({}) before it.',
      });
    }
    this.kernel = this.addWeight('kernel', [width, units], 'float32', initializers.zeros());
    initialise(this, createRng(seed));
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.config.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const {scale, normOffset} = this.config;
      const features = Array.isArray(inputs) ? at(inputs, 0) : inputs;
      const kernel = (this.kernel as Weight).read();
      const directions: tf.Tensor2D = tf.div(features, normsOf(features, 1));
      const classes: tf.Tensor2D = tf.div(kernel, tf.add(normsOf(kernel, 0), normOffset));
      return tf.mul(tf.matMul(directions, classes), scale);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {units, scale, normOffset, seed} = this.config;
    return {...super.getConfig(), units, scale, normOffset, seed};
  }
}

const normsOf = (x: tf.Tensor, axis: number) =>
  tf.sqrt(tf.add(tf.sum(tf.square(x), axis, true), TINY));

/**
 * Tells tfjs how to load the layer from a saved model. Bundlers drop files of which nothing is used, so
 * whoever loads models calls this.
 */
export function registerCosineHead(): void {
  tf.serialization.registerClass(CosineHead);
}

registerCosineHead();

/**
 * The last layer of RoBal: cosines between the features and the weights of each class,
 * scale · x/‖x‖ · W_c/(‖W_c‖ + g), without a bias. Weights start uniform within ±1/√width.
 *
 * A saved model with this layer loads with `tf.loadLayersModel` in any program that imports
 * `lt-robust/models`, bundled or not. For RoBal's evaluation see {@link adjustedClassifier}.
 *
 * @param units - Number of classes, 2 or more.
 * @param options - See {@link CosineHeadLayerOptions}.
 * @returns A layer from `[batch, width]` to `[batch, units]`; the gradient at features that are
 *   all 0 is finite.
 * @throws {@link InvalidArgumentError} if an option is out of range, or at `apply` if the input is
 *   not of rank 2.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, section 4.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {asClassifier} from 'lt-robust';
 * import {cosineHead} from 'lt-robust/models';
 *
 * const head = cosineHead(2, {normOffset: 0});
 * const model = sequential({layers: [layers.flatten({inputShape: [1, 1, 2]}), head]});
 * head.setWeights([tf.tensor2d([[1, 0], [0, 2]])]);
 * const logits = asClassifier(model)(tf.tensor4d([3, 4], [1, 1, 1, 2]));
 * logits.dataSync(); // => [0.6, 0.8]
 * ```
 */
export function cosineHead(units: number, options: CosineHeadLayerOptions = {}): layers.Layer {
  const where = 'cosineHead';
  const {name, ...settings} = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  checkNumber(where, 'units', units, {min: 2, integer: true});
  checkNumber(where, 'scale', settings.scale, {above: 0, float32: true});
  checkNumber(where, 'normOffset', settings.normOffset, {min: 0});
  checkNumber(where, 'seed', settings.seed, {min: 0, max: 0xffffffff, integer: true});
  return new CosineHead({units, ...settings, ...(name === undefined ? {} : {name})});
}
