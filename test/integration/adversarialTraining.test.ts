import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {subset, type Dataset} from '../../src/core/dataset';
import {createRng} from '../../src/core/rng';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import type {RobustnessReport} from '../../src/metrics/robustnessReport';
import {smallConvNet} from '../../src/models/smallConvNet';
import {readDataset} from '../../src/node/readDataset';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {train} from '../../src/training/train';
import type {TrainingMethod} from '../../src/core/trainingMethod';

// Real images, a real network, real training: what the library is for, end to end.
describe('adversarial training on Fashion-MNIST', () => {
  const epsilon = 0.1;
  const attack =
    (steps: number): Attack =>
    (model, x, labels, context) =>
      pgdAttack(model, x, labels, {...context, epsilon, steps, checkValues: false});
  const reports: Record<string, RobustnessReport> = {};
  let before = 0;

  beforeAll(async () => {
    const data = await readDataset('examples/data/fashion-mnist');
    // Trousers, sandals, bags: three classes that a small network tells apart in seconds.
    const part = (source: Dataset, count: number) =>
      subset(
        source,
        Array.from(source.labels.keys())
          .filter((i) => [1, 5, 8].includes(source.labels[i] ?? -1))
          .slice(0, count),
      );
    const trainingSet = part(data.train as Dataset, 600);
    const testSet = part(data.test as Dataset, 150);
    before = tf.memory().numTensors;
    const methods: Record<string, TrainingMethod> = {
      natural: naturalTraining(),
      adversarial: pgdTraining({attack: attack(5)}),
    };
    for (const [name, method] of Object.entries(methods)) {
      const model = smallConvNet({inputShape: [28, 28, 1], numClasses: 10, channels: [8, 16]});
      const optimizer = () => sgd({learningRate: 0.05, momentum: 0.9});
      const recipe = {method, epochs: 6, batchSize: 32, optimizer};
      await train(model, trainingSet, recipe, {rng: createRng(3)});
      reports[name] = await evaluateRobustness(model, testSet, {
        ...{attacks: {pgd20: attack(20)}, rng: createRng(4)},
      });
      model.dispose();
    }
  }, 240_000);
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it('both models learn the clean task', () => {
    expect(reports['natural']?.clean.accuracy).toBeGreaterThan(0.9);
    expect(reports['adversarial']?.clean.accuracy).toBeGreaterThan(0.85);
  });

  it('only the adversarially trained one withstands PGD-20', () => {
    const robust = (name: string) => reports[name]?.attacks['pgd20']?.accuracy ?? NaN;
    expect(robust('adversarial')).toBeGreaterThan(0.7);
    expect(robust('adversarial')).toBeGreaterThan(robust('natural') + 0.1);
  });
});
