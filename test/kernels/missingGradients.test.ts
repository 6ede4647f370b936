import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {isMissingGradientsError, type MissingGradientsError} from '../../src/core/errors';
import {explained} from '../../src/kernels/missingGradients';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';

/** A layer of one function. */
class Lambda extends layers.layers.Layer {
  static readonly className = 'Lambda';

  constructor(
    name: string,
    private readonly f: (x: tf.Tensor) => tf.Tensor,
  ) {
    super({name});
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => this.f((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor));
  }
}

function errorOf(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): MissingGradientsError {
  const layer = new Lambda('odd', f);
  const input = layers.input({shape: x.shape.slice(1)});
  const before = layers.layers.activation({activation: 'relu', name: 'before'});
  const output = layer.apply(before.apply(input)) as layers.SymbolicTensor;
  const model = layers.model({inputs: input, outputs: output});
  try {
    withGradientKernels(() => tf.grad((v) => tf.sum(model.apply(v) as tf.Tensor))(x));
  } catch (error) {
    if (isMissingGradientsError(error)) return error;
    throw error;
  }
  throw new Error('There is a gradient.');
}

describe('a gradient that there is not', () => {
  it('is refused with operation, layer and true advice', () => {
    const unique = errorOf((x) => tf.unique(tf.reshape(x, [-1])).values, tf.ones([1, 3]));
    expect(unique.message).toMatchInlineSnapshot(
      `"No gradient of the operation Unique in layer "odd": neither TensorFlow.js nor lt-robust has one. Write this part of the model with other operations. To attack it as it is, use squareAttack, which needs no gradients."`,
    );
    expect([unique.operation, unique.layer]).toEqual(['Unique', 'odd']);
  });

  it('is refused likewise where a gradient refuses itself', () => {
    const x = tf.ones([1, 4]);
    const crop = (boxes: tf.Tensor) =>
      tf.image.cropAndResize(tf.ones([1, 2, 2, 1]), boxes as tf.Tensor2D, [0], [2, 2]);
    expect(errorOf(crop, x).message).toMatch(
      /^No gradient of the operation CropAndResize in layer "odd": there is one to its image only/,
    );
  });

  it('is refused where tfjs refuses in its own words', () => {
    const conv = (x: tf.Tensor) =>
      tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 1]), 1, 'valid', 'NDHWC', 2);
    expect(errorOf(conv, tf.ones([1, 4, 4, 4, 1])).message).toMatch(
      /^No gradient of the operation conv3D in layer "odd": Error in gradient of conv3D: dilation/,
    );
  });

  it('of a gradient says that it is one', () => {
    const sloping = (x: tf.Tensor) =>
      tf.grad((v) => tf.sum(tf.square(tf.maxPool(v as tf.Tensor4D, 2, 2, 'valid'))))(x);
    const error = errorOf(sloping, tf.ones([1, 2, 2, 1]));
    expect(error.message).toMatch(/MaxPoolGrad: the model computes a gradient itself/);
  });

  it('leaves other errors alone', () => {
    const error = new Error('of the model');
    expect(explained(error)).toBe(error);
    expect(explained(undefined)).toBeUndefined();
  });

  it('says what to import where tfjs has no gradients loaded', () => {
    const identity = tf.getGradient(tf.Identity);
    tf.unregisterGradient(tf.Identity);
    const error = new Error('Cannot compute gradient: gradient function not found for Sum.');
    expect(String(explained(error))).toMatch(/operation Sum: .* has no gradients registered\. Add/);
    tf.registerGradient(identity);
  });
});
