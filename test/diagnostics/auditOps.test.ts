import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {auditOps} from '../../src/diagnostics/auditOps';
import {type RecordedOp, recordOps} from '../../src/diagnostics/recordedOps';
import {seeded} from '../support/models';
import {expectNoLeak} from '../support/tensors';

const settings = {tolerance: 0.05, directions: 2, rng: createRng(1), signal: undefined};

async function audit(body: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) {
  const ops = new Map<string, RecordedOp>();
  tf.tidy(() => void recordOps([x], ops, () => body(x)));
  const result = await auditOps([...ops.values()], settings);
  for (const op of ops.values()) op.dispose();
  return result;
}

describe('auditOps', () => {
  it('passes right gradients, also at kinks', async () => {
    const x = seeded<tf.Rank.R4>([1, 6, 6, 2], 3);
    const ops = await audit((v) => {
      const halfZero = tf.relu(v) as tf.Tensor4D;
      return tf.tanh(tf.maxPool(tf.relu(halfZero), 2, 2, 'valid'));
    }, x);
    expect(ops.map(({kernel}) => kernel).sort()).toEqual(['MaxPool', 'Relu', 'Tanh']);
    expect(ops.every(({ok}) => ok)).toBe(true);
    expect(ops.map(({relativeError}) => relativeError)).toEqual(
      ops.map(({relativeError}) => relativeError).sort((a, b) => b - a),
    );
  });

  it('puts the worst case of a kernel first', async () => {
    const shipped = tf.getGradient(tf.Tanh);
    tf.unregisterGradient(tf.Tanh);
    tf.registerGradient({
      ...shipped,
      // Wrong for rows of 2 only.
      gradFunc: (dy, saved) => {
        const [y] = saved as [tf.Tensor];
        const right = () => tf.mul(dy as tf.Tensor, tf.sub(1, tf.square(y)));
        return {x: () => (y.shape.at(-1) === 2 ? tf.mul(right(), 2) : right())};
      },
    });
    const ops = await audit((v) => tf.tanh(tf.reshape(tf.tanh(v), [-1, 2])), seeded([2, 4], 4));
    tf.unregisterGradient(tf.Tanh);
    tf.registerGradient(shipped);
    expect(ops[0]).toMatchObject({kernel: 'Tanh', ok: false, shapes: [[4, 2]]});
    expect(ops[0]?.relativeError).toBeCloseTo(0.5, 2);
    expect(ops).toHaveLength(2);
  });

  it('leaks nothing, and names what it does not differentiate', async () => {
    const x = seeded([4, 2], 4);
    await expectNoLeak(async () => {
      const ops = await audit((v) => tf.tanh(v), x);
      expect(ops).toMatchObject([{kernel: 'Tanh', ok: true, shapes: [[4, 2]]}]);
      expect(ops[0]).not.toHaveProperty('problem');
    });
    const unique = await audit((v) => tf.unique(tf.reshape(v, [-1])).values, x);
    expect(unique.find(({kernel}) => kernel === 'Unique')).toMatchObject({
      ...{ok: false, relativeError: Infinity},
      problem: expect.stringMatching(/^No gradient of the operation Unique/) as string,
    });
    x.dispose();
  });

  it('passes on what an operation throws of its own', async () => {
    const x = seeded([4, 2], 4);
    const own = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: () => {
        throw new Error('its own');
      },
    }));
    await expect(audit((v) => own(v), x)).rejects.toThrow('its own');
    x.dispose();
  });

  it('keeps the worst case of a kernel, whichever comes first', async () => {
    const x = seeded([4, 2], 4);
    const shipped = tf.getGradient(tf.Sin);
    tf.unregisterGradient(tf.Sin);
    tf.registerGradient({
      ...shipped,
      // Wrong for rows of 2 only, which come before the others.
      gradFunc: (dy, saved) => {
        const [v] = saved as [tf.Tensor];
        const right = () => tf.mul(dy as tf.Tensor, tf.cos(v));
        return {x: () => (v.shape.at(-1) === 2 ? tf.mul(right(), 2) : right())};
      },
    });
    try {
      const ops = await audit((v) => tf.sin(tf.reshape(tf.sin(v), [2, 4])), x);
      expect(ops[0]).toMatchObject({kernel: 'Sin', ok: false, shapes: [[4, 2]]});
    } finally {
      tf.unregisterGradient(tf.Sin);
      tf.registerGradient(shipped);
      x.dispose();
    }
  });

  it('passes slopes that the rounding of many outputs hides', async () => {
    // Slopes of 6e-6 beside values of 1, which float32 rounds to 6e-8.
    const x = tf.fill([256], 12);
    const ops = await audit((v) => tf.sigmoid(v), x);
    expect(ops).toMatchObject([{kernel: 'Sigmoid', ok: true}]);
    x.dispose();
  });

  /** An operation f of one input, with made up slopes. */
  const made = (
    kernel: string,
    input: tf.Tensor,
    f: (values: Float32Array) => tf.Tensor,
    slope: (values: Float32Array, v: Float32Array) => tf.Tensor,
  ): RecordedOp => ({
    ...{kernel, inputs: [input], dispose: () => undefined},
    run: ([values]) => f(values as Float32Array),
    gradients: ([values], v) => [slope(values as Float32Array, v)],
  });

  it('sorts kernels by their error, the worst first', async () => {
    const x = tf.tensor1d([1, -2, 0.5, 3, -1]);
    const scaled = (kernel: string, by: number) =>
      made(kernel, x, (values) => tf.tensor1d(values), (_, v) => tf.tensor1d(v.map((u) => by * u))); // prettier-ignore
    await expectNoLeak(async () => {
      const found = await auditOps(
        [scaled('quarter', 0.75), scaled('right', 1), scaled('half', 0.5)],
        settings,
      );
      expect(found.map(({kernel, ok}) => [kernel, ok])).toEqual([
        ['half', false],
        ['quarter', false],
        ['right', true],
      ]);
      expect(found[0]?.relativeError).toBeCloseTo(0.5, 3);
      expect(found[1]?.relativeError).toBeCloseTo(0.25, 3);
    });
    x.dispose();
  });

  it('finds the wrong gradient of one input beside right ones, in either place', async () => {
    const [a, b] = [seeded([2, 3], 1), seeded([2, 3], 2)];
    const product = (wrong: 0 | 1): RecordedOp => ({
      ...{kernel: 'product', inputs: [a, b], dispose: () => undefined},
      run: ([p, q]) => tf.tensor1d((p as Float32Array).map((u, i) => u * ((q as Float32Array)[i] as number))), // prettier-ignore
      gradients: (values, v) =>
        [1, 0].map((other, i) => {
          const factor = i === wrong ? 2 : 1;
          const others = values[other] as Float32Array;
          return tf.tensor1d(v.map((u, k) => factor * u * (others[k] as number)));
        }),
    });
    await expectNoLeak(async () => {
      for (const wrong of [0, 1] as const) {
        const [found] = await auditOps([product(wrong)], settings);
        expect(found).toMatchObject({ok: false, shapes: [[2, 3], [2, 3]]}); // prettier-ignore
        expect(found?.relativeError).toBeCloseTo(0.5, 2);
      }
    });
    tf.dispose([a, b]);
  });

  it('moves inputs by up to 3 % of their size where slopes disagree at the inputs themselves', async () => {
    const x = tf.fill([50], 100);
    const seen: number[][] = [];
    // Half of the slope at the kink at 100; right elsewhere.
    const kink = made(
      'kink',
      x,
      (values) => tf.tensor1d(values.map((u) => Math.max(u - 100, 0))),
      (values, v) => {
        seen.push([...values]);
        return tf.tensor1d(v.map((u, i) => u * ((values[i] as number) > 100 ? 1 : 0)));
      },
    );
    // A step of 1e-4 of the size still crosses the kink for 1 of 300 moved values.
    const [found] = await auditOps([kink], {...settings, tolerance: 0.2});
    expect(found).toMatchObject({ok: true});
    expect(seen).toHaveLength(2);
    expect(new Set(seen[0])).toEqual(new Set([100]));
    const distances = (seen[1] as number[]).map((value) => value - 100);
    expect(Math.max(...distances)).toBeGreaterThan(2.5);
    expect(Math.max(...distances)).toBeLessThanOrEqual(3 + 1e-3);
    expect(Math.min(...distances)).toBeLessThan(-2.5);
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(-3 - 1e-3);
    x.dispose();
  });

  it('takes as many directions as it is told, from its generator', async () => {
    const x = seeded([8], 3);
    const runs = async (directions: number, seed = 1) => {
      const values: number[][] = [];
      const identity = made(
        'identity',
        x,
        (v) => {
          values.push([...v]);
          return tf.tensor1d(v);
        },
        (_, v) => tf.tensor1d(v),
      );
      await auditOps([identity], {...settings, directions, rng: createRng(seed)});
      return values;
    };
    // Once as it is, then forth and back along each direction.
    expect(await runs(1)).toHaveLength(1 + 2);
    expect(await runs(3)).toHaveLength(1 + 6);
    expect(await runs(1)).toEqual(await runs(1));
    expect(await runs(1)).not.toEqual(await runs(1, 2));
    x.dispose();
  });

  it('stops where it is aborted, before the next operation', async () => {
    const x = seeded([4], 3);
    const controller = new AbortController();
    let count = 0;
    const aborting = made(
      'aborting',
      x,
      (v) => {
        count++;
        controller.abort(new Error('stopped'));
        return tf.tensor1d(v);
      },
      (_, v) => tf.tensor1d(v),
    );
    const pending = auditOps([aborting, aborting], {...settings, signal: controller.signal});
    await expect(pending).rejects.toThrow('stopped');
    expect(count).toBe(1 + 4);
    x.dispose();
  });

  it('takes inputs of zeros, which have no size, in steps of 0.01', async () => {
    const x = tf.zeros([3]);
    const seen: number[] = [];
    const line = made(
      'line',
      x,
      (v) => {
        seen.push(Math.max(...v.map(Math.abs)));
        return tf.tensor1d(v);
      },
      (_, v) => tf.tensor1d(v),
    );
    expect(await auditOps([line], settings)).toMatchObject([{ok: true}]);
    expect(Math.max(...seen)).toBeCloseTo(0.01, 6);
    x.dispose();
  });

  it('finds a wrong slope where many outputs are large', async () => {
    // One slope of 1 beside values of 100: it stands out of the rounding of their sum.
    const x = tf.fill([100], 100);
    const half = made('half', x, (v) => tf.tensor1d(v), (_, v) => tf.tensor1d(v.map((u) => u / 2))); // prettier-ignore
    const [found] = await auditOps([half], settings);
    expect(found?.relativeError).toBeCloseTo(0.5, 2);
    x.dispose();
  });

  it('takes rounding to grow with the size of the outputs and the root of their number', async () => {
    // 20 times 3e-7 of 100, over the largest step of 0.01: slopes below 0.06 are not compared.
    const x = tf.ones([1]);
    const flat = (slope: number) =>
      made('flat', x, () => tf.fill([100], 10), () => tf.fill([1], slope)); // prettier-ignore
    const errors = [];
    for (const slope of [0.055, 0.065]) {
      const [found] = await auditOps([flat(slope)], {...settings, directions: 1});
      errors.push(found?.relativeError);
    }
    expect(errors[0]).toBe(0);
    expect(errors[1]).toBeCloseTo(1, 3);
    x.dispose();
  });

  it('moves one input at a time, by a hundredth, a thousandth and a tenth of that of its size', async () => {
    const [a, b] = [tf.fill([4], 100), tf.fill([4], -8)];
    const seen = new Set<string>();
    const sum: RecordedOp = {
      ...{kernel: 'sum', inputs: [a, b], dispose: () => undefined},
      run: ([p, q]) => {
        const far = [
          Math.abs((p as Float32Array)[0]! - 100),
          Math.abs((q as Float32Array)[0]! + 8),
        ];
        seen.add(far.map((distance) => distance.toFixed(4)).join(' '));
        return tf.tensor1d((p as Float32Array).map((u, i) => u + (q as Float32Array)[i]!));
      },
      // Twice the slopes, so that every step is tried.
      gradients: (_, v) => [1, 2].map(() => tf.tensor1d(v.map((u) => 2 * u))),
    };
    await auditOps([sum], {...settings, tolerance: 0.6});
    expect([...seen]).toEqual([
      '0.0000 0.0000',
      ...['1.0000 0.0000', '0.1000 0.0000', '0.0100 0.0000'],
      ...['0.0000 0.0800', '0.0000 0.0080', '0.0000 0.0008'],
    ]);
    tf.dispose([a, b]);
  });

  it('passes an error of exactly the tolerance', async () => {
    const x = tf.ones([1]);
    let runs = 0;
    const one = () => {
      runs++;
      return tf.ones([1]);
    };
    const flat = made('flat', x, one, () => tf.ones([1]));
    const found = await auditOps([flat], {...settings, tolerance: 1, directions: 1});
    expect(found).toMatchObject([{ok: true, relativeError: 1}]);
    // At the inputs themselves only: once as it is, and three steps forth and back.
    expect(runs).toBe(1 + 6);
    x.dispose();
  });
});
