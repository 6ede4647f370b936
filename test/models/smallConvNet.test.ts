import * as tf from '@tensorflow/tfjs-core';
import {io} from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {fingerprintOf} from '../../src/core/fingerprint';
import {loadStateDict} from '../../src/models/pytorch/loadStateDict';
import {stateDict} from '../../src/models/pytorch/stateDict';
import {smallConvNet, type SmallConvNetOptions} from '../../src/models/smallConvNet';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

const FASHION: SmallConvNetOptions = {inputShape: [28, 28, 1], numClasses: 10};
const classNames = (net: tfl.LayersModel) => net.layers.map((layer) => layer.getClassName());

describe('smallConvNet', () => {
  it('has two strided convolutions and a dense layer to logits by default', () => {
    const net = smallConvNet(FASHION);
    expect(classNames(net)).toEqual(['Conv2D', 'Conv2D', 'Flatten', 'Dense']);
    expect(net.trainableWeights.map((w) => w.shape)).toEqual([
      [3, 3, 1, 16],
      [16],
      [3, 3, 16, 32],
      [32],
      [7 * 7 * 32, 10],
      [10],
    ]);
    expect(net.outputs[0]?.shape).toEqual([null, 10]);
    expect(net.layers.map((layer) => layer.getConfig()['activation'])).toEqual([
      'relu',
      'relu',
      undefined,
      'linear',
    ]);
  });

  it('has batch norm, another kernel size, depth and a hidden layer where asked', () => {
    const net = smallConvNet({
      ...FASHION,
      inputShape: [8, 8, 3],
      channels: [4, 6, 8],
      kernelSize: 5,
      batchNorm: true,
      hiddenUnits: 7,
    });
    const block = ['Conv2D', 'BatchNormalization', 'Activation'];
    expect(classNames(net)).toEqual([...block, ...block, ...block, 'Flatten', 'Dense', 'Dense']);
    expect(net.trainableWeights.map((w) => w.shape)).toEqual([
      [5, 5, 3, 4],
      [4],
      [4],
      [5, 5, 4, 6],
      [6],
      [6],
      [5, 5, 6, 8],
      [8],
      [8],
      [8, 7],
      [7],
      [7, 10],
      [10],
    ]);
    expect(asTrainableClassifier(net).statistics.length).toBe(6);
    const config = net.layers[1]?.getConfig() ?? {};
    expect([config['momentum'], config['epsilon']]).toEqual([0.9, 1e-5]);
    expect(net.layers.at(-2)?.getConfig()['activation']).toBe('relu');
    expect(net.layers[2]?.getConfig()['activation']).toBe('relu');
  });

  it('starts uniform within 1/sqrt(fan-in), kernels and biases', () => {
    const weights = smallConvNet(FASHION).getWeights();
    const fanIns = [9, 9, 144, 144, 1568, 1568];
    weights.forEach((weight, i) => {
      const bound = 1 / Math.sqrt(fanIns[i] as number);
      const values = numbers(weight).map((value) => value / bound);
      const n = values.length;
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-6);
      if (n > 100) expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.95);
      const variance = values.reduce((sum, v) => sum + v * v, 0) / n;
      expect(Math.abs(variance - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
      const mean = values.reduce((sum, v) => sum + v, 0) / n;
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 3 / n));
    });
  });

  it('starts equal from equal seeds, and the default is 0', () => {
    const weights = (seed?: number) =>
      smallConvNet({...FASHION, ...(seed === undefined ? {} : {seed})})
        .getWeights()
        .map(numbers);
    expect(weights(3)).toEqual(weights(3));
    expect(weights()).toEqual(weights(0));
    expect(weights(3)).not.toEqual(weights(4));
  });

  // Of the version before it had names, a head and a normalisation.
  it.each([
    [{}, '25974fbb7a66e3a7'],
    [{batchNorm: true, hiddenUnits: 5, seed: 3, channels: [4, 6, 8], kernelSize: 5}, 'eb806f4ffda34110'], // prettier-ignore
  ])('has the weights that it always had, with %o', (options, fingerprint) => {
    const net = smallConvNet({inputShape: [8, 8, 3], numClasses: 4, ...options});
    const values = net.getWeights().map((weight) => Float32Array.from(numbers(weight)));
    expect(fingerprintOf(values)).toBe(fingerprint);
    net.dispose();
  });

  it('has names of its own, so that weights go from one instance to another', () =>
    expectNoLeak(async () => {
      const options = {...FASHION, channels: [3, 4], batchNorm: true, hiddenUnits: 5};
      const [from, to] = [smallConvNet(options), smallConvNet({...options, seed: 1})];
      for (const net of [from, to]) {
        const blocks = [1, 2].flatMap((i) => [`conv${i}`, `bn${i}`, `relu${i}`]);
        const names = [...blocks, 'flatten', 'hidden', 'linear'];
        expect(net.layers.map(({name}) => name)).toEqual(names);
      }
      loadStateDict(to, await stateDict(from));
      expect(to.getWeights().map(numbers)).toEqual(from.getWeights().map(numbers));
      from.dispose();
      to.dispose();
    }));

  it('normalises inside, with the same weights behind', () =>
    expectNoLeak(() => {
      const normalization = {mean: 0.5, deviation: 0.25};
      const [plain, inside] = [smallConvNet(FASHION), smallConvNet({...FASHION, normalization})];
      expect(inside.trainableWeights.map((w) => numbers(w.read()))).toEqual(plain.getWeights().map(numbers)); // prettier-ignore
      tf.tidy(() => {
        const x = tf.add(seeded<tf.Rank.R4>([2, 28, 28, 1], 1, 0.4), 0.5);
        const normalized = tf.div(tf.sub(x, 0.5), 0.25);
        const expected = plain.predict(normalized) as tf.Tensor;
        expectClose(inside.predict(x) as tf.Tensor, numbers(expected), 1e-5);
      });
      plain.dispose();
      inside.dispose();
    }));

  it.each([
    ['cosine', {scale: 1, normOffset: 1 / 32}],
    [
      {scale: 4, normOffset: 0.5},
      {scale: 4, normOffset: 0.5},
    ],
  ] as const)('has the head %o, in place of the linear one', (head, config) =>
    expectNoLeak(() => {
      const [linear, cosine] = [smallConvNet(FASHION), smallConvNet({...FASHION, head})];
      expect(cosine.layers.at(-1)?.getConfig()).toMatchObject({
        name: 'linear',
        units: 10,
        ...config,
      });
      const body = (net: tfl.LayersModel) => net.getWeights().slice(0, 4).map(numbers);
      expect(body(cosine)).toEqual(body(linear));
      expect(cosine.getWeights().map(({shape}) => shape).at(-1)).toEqual([7 * 7 * 32, 10]); // prettier-ignore
      // Drawn from the network's seed, as every other layer.
      expect(numbers(cosine.getWeights().at(-1) as tf.Tensor)).toEqual(numbers(linear.getWeights().at(-2) as tf.Tensor)); // prettier-ignore
      linear.dispose();
      cosine.dispose();
    }),
  );

  it('starts batch norm as the identity', () => {
    const net = smallConvNet({...FASHION, channels: [4], batchNorm: true});
    expect(net.layers[1]?.getWeights().map(numbers)).toEqual([
      [1, 1, 1, 1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
  });

  it('saves and loads', async () => {
    const net = smallConvNet({...FASHION, batchNorm: true});
    const saved: io.ModelArtifacts[] = [];
    await net.save(
      io.withSaveHandler((artifacts) => {
        saved.push(artifacts);
        return Promise.resolve({
          modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'},
        });
      }),
    );
    const loaded = await tfl.loadLayersModel(io.fromMemory(saved[0] as io.ModelArtifacts));
    tf.tidy(() => {
      const x = seeded<tf.Rank.R4>([2, 28, 28, 1], 1);
      expect(numbers(loaded.predict(x) as tf.Tensor)).toEqual(numbers(net.predict(x) as tf.Tensor));
    });
  });

  it('gives back everything on dispose', () => {
    const before = tf.memory().numTensors;
    smallConvNet({...FASHION, batchNorm: true, hiddenUnits: 5}).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{inputShape: [28, 28]}, /"inputShape" must be \[height, width, channels\], found \[28, 28\]/],
    [{inputShape: 10n}, /"inputShape" must be \[height, width, channels\], found the BigInt 10n/],
    [{inputShape: Array.of(1, ...new Array<number>(1), 3)}, /"inputShape\[1\]" must be an integer/],
    [{channels: new Array<number>(2)}, /"channels\[0\]" must be an integer/],
    [{inputShape: undefined}, /"inputShape\[0\]" must be an integer >= 1, found 0/],
    [{inputShape: [28, 0, 1]}, /"inputShape\[1\]" must be an integer >= 1, found 0/],
    [{numClasses: 1}, /"numClasses" must be an integer >= 2 and <= 1048576, found 1/],
    [{channels: []}, /"channels" must have at least one entry, found an empty array/],
    [{channels: [4, 1.5]}, /"channels\[1\]" must be an integer >= 1, found 1\.5/],
    [{channels: 4}, /"channels" must have at least one entry, found 4/],
    [{kernelSize: 0}, /"kernelSize" must be an integer >= 1/],
    [{hiddenUnits: -1}, /"hiddenUnits" must be an integer >= 0/],
    [{seed: -1}, /"seed" must be an integer/],
    [
      {head: 'cosinus'},
      /"head" must be 'linear', 'cosine', or options of a cosine head, found 'cosinus'/,
    ],
    [{head: {scale: 0}}, /cosineHead: "scale" must be a finite number > 0, found 0/],
    [{normalization: 0.5}, /smallConvNet: "normalization" must be \{mean, deviation\}, found 0\.5/],
    [
      {normalization: {mean: [1, 2]}},
      /smallConvNet: "mean" must be a number, or one for each of the 1 channels/,
    ],
    [{filters: 3}, /"filters" must be one of its options/],
  ])('refuses %o', (changes, message) => {
    expect(() => smallConvNet({...FASHION, ...changes} as SmallConvNetOptions)).toThrow(message);
  });
});
