/*
 * Channels first: each net against the same net with the channels last, weight by weight, in
 * attacks, training and evaluation. Stock tfjs gets batch norm over axis 1 wrong on cpu and wasm.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as L from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {expectClose, expectNoLeak} from '../support/tensors';

type Format = 'channelsFirst' | 'channelsLast';
const glorot = (seed: number) => L.initializers.glorotUniform({seed});
const image = (format: Format) => (format === 'channelsFirst' ? [3, 8, 8] : [8, 8, 3]);
const axisOf = (format: Format) => (format === 'channelsFirst' ? 1 : -1);
const norm = (dataFormat: Format, settings: object = {}) =>
  L.layers.batchNormalization({axis: axisOf(dataFormat), ...settings});
const conv = (dataFormat: Format, seed: number, settings: object = {}) =>
  L.layers.conv2d({
    ...{filters: 4, kernelSize: 3, kernelInitializer: glorot(seed), dataFormat},
    ...settings,
  });
const head = (seed: number) => L.layers.dense({units: 4, kernelInitializer: glorot(seed)});

const NETS: Record<string, (dataFormat: Format) => L.layers.Layer[]> = {
  'batch norm and max pooling': (dataFormat) => [
    conv(dataFormat, 1, {padding: 'same', activation: 'relu', inputShape: image(dataFormat)}),
    norm(dataFormat),
    L.layers.maxPooling2d({poolSize: 2, dataFormat}),
    conv(dataFormat, 2, {useBias: false}),
    norm(dataFormat),
    L.layers.reLU(),
    L.layers.globalAveragePooling2d({dataFormat}),
    head(3),
  ],
  'batch norm without scale or center, global max': (dataFormat) => [
    norm(dataFormat, {scale: false, inputShape: image(dataFormat)}),
    conv(dataFormat, 2, {strides: 2, padding: 'same'}),
    norm(dataFormat, {center: false}),
    L.layers.globalMaxPooling2d({dataFormat}),
    head(3),
  ],
  'depthwise and separable convolutions, average pooling, flatten': (dataFormat) => [
    L.layers.depthwiseConv2d({
      ...{
        kernelSize: 3,
        depthwiseInitializer: glorot(4),
        dataFormat,
        inputShape: image(dataFormat),
      },
    }),
    norm(dataFormat),
    L.layers.averagePooling2d({poolSize: 2, dataFormat}),
    conv(dataFormat, 5, {kernelSize: 1, activation: 'elu'}),
    norm(dataFormat),
    L.layers.flatten({dataFormat}),
    head(6),
  ],
  'upsampling, padding, cropping, transposed convolution': (dataFormat) => [
    L.layers.zeroPadding2d({padding: 1, dataFormat, inputShape: image(dataFormat)}),
    conv(dataFormat, 1, {strides: 2}),
    norm(dataFormat),
    L.layers.upSampling2d({size: [2, 2], dataFormat}),
    L.layers.cropping2D({
      ...{
        cropping: [
          [1, 0],
          [0, 1],
        ],
        dataFormat,
      },
    } as never),
    L.layers.conv2dTranspose({
      ...{filters: 3, kernelSize: 3, kernelInitializer: glorot(7), dataFormat},
    }),
    norm(dataFormat),
    L.layers.flatten({dataFormat}),
    head(8),
  ],
};

const last = tf.randomUniform<tf.Rank.R4>([6, 8, 8, 3], 0.05, 0.95, 'float32', 8);
const first = tf.transpose(last, [0, 3, 1, 2]);
const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32');
afterAll(() => {
  tf.dispose([last, first, labels]);
});
const toLast = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 3, 1]);

// Two nets of the same weights, with statistics that are not those of the start.
const pair = (name: string) => {
  const build = NETS[name] as (dataFormat: Format) => L.layers.Layer[];
  const [a, b] = [
    L.sequential({layers: build('channelsFirst')}),
    L.sequential({layers: build('channelsLast')}),
  ];
  let seed = 20;
  tf.tidy(() => {
    const weights = a
      .getWeights()
      .map((weight) =>
        weight.rank === 1
          ? tf.randomUniform(weight.shape, 0.3, 1.4, 'float32', seed++)
          : (weight as tf.Tensor),
      );
    a.setWeights(weights);
    b.setWeights(weights);
  });
  return [a, b] as const;
};

describe.each(Object.keys(NETS))('%s', (name) => {
  it('has the logits and the input gradient of the net with the channels last', () => {
    const [a, b] = pair(name);
    tf.tidy(() => {
      const [ours, theirs] = [asClassifier(a), asClassifier(b)];
      const [found, expected] = [
        inputGradient(ours, first, labels, crossEntropy),
        inputGradient(theirs, last, labels, crossEntropy),
      ];
      expectClose(found.logits.dataSync(), expected.logits.dataSync(), 1e-5);
      expectClose(toLast(found.gradient).dataSync(), expected.gradient.dataSync(), 1e-5);
    });
    a.dispose();
    b.dispose();
  });

  it('is attacked and evaluated the same', async () => {
    const [a, b] = pair(name);
    await expectNoLeak(async () => {
      const run = (model: L.LayersModel, x: tf.Tensor4D) =>
        evaluateRobustness(
          model,
          {x, labels},
          {
            attacks: {pgd: (m, z, y, c) => pgdAttack(m, z, y, {...c, epsilon: 0.05, steps: 3})},
            predictions: true,
          },
        );
      const [ours, theirs] = [await run(a, first), await run(b, last)];
      expect(ours.clean).toEqual(theirs.clean);
      expect(ours.attacks.pgd?.accuracy).toBe(theirs.attacks.pgd?.accuracy);
    });
    a.dispose();
    b.dispose();
  });

  it('is trained the same, its statistics with it', async () => {
    const [a, b] = pair(name);
    const step = async (model: L.LayersModel, x: tf.Tensor4D) => {
      const optimizer = sgd({learningRate: 0.1});
      const losses: number[] = [];
      for (let i = 0; i < 2; i++) {
        const loss = await trainStep(model, naturalTraining(), {x, labels}, optimizer);
        losses.push(loss.dataSync()[0] ?? NaN);
        loss.dispose();
      }
      optimizer.dispose();
      return losses;
    };
    await expectNoLeak(async () => {
      const [ours, theirs] = [await step(a, first), await step(b, last)];
      expectClose(ours, theirs, 1e-4);
    });
    b.getWeights().forEach((weight, i) => {
      expectClose(a.getWeights()[i]?.dataSync() ?? [], Array.from(weight.dataSync()), 1e-4);
    });
    a.dispose();
    b.dispose();
  });
});

it('a 1-D net has its batch norm over axis 1 right, too', () => {
  const layer = L.layers.batchNormalization({axis: 1, inputShape: [3, 5]});
  const model = L.sequential({layers: [layer]});
  const statistics = [1, 2, 3, 4].map((k) => tf.tensor1d([k, 0.5 * k, k + 2]));
  model.setWeights(statistics);
  tf.tidy(() => {
    const x = tf.randomNormal([2, 3, 5], 0, 1, 'float32', 3);
    const [gamma, beta, mean, variance] = statistics.map((each) => tf.reshape(each, [3, 1])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const expected = tf.add(
      tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3))), gamma),
      beta,
    );
    const found = withGradientKernels(() => model.apply(x, {training: false}) as tf.Tensor);
    expectClose(found.dataSync(), expected.dataSync(), 1e-5);
  });
  tf.dispose(statistics);
  model.dispose();
});
