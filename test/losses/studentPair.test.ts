import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkPair} from '../../src/losses/studentPair';

describe('checkPair', () => {
  it('hands out the clean logits where they are needed', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(checkPair('f', 'student', {adversarial: z, clean: z}, true)).toBe(z);
    expect(checkPair('f', 'student', {adversarial: z, clean: z}, false)).toBeUndefined();
    expect(() => checkPair('f', 'student', {adversarial: z}, true)).toThrow(
      'f: "student.clean" must be given: its weight is not 0, found undefined. Pass the logits at ' +
        'the clean input, or put all weight on the adversarial one.',
    );
    const vector = tf.zeros([3]) as unknown as tf.Tensor2D;
    expect(() => checkPair('f', 'student', {adversarial: vector}, false)).toThrow(
      /^f: "student.adversarial" must be a float32 tensor \[batch, classes\]/,
    );
  });
});
