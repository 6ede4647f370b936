import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

interface Node {
  readonly kernelName: string;
  readonly saved?: readonly tf.Tensor[];
}

const tapeOf = () => (tf.engine() as unknown as {state: {activeTape: Node[]}}).state.activeTape;

/** What of an operation's saved tensors is still there, in the order in which they were saved. */
const keptOf = (kernelName: string): boolean[] =>
  tapeOf()
    .filter((node) => node.kernelName === kernelName)
    .flatMap(({saved = []}) => saved.map(({isDisposed}) => !isDisposed));

describe('operations whose gradients read shapes', () => {
  it.each<[string, (x: tf.Tensor2D) => tf.Tensor]>([
    [tf.Add, (x) => tf.add(x, tf.sum(x, 0))],
    [tf.Sub, (x) => tf.sub(tf.sum(x, 0), x)],
    [tf.Reshape, (x) => tf.reshape(x, [-1])],
    [tf.ExpandDims, (x) => tf.expandDims(x, 1)],
    [tf.Sum, (x) => tf.sum(x, 1, true)],
    [tf.Concat, (x) => tf.concat([x, tf.square(x)], 1)],
    [tf.Slice, (x) => tf.slice(x, [1, 0], [1, 2])],
    [tf.PadV2, (x) => tf.pad(x, [[1, 0], [0, 2]])], // prettier-ignore
  ])('%s: save nothing, and have the same gradients', async (name, run) => {
    const x = seeded<tf.Rank.R2>([2, 3], 1);
    let kept: boolean[] = [];
    const slope = () =>
      tf.grad((v) => {
        const y = tf.sum(tf.pow(run(v as tf.Tensor2D), 3));
        kept = keptOf(name);
        return y;
      })(x);
    await expectNoLeak(() => {
      const stock = slope();
      expect(kept).toContain(true);
      const ours = withGradientKernels(slope);
      expect(kept).not.toContain(true);
      expectClose(ours, numbers(stock), 1e-6);
      // Gradients of gradients read the shapes once more.
      const second = () => tf.grad((v) => tf.sum(tf.square(tf.grad((w) => tf.sum(tf.pow(run(w as tf.Tensor2D), 3)))(v))))(x); // prettier-ignore
      const [oursTwice, stockTwice] = [withGradientKernels(second), second()];
      expectClose(oursTwice, numbers(stockTwice), 1e-4);
      tf.dispose([stock, ours, oursTwice, stockTwice]);
    });
    x.dispose();
  });

  it('keep their values where the program registered a gradient that reads them', () => {
    const shipped = tf.getGradient(tf.Add);
    tf.unregisterGradient(tf.Add);
    tf.registerGradient({
      kernelName: tf.Add,
      inputsToSave: ['a', 'b'],
      gradFunc: (dy, [a, b]) => ({
        a: () => tf.mul(dy as tf.Tensor, tf.square(a as tf.Tensor)),
        b: () => tf.mul(dy as tf.Tensor, b as tf.Tensor),
      }),
    });
    const x = tf.tensor1d([1, 2, 3]);
    try {
      const slope = withGradientKernels(() => tf.grad((v) => tf.add(v, 1))(x));
      expectClose(slope, [1, 4, 9], 0);
      slope.dispose();
    } finally {
      tf.unregisterGradient(tf.Add);
      tf.registerGradient(shipped);
      x.dispose();
    }
  });
});

describe('images of convolutions and batch norms', () => {
  const x = () => seeded<tf.Rank.R4>([2, 4, 4, 2], 1);
  const labels = () => tf.tensor1d([0, 2], 'int32');
  const filter = tf.variable(seeded([3, 3, 2, 3], 2)) as tf.Variable<tf.Rank.R4>;
  const statistics = () => [seeded([3], 3), tf.square(seeded<tf.Rank.R1>([3], 4))] as const;
  const [scale, offset] = [tf.variable(seeded([3], 5)), tf.variable(seeded([3], 6))] as const;

  /** Two convolutions, one of them fused, a batch norm, and the mean of each channel. */
  const network = (image: tf.Tensor4D, [mean, variance]: readonly [tf.Tensor, tf.Tensor]) =>
    tf.tidy(() => {
      const first = tf.conv2d(image, filter, 1, 'same');
      const normal = tf.batchNorm(
        first,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
      );
      const depthwise = tf.slice(filter, [0, 0, 0, 0], [3, 3, 1, 3]);
      const second = tf.fused.conv2d({
        x: tf.relu(normal) as tf.Tensor4D,
        filter: tf.transpose(depthwise, [0, 1, 3, 2]),
        ...{strides: 1, pad: 'same'},
      });
      return tf.mean<tf.Tensor2D>(tf.mul(tf.add(normal, second), 3), [1, 2]);
    });

  it('are disposed in a gradient to the input, which is that of tf.grad', async () => {
    const [image, target, [mean, variance]] = [x(), labels(), statistics()];
    const kept = {mean: tf.variable(mean), variance: tf.variable(variance)};
    let images: boolean[] = [];
    await expectNoLeak(() => {
      const found = inputGradient(
        (input: tf.Tensor4D) => {
          const y = network(input, [kept.mean, kept.variance]);
          images = [...keptOf(tf.Conv2D).slice(0, 1), ...keptOf(tf.FusedBatchNorm).slice(0, 1)];
          return y;
        },
        image,
        target,
        crossEntropy,
      );
      const expected = withGradientKernels(
        () =>
        tf.grad((input) => tf.sum(crossEntropy(network(input as tf.Tensor4D, [mean, variance]), target)))(image), // prettier-ignore
      );
      expectClose(found.gradient, numbers(expected), 1e-5);
      tf.dispose([{...found}, expected]);
    });
    if (tf.getBackend() === 'wasm') expect(images).toEqual([false, false]);
    else expect(images).toContain(true);
    tf.dispose([image, target, mean, variance, kept.mean, kept.variance]);
  });

  it('stay where a filter depends on the input, or the model computes a gradient to weights', async () => {
    const [input, other, target] = [x(), seeded<tf.Rank.R4>([2, 4, 4, 2], 7), labels()];
    // The image is nowhere else, so that it is gone where it is dropped.
    const convolved = (image: tf.Tensor4D, weights: tf.Tensor4D) =>
      tf.tidy(() =>
        tf.mean<tf.Tensor2D>(tf.conv2d(tf.mul<tf.Tensor4D>(image, 2), weights, 1, 'same'), [1, 2]),
      );
    const kept: tf.Tensor[] = [];
    const models: ((input: tf.Tensor4D) => tf.Tensor2D)[] = [
      (v) => {
        const own = tf.mul(filter, tf.mean(v)) as tf.Tensor4D;
        return convolved(v, own);
      },
      (v) => {
        const own = tf.keep(tf.mul(filter, tf.mean(v))) as tf.Tensor4D;
        kept.push(own);
        return convolved(v, own);
      },
      (v) => {
        // A model that adapts its weights to an image of its own whenever it is called.
        const step = tf.grad((weights) =>
          tf.sum(tf.square(convolved(other, weights as tf.Tensor4D))),
        )(filter) as tf.Tensor4D;
        const adapted = tf.sub(filter, tf.mul(step, 0.01)) as tf.Tensor4D;
        return convolved(v, adapted);
      },
    ];
    await expectNoLeak(() => {
      for (const model of models) {
        const found = inputGradient(model, input, target, crossEntropy);
        const expected = withGradientKernels(() =>
          tf.grad((v) => tf.sum(crossEntropy(model(v as tf.Tensor4D), target)))(input),
        );
        expectClose(found.gradient, numbers(expected), 1e-5);
        tf.dispose([{...found}, expected, kept]);
      }
    });
    tf.dispose([input, other, target]);
  });

  it('stay where the program registered a gradient of the convolution that reads them', async () => {
    const shipped = tf.getGradient(tf.Conv2D);
    tf.unregisterGradient(tf.Conv2D);
    tf.registerGradient({
      kernelName: tf.Conv2D,
      inputsToSave: ['x', 'filter'],
      gradFunc: (_, [image]) => ({x: () => tf.square(image as tf.Tensor)}),
    });
    const [image, target] = [x(), labels()];
    try {
      await expectNoLeak(() => {
        const model = (v: tf.Tensor4D) =>
          tf.tidy(() => {
            const doubled = tf.mul<tf.Tensor4D>(v, 2);
            return tf.mean<tf.Tensor2D>(tf.conv2d(doubled, filter, 1, 'same'), [1, 2]);
          });
        const found = inputGradient(model, image, target, crossEntropy);
        // Twice the square of twice the image.
        expectClose(
          found.gradient,
          Array.from(numbers(image), (v) => 8 * v * v),
          1e-5,
        );
        tf.dispose({...found});
      });
    } finally {
      tf.unregisterGradient(tf.Conv2D);
      tf.registerGradient(shipped);
      tf.dispose([image, target]);
    }
  });
});
