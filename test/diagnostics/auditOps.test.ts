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
});
