import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {
  checkBatch,
  checkClassCounts,
  checkCount,
  checkLabels,
  checkLogits,
  checkSameShape,
} from '../../../src/core/checks/checkTensors';
import {InvalidArgumentError} from '../../../src/core/errors';
import {int} from '../../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const bad = <T>(value: unknown) => value as T;

describe('checkLabels', () => {
  it('accepts int32 [batch]', () => {
    expect(() => {
      checkLabels('f', int([0, 1]), 2);
      checkLabels('f', int([]), 0);
    }).not.toThrow();
  });

  it('refuses another size, dtype or type', () => {
    const check = (labels: unknown, argument?: string) => () => {
      checkLabels('f', bad(labels), 2, argument);
    };
    expect(check(int([0]))).toThrow(InvalidArgumentError);
    expect(check(int([0]))).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must be an int32 tensor [2], found int32 [1]. One label for each row of x. If x is a single example, give it a batch axis: tf.expandDims(x, 0).]`,
    );
    expect(check(tf.tensor1d([0, 1]))).toThrow(/found float32 \[2\]/);
    expect(check([0, 1])).toThrow(/found \[0, 1\]/);
    expect(check(undefined)).toThrow(/found undefined/);
    expect(check(null)).toThrow(/found null/);
    expect(check(int([0]), 'targets')).toThrow(/"targets" must/);
  });

  it('knows one-hot labels', () => {
    expect(() => {
      checkLabels('f', bad(tf.tensor2d([[1, 0]], [1, 2], 'int32')), 1);
    }).toThrow(/For one-hot labels pass tf\.argMax\(labels, 1\)\.$/);
  });
});

describe('checkLogits', () => {
  it('accepts [batch, classes], with or without labels', () => {
    expect(() => {
      checkLogits('f', tf.zeros([2, 3]));
      checkLogits('f', tf.zeros([2, 3]), int([0, 2]));
    }).not.toThrow();
  });

  it('refuses another rank, another type and other labels', () => {
    expect(() => {
      checkLogits('f', bad(tf.zeros([2])));
    }).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "logits" must be a float32 tensor [batch, classes], found float32 [2]. Pass one row of raw scores per example.]`,
    );
    expect(() => {
      checkLogits('f', bad({rank: 2}), undefined, 'teacherLogits');
    }).toThrow(/"teacherLogits" must .* found an object/);
    expect(() => {
      checkLogits('f', tf.zeros([2, 3]), int([0]));
    }).toThrow(/"labels" must be an int32 tensor \[2\], found int32 \[1\]/);
  });
});

describe('checkLogits of one class', () => {
  it('is refused', () => {
    expect(() => {
      checkLogits('f', tf.zeros([2, 1]));
    }).toThrow(/"logits" must have at least 2 classes, found float32 \[2, 1\]\. .*\[0, s\]/);
  });
});

describe('checkSameShape', () => {
  it('compares shapes only', () => {
    expect(() => {
      checkSameShape('f', 'b', tf.ones([2, 3]), tf.zeros([2, 3]));
    }).not.toThrow();
    expect(() => {
      checkSameShape('f', 'b', tf.ones([3, 2]), tf.zeros([2, 3]));
    }).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "b" must have the shape [2, 3], found float32 [3, 2]. Pass values for the same examples and classes.]`,
    );
    expect(() => {
      checkSameShape('f', 'b', bad({shape: [2, 3]}), tf.zeros([2, 3]));
    }).toThrow(/found an object/);
  });
});

describe('checkClassCounts', () => {
  const check = (counts: ArrayLike<number>, numClasses?: number) => () => {
    checkClassCounts('f', counts, numClasses);
  };

  it('accepts one positive integer for each class', () => {
    expect(check([1, 5])).not.toThrow();
    expect(check(Int32Array.of(3, 1, 2), 3)).not.toThrow();
  });

  it('refuses another length, zeros and fractions', () => {
    expect(check([1, 5], 3)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "classCounts" must have one count for each of the 3 classes, found 2 counts. Count the training labels with classCounts(labels, numClasses).]`,
    );
    expect(check([5, 0])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "classCounts" must be an integer >= 1 for every class, found 0 for class 1. Remove the class, or sample at least one example of it.]`,
    );
    expect(check([1.5, 2])).toThrow(/found 1\.5 for class 0/);
    expect(check([NaN])).toThrow(/found NaN for class 0/);
  });
});

describe('checkBatch', () => {
  const check =
    (x: unknown, labels = int([0, 1])) =>
    () => {
      checkBatch('f', bad(x), labels);
    };

  it('accepts float32 [batch, ...] of any rank from 2', () => {
    expect(check(tf.zeros([2, 3]))).not.toThrow();
    expect(check(tf.zeros([2, 3, 3, 1]))).not.toThrow();
  });

  it('refuses other tensors with a fitting remedy', () => {
    expect(check(tf.zeros([2, 3], 'int32'))).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "x" must be a float32 tensor [batch, ...], found int32 [2, 3]. Convert pixels with tf.div(x, 255). Token numbers have neither a gradient nor neighbours: work on what the embedding makes of them, see embeddingSpace.]`,
    );
    expect(check(tf.zeros([2]))).toThrow(/found float32 \[2\]\. Add a batch axis/);
    expect(check([[0]])).toThrow(/found an array of 1 arrays\. Make it with tf\.tensor/);
    expect(check(tf.zeros([3, 2]))).toThrow(/"labels" must be an int32 tensor \[3\]/);
  });
});

describe('checkCount', () => {
  it('accepts integers from 1', () => {
    expect(() => {
      checkCount('f', 'steps', 1);
    }).not.toThrow();
    for (const value of [0, 1.5, NaN]) {
      expect(() => {
        checkCount('f', 'steps', value);
      }).toThrow(/"steps" must be an integer >= 1/);
    }
  });
});
