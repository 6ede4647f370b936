import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {createRng} from '../../src/core/rng';
import {auditGradients} from '../../src/diagnostics/auditGradients';
import {lossesAt, nudged, unchanged} from '../../src/diagnostics/auditRun';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {captureModelState, restoreModelState} from '../../src/training/trainerState';
import {trainStep} from '../../src/training/trainStep';
import {seeded, tinyConvNet} from '../support/models';
import {expectNoLeak, int, numbers} from '../support/tensors';
import {bitsOf} from '../support/trainings';

describe('unchanged', () => {
  it('gives variables their values back, also on throw, and leaks nothing', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    await expectNoLeak(() => {
      const seen = unchanged([variable], () => {
        const moved = tf.tensor1d([3, 4]);
        variable.assign(moved);
        moved.dispose();
        return numbers(variable);
      });
      expect(seen).toEqual([3, 4]);
      expect(() =>
        unchanged([variable], () => {
          tf.tidy(() => variable.assign(tf.tensor1d([5, 6])));
          throw new Error('amid');
        }),
      ).toThrow('amid');
      expect(numbers(variable)).toEqual([1, 2]);
    });
    variable.dispose();
  });
});

describe('nudged', () => {
  it('moves by a share of the size, or not at all', () => {
    const x = tf.tensor1d([2, -2]);
    const values = new Float32Array([2, -2]);
    expect(nudged(x, values, 0, createRng(1))).toBe(x);
    numbers(nudged(x, values, 0.1, createRng(1))).forEach((value, i) => {
      const distance = Math.abs(value - (values[i] as number));
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeLessThanOrEqual(0.2 + 1e-6);
    });
  });
});

it('nudged moves by the size of the values, up and down', () => {
  const values = new Float32Array(200).fill(400);
  const x = tf.tensor1d(values);
  const moved = numbers(nudged(x, values, 0.1, createRng(1))).map((value) => value - 400);
  expect(Math.max(...moved)).toBeGreaterThan(35);
  expect(Math.max(...moved)).toBeLessThanOrEqual(40 + 1e-3);
  expect(Math.min(...moved)).toBeLessThan(-35);
  expect(Math.min(...moved)).toBeGreaterThanOrEqual(-40 - 1e-3);
});

it('nudged moves black images, too', () => {
  const x = tf.zeros([4]);
  const moved = numbers(nudged(x, new Float32Array(4), 0.1, createRng(1)));
  for (const value of moved) {
    expect(Math.abs(value)).toBeGreaterThan(0);
    expect(Math.abs(value)).toBeLessThanOrEqual(0.1);
  }
});

it('lossesAt counts its passes, and gives statistics that the pass moves their values back', async () => {
  const statistic = tf.variable(tf.scalar(1));
  const run = {
    ...{tolerance: 0.05, directions: 1, rng: createRng(1), signal: undefined, ops: new Map()},
    ...{x: tf.zeros([2, 2]), labels: int([0, 1]), statistics: [statistic], passes: 3},
  };
  const forward = (v: tf.Tensor) => {
    statistic.assign(tf.scalar(5));
    return v as tf.Tensor2D;
  };
  const logits = tf.tensor2d([[Math.log(3), 0], [0, 0]]); // prettier-ignore
  await expectNoLeak(async () => {
    const losses = await lossesAt(run, forward, logits);
    expect(losses[0]).toBeCloseTo(Math.log(4 / 3), 6);
    expect(losses[1]).toBeCloseTo(Math.log(2), 6);
  });
  expect(numbers(statistic)).toEqual([1]);
  expect(run.passes).toBe(4);
  tf.dispose([statistic, run.x, run.labels, logits]);
});

describe('an audit among other things', () => {
  const x = tf.keep(seeded<tf.Rank.R4>([3, 8, 8, 1], 5));
  const labels = tf.keep(int([0, 1, 2]));

  it('shows nobody moved weights or statistics while it waits', async () => {
    const model = tinyConvNet();
    const before = await bitsOf(model);
    let isRunning = true;
    const running = auditGradients(model, x, labels, {directions: 1}).finally(() => {
      isRunning = false;
    });
    let looks = 0;
    while (isRunning) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(await bitsOf(model)).toEqual(before);
      looks++;
    }
    expect(looks).toBeGreaterThan(5);
    expect((await running).ok).toBe(true);
    model.dispose();
  });

  it('gives two at once the results of each alone', async () => {
    const model = tinyConvNet();
    const audit = () => auditGradients(model, x, labels, {directions: 1});
    await expectNoLeak(async () => {
      const alone = await audit();
      expect(await Promise.all([audit(), audit()])).toEqual([alone, alone]);
    });
    model.dispose();
  });

  it('sees the weights that it began with, beside a training', async () => {
    const [model, trained] = [tinyConvNet(), tinyConvNet()];
    const audit = () => auditGradients(model, x, labels, {directions: 1});
    const attack: Attack = (m, v, y, context) =>
      pgdAttack(m, v, y, {...context, epsilon: 0.05, steps: 2, clip: null});
    const method = pgdTraining({attack});
    const step = async () => {
      const optimizer = sgd({learningRate: 0.05});
      const rng = createRng(3);
      const history = [];
      for (let epoch = 1; epoch <= 3; epoch++) {
        const loss = await trainStep(trained, method, {x, labels}, optimizer, {rng});
        history.push(...(await loss.data()));
        loss.dispose();
      }
      optimizer.dispose();
      return history;
    };
    const start = await captureModelState(trained);
    await expectNoLeak(async () => {
      const alone = [await audit(), await step()];
      restoreModelState(trained, start);
      const before = await bitsOf(model);
      expect(await Promise.all([audit(), step()])).toEqual(alone);
      expect(await bitsOf(model)).toEqual(before);
    });
    model.dispose();
    trained.dispose();
  });

  it('goes on where a scope that was open when it began ends', async () => {
    const model = tinyConvNet();
    model.apply(x);
    await expectNoLeak(async () => {
      tf.engine().startScope();
      const running = auditGradients(model, x, labels, {directions: 1});
      tf.engine().endScope();
      expect((await running).ok).toBe(true);
    });
    model.dispose();
  });

  it.each<[string, (x: tf.Tensor2D, kept: tf.Tensor2D) => tf.Tensor2D]>([
    ['its input', (v) => v],
    ['a copy of its input', (v) => tf.clone(v)],
    ['a tensor of its own', (_, kept) => kept],
    ['its input in another shape', (v) => tf.reshape(v, [2, 3])],
  ])('disposes nothing of a model that returns %s', async (_, f) => {
    const rows = tf.tensor2d([[1, 2, 3], [3, 1, 2]]); // prettier-ignore
    const kept = tf.tensor2d([[1, 2, 3], [3, 1, 2]]); // prettier-ignore
    const classes = int([0, 1]);
    await expectNoLeak(async () => {
      const audit = auditGradients((v: tf.Tensor2D) => f(v, kept), rows, classes);
      // tfjs has no gradient of what does not depend on the input.
      await audit.catch((error: unknown) => expect(String(error)).toMatch(/Cannot compute grad/));
      expect([rows.isDisposed, kept.isDisposed]).toEqual([false, false]);
    });
    tf.dispose([rows, kept, classes]);
  });
});
