import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import type {Model} from '../../src/core/classifier';
import {isMissingGradientsError, type MissingGradientsError} from '../../src/core/errors';
import {explained} from '../../src/kernels/missingGradients';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {denseGraph} from '../support/graphModels';

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
  it('is refused in models of every kind, and leaks nothing', () => {
    const odd = (name: string) =>
      new Lambda(name, (v) => {
        const rows = tf.range(0, v.shape[0] ?? 0, 1, 'int32') as tf.Tensor1D;
        return tf.reshape(tf.sparse.sparseSegmentSum(v as tf.Tensor2D, rows, rows), v.shape);
      });
    const through = (input: layers.SymbolicTensor, ...parts: layers.layers.Layer[]) =>
      parts.reduce((tensor, part) => part.apply(tensor) as layers.SymbolicTensor, input);
    const dense = (units: number) => layers.layers.dense({units});
    const input = () => layers.input({shape: [2]});
    const modelOf = (...parts: layers.layers.Layer[]) => {
      const inputs = input();
      return layers.model({inputs, outputs: through(inputs, ...parts)});
    };
    const start = input();
    const skip = layers.layers.add().apply([through(start, odd('skipped')), start]);
    const models: Record<string, [Model<tf.Tensor2D>, operation: string, layer?: string]> = {
      plain: [modelOf(odd('odd'), dense(3)), 'SparseSegmentSum', 'odd'],
      functional: [
        layers.model({inputs: start, outputs: through(skip as layers.SymbolicTensor, dense(3))}),
        ...(['SparseSegmentSum', 'skipped'] as const),
      ],
      nested: [
        modelOf(dense(2), modelOf(odd('within')), dense(3)),
        ...(['SparseSegmentSum', 'within'] as const),
      ],
      graph: [denseGraph({kernel: [[1, 2], [3, 1]], endings: ['Unique']}), 'Unique'], // prettier-ignore
      closure: [(v) => tf.unique(v).values, 'Unique'],
    };
    const x = tf.tensor2d([0.2, 0.8, 0.6, 0.4], [2, 2]);
    const labels = tf.tensor1d([0, 1], 'int32');
    for (const [kind, [model, operation, layer]] of Object.entries(models)) {
      const before = tf.memory().numTensors;
      let thrown: unknown;
      try {
        fgsmAttack<tf.Tensor2D>(model, x, labels);
      } catch (error) {
        thrown = error;
      }
      expect(thrown, kind).toMatchObject({name: 'MissingGradientsError', operation, layer});
      expect(String(thrown), kind).toMatch(
        /neither TensorFlow\.js nor lt-robust has one.*squareAttack/,
      );
      expect(tf.memory().numTensors - before, kind).toBe(0);
    }
    tf.dispose([x, labels]);
  });

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
    const error = new Error('Error in gradient of conv3D: dilation rates greater than 1 are not.');
    expect(String(explained(error))).toMatch(
      /No gradient of the operation conv3D: Error in gradient of conv3D: dilation rates .* Write/,
    );
  });

  it('repeats what tfjs says of an operation that it does not implement', () => {
    const error = new Error('Gradient for Conv3D operation is not implemented yet.');
    expect(String(explained(error))).toMatch(
      /operation Conv3D: Gradient for Conv3D operation is not implemented yet\. Write this part/,
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
    const quoting = new Error('Refused. Error: Gradient for A operation is not implemented.');
    expect(explained(quoting)).toBe(quoting);
  });

  it('says what to import where tfjs has no gradients loaded', () => {
    const identity = tf.getGradient(tf.Identity);
    tf.unregisterGradient(tf.Identity);
    const error = new Error('Cannot compute gradient: gradient function not found for Sum.');
    expect(String(explained(error))).toMatch(/operation Sum: .* has no gradients registered\. Add/);
    tf.registerGradient(identity);
  });
});
