import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {disposeAfter, disposeTapeOnThrow} from '../../src/core/memory';
import {expectNoLeak} from '../support/tensors';

describe('disposeAfter', () => {
  it('keeps what is owned across await, then disposes it, and returns the result', async () => {
    await expectNoLeak(async () => {
      const sum = await disposeAfter(async (own) => {
        const {a} = own({a: tf.tensor1d([1, 2])});
        const b = own(tf.tensor1d([3]));
        await Promise.resolve();
        return a.dataSync().length + b.dataSync().length;
      });
      expect(sum).toBe(3);
    });
  });

  it('disposes when the body throws or rejects, and passes the error on', async () => {
    await expectNoLeak(async () => {
      await expect(
        disposeAfter(async (own) => {
          own([tf.scalar(1), tf.scalar(2)]);
          await Promise.resolve();
          throw new Error('stop');
        }),
      ).rejects.toThrow('stop');
    });
  });

  it('keeps what is owned where a scope of the program ends in between', async () => {
    await expectNoLeak(async () => {
      tf.engine().startScope();
      const running = disposeAfter(async (own) => {
        const {values} = own({values: [tf.tensor1d([1, 2])]});
        await Promise.resolve();
        return values[0]?.dataSync().length;
      });
      tf.engine().endScope();
      expect(await running).toBe(2);
    });
  });

  it('leaves what is not owned, and does not mind what was disposed', async () => {
    const kept = await disposeAfter((own) => {
      own(tf.scalar(1)).dispose();
      return Promise.resolve(tf.scalar(2));
    });
    expect(kept.isDisposed).toBe(false);
    kept.dispose();
  });
});

describe('disposeTapeOnThrow', () => {
  const x = tf.tensor1d([1, 2]);
  const failing = (input: tf.Tensor) => {
    tf.exp(tf.square(input));
    throw new Error('stop');
  };

  it('returns what the body returned', () => {
    const gradient = disposeTapeOnThrow(() => tf.grad((input) => tf.sum(tf.square(input)))(x));
    expect(Array.from(gradient.dataSync())).toEqual([2, 4]);
    gradient.dispose();
  });

  it('disposes what the tape saved, and passes the error on', async () => {
    await expectNoLeak(() => {
      expect(() => disposeTapeOnThrow(() => tf.grad(failing)(x))).toThrow('stop');
    });
  });

  it('leaves the tape of an outer gradient alone', async () => {
    await expectNoLeak(() => {
      const outer = tf.grad((input) => {
        const square = tf.square(input);
        expect(() => disposeTapeOnThrow(() => tf.grad(failing)(x))).toThrow('stop');
        return tf.sum(square);
      });
      const gradient = outer(x);
      expect(Array.from(gradient.dataSync())).toEqual([2, 4]);
      gradient.dispose();
    });
  });
});
