import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {foldBatchNorm} from '../../src/core/layers/foldBatchNorm';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {naturalTraining} from '../../src/methods/naturalTraining';
import * as room from '../../src/models/index';
import {mobileNetV2} from '../../src/models/mobileNetV2';
import type {NetworkOptions} from '../../src/models/parts/networkOptions';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {expectListed} from '../support/listed';
import {seeded} from '../support/models';
import {NARROW, randomise, savedAndLoaded} from '../support/networks';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const SMALL = {inputShape: [8, 8, 3] as const, numClasses: 4};

/** `batch` images of small noise around grey. */
const images = (batch: number, seed = 1) =>
  tf.tidy(() => tf.add(seeded<tf.Rank.R4>([batch, 8, 8, 3], seed, 0.4), 0.5) as tf.Tensor4D);

const logitsOf = (model: LayersModel, x: tf.Tensor4D) =>
  tf.tidy(() => numbers(asClassifier(model)(x)));

const weightsOf = (model: LayersModel) => model.getWeights().map(numbers);

// At the width of its fixture MobileNetV2 is too narrow to train.
const NETWORKS = {
  ...NARROW,
  mobileNetV2: {
    make: (options: NetworkOptions) => mobileNetV2({width: 0.125, ...options}),
    norms: {folded: 57, all: 57},
  },
};

it('the table has every network of the room', () => {
  const others = [
    ...['adjustedClassifier', 'cosineHead', 'layersClassifier', 'normalizePixels', 'smallConvNet'],
    ...['loadStateDict', 'readSafetensors', 'renaming', 'stateDict', 'torchvisionResnetNames'],
    'writeSafetensors',
  ];
  const listed = Object.keys(NETWORKS).map((name) => (name === 'torchvision' ? 'resnet18' : name));
  expectListed(room, [...listed, ...others]);
});

describe.each(Object.entries(NETWORKS))('%s', (_name, {make, norms}) => {
  it('gives logits, one row per image', () =>
    expectNoLeak(() => {
      const model = make(SMALL);
      const x = images(3);
      tf.tidy(() => {
        const logits = asClassifier(model)(x);
        expect(logits.shape).toEqual([3, 4]);
        expect(new Set(numbers(logits)).size).toBe(12);
        expect(numbers(logits).every(Number.isFinite)).toBe(true);
      });
      x.dispose();
      model.dispose();
    }));

  it('gives everything back on dispose', () =>
    expectNoLeak(() => {
      make({...SMALL, head: 'cosine', normalization: {mean: 0.5}}).dispose();
    }));

  it('starts equal from equal seeds, and the default is 0', () => {
    const start = (options: NetworkOptions) => {
      const model = make({...SMALL, ...options});
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    };
    expect(start({seed: 3})).toEqual(start({seed: 3}));
    expect(start({})).toEqual(start({seed: 0}));
    expect(start({seed: 3})).not.toEqual(start({seed: 4}));
    // No two kernels of one network are drawn from one stream.
    const firsts = start({}).flatMap((weight) =>
      new Set(weight).size > 1 ? weight.slice(0, 1) : [],
    );
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it.each([{}, {head: 'cosine', normalization: {mean: [0.5, 0.4, 0.3], deviation: 0.2}}] as const)(
    'saves and loads with %o',
    (options) =>
      expectNoLeak(async () => {
        const model = make({...SMALL, ...options});
        randomise(model, 3);
        const loaded = await savedAndLoaded(model);
        const x = images(2);
        expect(logitsOf(loaded, x)).toEqual(logitsOf(model, x));
        expect(loaded.trainableWeights.length).toBe(model.trainableWeights.length);
        tf.dispose(x);
        loaded.dispose();
        model.dispose();
      }),
  );

  it('normalises inside', () => {
    const normalization = {mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3]};
    const [plain, inside] = [make(SMALL), make({...SMALL, normalization})];
    [plain, inside].forEach((model) => expect(model.trainableWeights.length).toBeGreaterThan(0));
    expect(inside.trainableWeights.length).toBe(plain.trainableWeights.length);
    const x = images(2);
    const normalized = tf.tidy(() => {
      const {mean, deviation} = normalization;
      return tf.div(tf.sub(x, mean), deviation) as tf.Tensor4D;
    });
    expectClose(logitsOf(inside, x), logitsOf(plain, normalized), 1e-5);
    expect(logitsOf(inside, x)).not.toEqual(logitsOf(plain, x));
    tf.dispose([x, normalized]);
    [plain, inside].forEach((model) => {
      model.dispose();
    });
  });

  it('is attacked as it is: the loss rises within epsilon', () =>
    expectNoLeak(() => {
      const model = make(SMALL);
      randomise(model, 4);
      const [x, labels] = [images(4), int([0, 1, 2, 3])];
      const adversarial = pgdAttack(model, x, labels, {epsilon: 0.03, steps: 3});
      const losses = (at: tf.Tensor4D) =>
        tf.tidy(() => numbers(crossEntropy(asClassifier(model)(at), labels)));
      const [before, after] = [losses(x), losses(adversarial)];
      after.forEach((loss, i) => expect(loss).toBeGreaterThan(before[i] as number));
      const distance = tf.tidy(() => tf.max(tf.abs(tf.sub(adversarial, x))).dataSync()[0]);
      expect(distance).toBeLessThanOrEqual(0.03 + 1e-6);
      tf.dispose([x, labels, adversarial]);
      model.dispose();
    }));

  it('has batch norms that fold, with the same logits', () =>
    expectNoLeak(() => {
      const model = make(SMALL);
      randomise(model, 5);
      const x = images(2);
      const folded = foldBatchNorm(model);
      expect(folded.count).toBe(norms.folded);
      const all = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
      expect(all.length).toBe(norms.all);
      expectClose(
        folded.within(() => logitsOf(model, x)),
        logitsOf(model, x),
        1e-4,
      );
      folded.dispose();
      x.dispose();
      model.dispose();
    }));

  it('has PyTorch’s momentum and epsilon in every batch norm', () => {
    const model = make(SMALL);
    for (const layer of model.layers) {
      if (layer.getClassName() !== 'BatchNormalization') continue;
      expect(layer.getConfig()).toMatchObject({momentum: 0.9, epsilon: 1e-5, axis: -1});
    }
    model.dispose();
  });

  it('trains: every weight and statistic moves, and the loss falls', () =>
    expectNoLeak(async () => {
      const model = make(SMALL);
      const batch = {x: images(6), labels: int([0, 1, 2, 3, 0, 1])};
      const optimizer = sgd({learningRate: 0.01});
      const losses: number[] = [];
      const before = weightsOf(model);
      let after: number[][] = [];
      for (let step = 1; step <= 4; step++) {
        const loss = await trainStep(model, naturalTraining(), batch, optimizer, {step});
        losses.push(...numbers(loss));
        loss.dispose();
        if (step === 2) after = weightsOf(model);
      }
      after.forEach((weight, i) => expect(weight).not.toEqual(before[i]));
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
      optimizer.dispose();
      tf.dispose([batch.x, batch.labels]);
      model.dispose();
    }));

  it.each([
    [{inputShape: [8, 8]}, /"inputShape" must be \[height, width, channels\], found \[8, 8\]/],
    [{inputShape: [8, 0, 3]}, /"inputShape\[1\]" must be an integer >= 1, found 0/],
    [{numClasses: 1}, /"numClasses" must be an integer >= 2 and <= 1048576, found 1/],
    [
      {head: 'cosin'},
      /"head" must be 'linear', 'cosine', or options of a cosine head, found 'cosin'/,
    ],
    [{head: null}, /"head" must be/],
    [{head: {scale: 0}}, /"scale" must be a finite number > 0, found 0/],
    [{head: {scael: 1}}, /"scael" must be one of its options/],
    [{normalization: {mean: [1, 2]}}, /"mean" must be a number, or one for each of the 3 channels/],
    [{normalization: {deviation: 0}}, /"deviation\[0\]" must be a finite number > 0, found 0/],
    [{seed: 0.5}, /"seed" must be an integer/],
    [{width: 0}, /"width" must be/],
    [{widht: 1}, /"widht" must be one of its options/],
  ])('refuses %o and leaves no tensors', (changes, message) =>
    expectNoLeak(() => {
      expect(() => make({...SMALL, ...changes} as NetworkOptions)).toThrow(message);
    }),
  );
});
