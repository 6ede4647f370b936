import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {bimAttack, bimAttackAsync} from '../../../src/attacks/bimAttack';
import {fgsmAttack, fgsmAttackAsync} from '../../../src/attacks/fgsmAttack';
import {miFgsmAttack, miFgsmAttackAsync} from '../../../src/attacks/miFgsmAttack';
import {pgdAttack, pgdAttackAsync, type PgdAsyncOptions} from '../../../src/attacks/pgdAttack';
import type {AttackWarning} from '../../../src/core/attackResult';
import type {Classifier} from '../../../src/core/classifier';
import type {Progress} from '../../../src/core/progress';
import {createRng} from '../../../src/core/rng';
import {apgdAttack} from '../../../src/attacks/apgd/apgdAttack';
import {linearTwo, seeded, tinyConvNet} from '../../support/models';
import {expectNoLeak, int, numbers} from '../../support/tensors';

const FAMILY = {
  pgd: [pgdAttack, pgdAttackAsync],
  fgsm: [fgsmAttack, fgsmAttackAsync],
  bim: [bimAttack, bimAttackAsync],
  miFgsm: [miFgsmAttack, miFgsmAttackAsync],
} as const;
const X = [0.5, 0.4, 0.6];

describe.each(Object.entries(FAMILY))('%sAttackAsync', (name, [attack, attackAsync]) => {
  it('has the result of the synchronous form to the bit', async () => {
    const model = tinyConvNet();
    const x = tf.tidy(() => {
      const noise: tf.Tensor4D = seeded([4, 8, 8, 1], 3, 0.7);
      return tf.clipByValue(tf.add<tf.Tensor4D>(noise, 0.5), 0, 1);
    });
    const labels = int([0, 1, 2, 0]);
    const targets = int([1, 2, 0, 2]);
    await expectNoLeak(async () => {
      for (const options of [
        {},
        {norm: 'l2', epsilon: 0.5},
        {epsilon: [0, 0.1, 0.2, 0.3], rng: createRng(3), exampleIds: [7, 8, 9, 3]},
        {targets},
        {clip: null, checkValues: false},
      ] as const) {
        const now = attack(model, x, labels, options);
        const later = await attackAsync(model, x, labels, options);
        expect(numbers(later)).toEqual(numbers(now));
        tf.dispose([now, later]);
      }
    });
    tf.dispose([x, labels, targets]);
    model.dispose();
  });

  it('leaks nothing when it is aborted or the model throws, and names itself', async () => {
    const x = tf.tensor2d([X]);
    const labels = int([0]);
    const gone = new AbortController();
    gone.abort(new Error('stop'));
    const broken = () => {
      throw new Error('model failed');
    };
    const run = (options: PgdAsyncOptions, model: Classifier<tf.Tensor2D> = linearTwo) =>
      attackAsync(model, x, labels, options);
    await expectNoLeak(async () => {
      await expect(run({signal: gone.signal})).rejects.toThrow('stop');
      await expect(run({}, broken)).rejects.toThrow('model failed');
      await expect(run({epsilon: -1})).rejects.toThrow(
        new RegExp(`^${name}AttackAsync: "epsilon"`),
      );
      await expect(run({clip: [0, 0.1]})).rejects.toThrow(/"x"/);
      await expect(run({}, (z) => tf.softmax(z))).rejects.toThrow(/probabilities/);
    });
    tf.dispose([x, labels]);
  });
});

describe('pgdAttackAsync', () => {
  const attack = (options: PgdAsyncOptions, model: Classifier<tf.Tensor2D> = linearTwo) => {
    const [x, labels] = [tf.tensor2d([X, X]), int([0, 0])];
    return pgdAttackAsync(model, x, labels, options).finally(() => {
      tf.dispose([x, labels]);
    });
  };

  it('yields, reports each step, and stops at the one after an abort', async () => {
    const controller = new AbortController();
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => {
      seen.push(progress);
      if (seen.length === 2) controller.abort(new Error('stop'));
    };
    await expectNoLeak(async () => {
      const run = attack({steps: 5, onProgress, signal: controller.signal});
      await expect(run).rejects.toThrow('stop');
    });
    expect(seen).toEqual(
      [1, 2].map((done) => ({phase: 'pgdAttackAsync', done, total: 5, unit: 'step', metrics: {}})),
    );
    const failing = () => {
      throw new Error('enough');
    };
    await expectNoLeak(() => expect(attack({onProgress: failing})).rejects.toThrow('enough'));
  });

  it('warns of gradients that are zero or not finite, and throws where all are', async () => {
    const warnings: AttackWarning[] = [];
    const onWarning = (warning: AttackWarning) => warnings.push(warning);
    const half: Classifier<tf.Tensor2D> = (x) => tf.mul(linearTwo(x), tf.tensor2d([[1], [0]]));
    await expectNoLeak(async () => {
      const adversarial = await attack({onWarning}, half);
      expect(numbers(adversarial).slice(3)).toEqual([...Float32Array.from(X)]);
      adversarial.dispose();
      const flat: Classifier<tf.Tensor2D> = (x) => tf.mul(linearTwo(x), 0);
      await expect(attack({onWarning}, flat)).rejects.toMatchObject({zero: 2, total: 2});
    });
    expect(warnings.map(({code}) => code)).toEqual(['zero-gradient']);
  });
});

describe('what is refused', () => {
  it('nothing of an empty batch, and the model is not asked', async () => {
    const untold = (): tf.Tensor2D => {
      throw new Error('the model was asked');
    };
    await expectNoLeak(async () => {
      const [x, labels] = [tf.zeros<tf.Rank.R2>([0, 3]), int([])];
      const result = await pgdAttackAsync(untold, x, labels);
      const at = pgdAttack(untold, x, labels);
      expect([result.shape, at.shape]).toEqual([
        [0, 3],
        [0, 3],
      ]);
      tf.dispose([x, labels, result, at]);
    });
  });
});

it('in training, a net without a gradient is left alone', () => {
  tf.tidy(() => {
    const flat: Classifier<tf.Tensor2D> = (x) => tf.mul(linearTwo(x), 0);
    const position = {epoch: 1, epochs: 2, step: 1};
    const adversarial = pgdAttack(flat, tf.tensor2d([X]), int([0]), {position});
    expect(numbers(adversarial)).toEqual([...Float32Array.from(X)]);
  });
});

it('an example whose gradient is not finite comes back clean, its neighbour attacked', () => {
  tf.tidy(() => {
    const rough: Classifier<tf.Tensor2D> = (x) =>
      tf.add(linearTwo(x), tf.sqrt(tf.mul(tf.sum(x, 1, true), tf.tensor2d([[0], [1]]))));
    const options = {epsilon: 0.1, norm: 'l2'} as const;
    const found = numbers(pgdAttack(rough, tf.tensor2d([X, X]), int([0, 0]), options));
    expect(found.slice(0, 3)).toEqual([...Float32Array.from(X)]);
    expect(Math.hypot(...found.slice(3).map((v, i) => v - (X[i] ?? NaN)))).toBeCloseTo(0.1, 5);
  });
});

// A linear model of two classes breaks within epsilon exactly where its margin is less than
// epsilon · ‖w‖₁, whatever its weights are multiplied by.
describe.each([1, 40, 100, 1e4])('on a linear model with weights times %d', (scale) => {
  const rng = createRng(5);
  const w = Float32Array.from({length: 24}, () => rng.normal());
  const pixels = Float32Array.from({length: 64 * 12}, () => 0.3 + 0.4 * rng.uniform());
  const model: Classifier<tf.Tensor2D> = (x) =>
    tf.mul(scale, tf.matMul(tf.sub(x, 0.5), tf.tensor2d(w, [12, 2])));
  const epsilon = 0.08;
  const difference = Float64Array.from(
    {length: 12},
    (_, i) => (w[2 * i] ?? NaN) - (w[2 * i + 1] ?? NaN),
  );
  const reach = epsilon * difference.reduce((sum, v) => sum + Math.abs(v), 0);
  const margins = Float64Array.from({length: 64}, (_, row) =>
    difference.reduce((sum, v, i) => sum + v * ((pixels[12 * row + i] ?? NaN) - 0.5), 0),
  );
  const expected = Array.from(margins, (margin) => Math.abs(margin) < reach);

  const broken = async (
    attack: (x: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor2D | Promise<tf.Tensor2D>,
  ) => {
    const x = tf.tensor2d(pixels, [64, 12]);
    const labels = int(Array.from(margins, (margin) => Number(margin < 0)));
    const adversarial = await attack(x, labels);
    const found = tf.tidy(() => Array.from(tf.argMax(model(adversarial), 1).dataSync()));
    const truth = numbers(labels);
    tf.dispose([x, labels, adversarial]);
    return found.map((c, i) => c !== truth[i]);
  };

  it('is in doubt for some examples only', () => {
    expect(new Set(expected).size).toBe(2);
    expect(Math.min(...margins.map((m) => Math.abs(Math.abs(m) - reach)))).toBeGreaterThan(1e-4);
  });

  it.each(Object.entries(FAMILY))('%s breaks all that can be broken', async (_name, [attack]) => {
    expect(await broken((x, y) => attack(model, x, y, {epsilon}))).toEqual(expected);
  });

  it('so do APGD on cross-entropy, and PGD towards the other class', async () => {
    const apgd = await broken(async (x, y) => {
      const {adversarial} = await apgdAttack<tf.Tensor2D>(model, x, y, {epsilon, steps: 20});
      return adversarial;
    });
    expect(apgd).toEqual(expected);
    const targeted = await broken((x, y) => {
      const targets = tf.tidy(() => tf.sub(tf.scalar(1, 'int32'), y) as tf.Tensor1D);
      const adversarial = pgdAttack(model, x, y, {epsilon, targets});
      targets.dispose();
      return adversarial;
    });
    expect(targeted).toEqual(expected);
  });
});
