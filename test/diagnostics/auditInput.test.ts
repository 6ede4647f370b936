import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {inputError} from '../../src/diagnostics/auditInput';
import type {AuditRun} from '../../src/diagnostics/auditRun';
import {seeded} from '../support/models';
import {expectNoLeak, int, numbers} from '../support/tensors';

function runOf(x: tf.Tensor): AuditRun {
  return {
    ...{tolerance: 0.05, directions: 2, signal: undefined, x, labels: int([0, 1])},
    ...{rng: createRng(1), ops: new Map(), statistics: [], passes: 0},
  };
}

describe('inputError', () => {
  it('is small for a right gradient, the share that is missing for a wrong one', async () => {
    const weights = seeded<tf.Rank.R2>([3, 2], 2);
    const x = seeded<tf.Rank.R2>([2, 3], 1);
    const factor = (by: number) =>
      tf.customGrad((v) => ({
        value: tf.mul(v as tf.Tensor, 1),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, by),
      }));
    const model = (by: number) => (v: tf.Tensor) =>
      tf.matMul(factor(by)(v) as tf.Tensor2D, weights) as tf.Tensor2D;
    const run = runOf(x);
    expect(await inputError(run, model(1))).toBeLessThan(0.01);
    expect(await inputError(runOf(x), model(0.75))).toBeCloseTo(0.25, 1);
    expect([...run.ops.values()].map(({kernel}) => kernel)).toContain('BatchMatMul');
    // One for the gradient, two for each of two directions: the first step is good enough.
    expect(run.passes).toBe(5);
    expect(x.isDisposed).toBe(false);
  });

  it('looks beside a kink that lies at the input, and records nothing twice', async () => {
    const weights = seeded<tf.Rank.R2>([3, 2], 2);
    // Half of the slope to the left of 0 and to its right is no gradient.
    const x = tf.zeros<tf.Rank.R2>([2, 3]);
    const run = runOf(x);
    const model = (v: tf.Tensor) => tf.matMul(tf.relu(v) as tf.Tensor2D, weights) as tf.Tensor2D;
    expect(await inputError(run, model)).toBeLessThan(0.05);
    expect([...run.ops.values()].map(({kernel}) => kernel)).toEqual(['Relu', 'BatchMatMul']);
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([weights, x, run.labels]);
  });

  it('does not take the rounding of large logits for an error', async () => {
    const weights = seeded<tf.Rank.R2>([3, 2], 2);
    const x = seeded<tf.Rank.R2>([2, 3], 1);
    const run = runOf(x);
    // Next to 1e5 float32 has steps of 0.008.
    const model = (v: tf.Tensor) =>
      tf.add(tf.matMul(v as tf.Tensor2D, weights), 1e5) as tf.Tensor2D;
    expect(await inputError(run, model)).toBeLessThan(0.05);
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([weights, x, run.labels]);
  });

  it('names the audit where a model gives no logits', async () => {
    const run = runOf(tf.zeros([2, 3]));
    await expect(inputError(run, (v) => tf.sum(v) as tf.Tensor as tf.Tensor2D)).rejects.toThrow(
      /^auditGradients: "model" must give logits/,
    );
    tf.dispose([run.x, run.labels]);
  });

  it('measures inputs in their own size, and leaks nothing', async () => {
    const weights = tf.mul(1e-3, seeded<tf.Rank.R2>([3, 2], 2)) as tf.Tensor2D;
    const x = tf.mul(1e3, seeded<tf.Rank.R2>([2, 3], 1)) as tf.Tensor2D;
    const most = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.75),
    }));
    const model = (v: tf.Tensor) => tf.matMul(most(v) as tf.Tensor2D, weights) as tf.Tensor2D;
    const run = runOf(x);
    await expectNoLeak(async () => {
      expect(await inputError(run, model)).toBeCloseTo(0.25, 1);
      for (const op of run.ops.values()) op.dispose();
    });
    tf.dispose([weights, x, run.labels]);
  });

  /** The sum of the inputs and its negative as logits, with a gradient that is off by a factor. */
  const summing = (by: number, look: (v: tf.Tensor) => void = () => undefined) => {
    const off = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, by),
    }));
    return (v: tf.Tensor) => {
      look(v);
      const sum = tf.sum(off(v), 1, true);
      return tf.concat([sum, tf.neg(sum)], 1) as tf.Tensor2D;
    };
  };

  it('tries four steps, relative to the size of the input, and moved inputs, until one agrees', async () => {
    const x = tf.fill<tf.Rank.R2>([2, 3], 0.5);
    const run = runOf(x);
    const seen: number[] = [];
    const look = (v: tf.Tensor) => void seen.push(Math.abs(numbers(v)[0]! - 0.5));
    expect(await inputError(run, summing(0.5, look))).toBeCloseTo(0.5, 1);
    // At each of three places one gradient, and four steps forth and back in two directions.
    expect(seen).toHaveLength(3 * (1 + 4 * 4));
    expect(run.passes).toBe(seen.length);
    const steps = [0, ...[1e-2, 1e-3, 3e-2, 1e-4].flatMap((step) => [step, step, step, step])];
    steps.forEach((step, i) => expect(seen[i]).toBeCloseTo(step * 0.5, 6));
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([x, run.labels]);
  });

  it('judges by the tolerance, and tries the next place only beyond it', async () => {
    const x = tf.fill<tf.Rank.R2>([2, 3], 0.5);
    const passes = [];
    for (const tolerance of [0.05, 0.4]) {
      const run = {...runOf(x), tolerance, directions: 1};
      expect(await inputError(run, summing(0.75))).toBeCloseTo(0.25, 1);
      passes.push(run.passes);
      for (const op of run.ops.values()) op.dispose();
      run.labels.dispose();
    }
    // One gradient and four steps, at three places and at one.
    expect(passes).toEqual([3 * 9, 9]);
    x.dispose();
  });

  it('takes inputs of zeros, which have no size', async () => {
    const x = tf.zeros<tf.Rank.R2>([2, 3]);
    const run = runOf(x);
    const seen: number[] = [];
    const look = (v: tf.Tensor) => void seen.push(Math.abs(numbers(v)[0]!));
    expect(await inputError(run, summing(1, look))).toBeLessThan(0.005);
    expect(Math.max(...seen)).toBeCloseTo(0.01, 7);
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([x, run.labels]);
  });

  it('sees one wrong example among right ones', async () => {
    const x = seeded<tf.Rank.R2>([2, 3], 1);
    const mask = tf.tensor2d([[1], [0]]);
    const second = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, mask),
    }));
    const weights = seeded<tf.Rank.R2>([3, 2], 2);
    const model = (v: tf.Tensor) => tf.matMul(second(v) as tf.Tensor2D, weights) as tf.Tensor2D;
    const run = runOf(x);
    const error = await inputError(run, model);
    expect(error).toBeGreaterThan(0.1);
    expect(error).toBeLessThan(0.99);
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([x, mask, weights, run.labels]);
  });

  it('is content with an error of exactly the tolerance', async () => {
    const x = tf.fill<tf.Rank.R2>([2, 3], 0.5);
    const run = {...runOf(x), tolerance: 1, directions: 1};
    expect(await inputError(run, summing(0))).toBe(1);
    expect(run.passes).toBe(1 + 8);
    for (const op of run.ops.values()) op.dispose();
    tf.dispose([x, run.labels]);
  });
});
