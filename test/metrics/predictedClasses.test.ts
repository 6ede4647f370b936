import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {predictedClasses} from '../../src/metrics/predictedClasses';

const predict = async (rows: number[][]): Promise<number[]> => {
  const logits = tf.tensor2d(rows);
  try {
    return Array.from(await predictedClasses(logits));
  } finally {
    logits.dispose();
  }
};

describe('predictedClasses', () => {
  it('finds the largest, of equal ones the lowest index', async () => {
    const rows = [
      [1, 3, 3],
      [2, 0, 1],
      [-3, -2, -1],
      [0, 0, 0],
    ];
    expect(await predict(rows)).toEqual([1, 0, 2, 0]);
  });

  it('knows infinities, and gives -1 for NaN', async () => {
    expect(
      await predict([
        [-Infinity, 1],
        [0, Infinity],
        [NaN, 1],
        [1, NaN],
      ]),
    ).toEqual([1, 1, -1, -1]);
  });

  it('refuses what is no matrix', async () => {
    await expect(predictedClasses([[1]] as never)).rejects.toThrow(
      /predictedClasses: "logits" must be a float32 tensor \[batch, classes\]/,
    );
  });
});
