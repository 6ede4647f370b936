import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asClassifier} from '../../src/core/classifier';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import type {Loss} from '../../src/core/loss';
import {freezeWeights} from '../../src/math/freezeWeights';
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

describe('a trial', () => {
  it('does not take for unread what a gradient hands on', () => {
    const shipped = tf.getGradient(tf.Sum);
    tf.unregisterGradient(tf.Sum);
    tf.registerGradient({
      kernelName: tf.Sum,
      inputsToSave: ['x'],
      gradFunc: (_, saved) => ({x: () => saved[0] as tf.Tensor}),
    });
    const x = tf.tensor1d([1, 2, 3]);
    try {
      const slope = withGradientKernels(() =>
        tf.grad((v) => tf.tidy(() => tf.sum(tf.mul(v, 2))))(x),
      );
      expectClose(slope, [4, 8, 12], 0);
      slope.dispose();
    } finally {
      tf.unregisterGradient(tf.Sum);
      tf.registerGradient(shipped);
      x.dispose();
    }
  });
});

describe('images of convolutions and batch norms', () => {
  const {layers} = tfl;
  const x = () => seeded<tf.Rank.R4>([2, 4, 4, 2], 1);
  const labels = () => tf.tensor1d([0, 2], 'int32');
  const filter = tf.variable(seeded([3, 3, 2, 3], 2)) as tf.Variable<tf.Rank.R4>;

  /** A batch norm that cannot be folded stands before each kind of convolution. */
  const network = () => {
    const input = tfl.input({shape: [4, 4, 2]});
    const padding = 'same';
    const seed = (number: number) => ({
      kernelInitializer: tfl.initializers.glorotUniform({seed: number}),
      depthwiseInitializer: tfl.initializers.glorotUniform({seed: number}),
    });
    const parts = [
      layers.batchNormalization(),
      layers.reLU(),
      layers.conv2d({filters: 3, kernelSize: 3, padding, ...seed(1)}),
      layers.reLU(),
      layers.batchNormalization(),
      layers.depthwiseConv2d({kernelSize: 3, padding, ...seed(2)}),
      layers.globalAveragePooling2d({}),
    ];
    const output = parts.reduce<tfl.SymbolicTensor>(
      (tensor, layer) => layer.apply(tensor) as tfl.SymbolicTensor,
      input,
    );
    return tfl.model({inputs: input, outputs: output});
  };

  const NAMES = ['fusedConv2d__op', tf.DepthwiseConv2dNative, tf.FusedBatchNorm];

  /** The saved tensors of convolutions and batch norms that are left once the network has run. */
  const watched = (seen: Map<string, boolean[]>): Loss => {
    return (logits, targets) => {
      for (const name of NAMES) seen.set(name, keptOf(name));
      return crossEntropy(logits, targets);
    };
  };

  it('are disposed in a gradient to the input, which is that of tf.grad', async () => {
    const [model, image, target] = [network(), x(), labels()];
    const seen = new Map<string, boolean[]>();
    await expectNoLeak(() => {
      const frozen = freezeWeights(asClassifier<tf.Tensor4D>(model));
      const found = inputGradient(frozen.classify, image, target, watched(seen));
      const expected = withGradientKernels(() =>
        tf.grad((v) => tf.sum(crossEntropy(model.apply(v) as tf.Tensor2D, target)))(image),
      );
      expectClose(found.gradient, numbers(expected), 1e-5);
      tf.dispose([{...found}, expected]);
      frozen.dispose();
    });
    const isWasm = tf.getBackend() === 'wasm';
    expect(Object.fromEntries(seen)).toEqual({
      // Filter, image, output and bias.
      fusedConv2d__op: [true, !isWasm, !isWasm, true],
      [tf.DepthwiseConv2dNative]: [!isWasm, true],
      // Image, mean, variance and scale, of both.
      [tf.FusedBatchNorm]: [!isWasm, true, true, true, !isWasm, true, true, true],
    });
    tf.dispose([image, target]);
    model.dispose();
  });

  it('stay in a gradient to weights, but for the output of a fused convolution', async () => {
    const [model, image, target] = [network(), x(), labels()];
    const seen = new Map<string, boolean[]>();
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const gradients = (loss: Loss) =>
      tf.variableGrads(
        () => tf.sum(loss(model.apply(image, {training: true}) as tf.Tensor2D, target)),
        variables,
      );
    const frozen = freezeWeights(asClassifier<tf.Tensor4D>(model));
    await expectNoLeak(() => {
      tf.dispose({...withGradientKernels(() => gradients(watched(seen)))});
      // Those of the model in inference, too, though its weights are said to be frozen.
      const ofLoss = (classify: (v: tf.Tensor4D) => tf.Tensor2D) =>
        withGradientKernels(() =>
          tf.variableGrads(() => tf.sum(crossEntropy(classify(image), target)), variables),
        );
      const found = ofLoss(frozen.classify);
      const expected = ofLoss((v) => model.apply(v) as tf.Tensor2D);
      for (const [name, gradient] of Object.entries(found.grads)) {
        expectClose(gradient, numbers(expected.grads[name] as tf.Tensor), 1e-5);
      }
      tf.dispose([{...found}, {...expected}]);
    });
    frozen.dispose();
    const isWasm = tf.getBackend() === 'wasm';
    expect(Object.fromEntries(seen)).toMatchObject({
      fusedConv2d__op: [true, true, !isWasm, true],
      [tf.DepthwiseConv2dNative]: [true, true],
    });
    expect(seen.get(tf.FusedBatchNorm)).not.toContain(false);
    tf.dispose([image, target]);
    model.dispose();
  });

  it('stay where a fused depthwise convolution stands in a function, but for its output', async () => {
    const [image, target] = [x(), labels()];
    let left: boolean[] = [];
    const model = (v: tf.Tensor4D) => {
      const convolution = {x: v, filter, strides: 1, pad: 'same'} as const;
      const y = tf.mean<tf.Tensor2D>(tf.fused.depthwiseConv2d(convolution), [1, 2]);
      left = keptOf('fusedDepthwiseConv2d__op');
      return y;
    };
    await expectNoLeak(() => {
      const found = inputGradient(model, image, target, crossEntropy);
      const expected = tf.grad((v) => tf.sum(crossEntropy(model(v as tf.Tensor4D), target)));
      const stock = withGradientKernels(() => expected(image));
      expectClose(found.gradient, numbers(stock), 1e-5);
      tf.dispose([{...found}, stock]);
    });
    expect(left).toEqual([true, true, tf.getBackend() !== 'wasm']);
    tf.dispose([image, target]);
  });

  it('stay where a filter depends on the input, or the model computes a gradient to weights', async () => {
    const [input, other, target] = [x(), seeded<tf.Rank.R4>([2, 4, 4, 2], 7), labels()];
    // The image is nowhere else, so that it is gone where it is dropped.
    const convolved = (image: tf.Tensor4D, weights: tf.Tensor4D) =>
      tf.tidy(() =>
        tf.mean<tf.Tensor2D>(tf.conv2d(tf.mul<tf.Tensor4D>(image, 2), weights, 1, 'same'), [1, 2]),
      );
    const searched = seeded<tf.Rank.R4>([2, 6, 6, 4], 8);
    const kept: tf.Tensor[] = [];
    tf.keep(input);
    const models: ((input: tf.Tensor4D) => tf.Tensor2D)[] = [
      (v) => {
        const own = tf.mul(filter, tf.mean(v)) as tf.Tensor4D;
        return convolved(v, own);
      },
      // The input itself is the filter that searches an image.
      (v) => {
        const found = tf.tidy(() =>
          tf.mean<tf.Tensor2D>(tf.conv2d(tf.mul<tf.Tensor4D>(searched, 2), v, 1, 'valid'), [1, 2]),
        );
        return tf.concat([found, tf.zeros([2, 1])], 1) as tf.Tensor2D;
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
    tf.dispose([input, other, searched, target]);
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
