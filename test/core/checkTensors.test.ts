import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {
  checkBatch,
  checkClassCounts,
  checkCount,
  checkFinite,
  checkLabels,
  checkLabelValues,
  checkLogits,
  checkModelOutput,
  checkPixels,
  checkSameShape,
} from '../../src/core/checkTensors';
import {InvalidArgumentError} from '../../src/core/errors';
import {int} from '../support/tensors';

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
      `[InvalidArgumentError: f: "labels" must be an int32 tensor [2], found int32 [1]. Make it with tf.tensor1d(labels, 'int32').]`,
    );
    expect(check(tf.tensor1d([0, 1]))).toThrow(/found float32 \[2\]/);
    expect(check([0, 1])).toThrow(/found an array/);
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
      `[InvalidArgumentError: f: "logits" must be a tensor [batch, classes], found float32 [2]. Pass one row of raw scores per example.]`,
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

describe('checkFinite', () => {
  it('accepts finite values and none', () => {
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([1e38, -1, 0]));
      checkFinite('f', 'x', tf.zeros([0, 2]));
    }).not.toThrow();
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([1, value]));
    }).toThrow(/f: "x" must be finite, found/);
    expect(() => {
      checkFinite('f', 'x', tf.tensor1d([value]), 'have finite values');
    }).toThrow(/"x" must have finite values, found/);
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
      `[InvalidArgumentError: f: "x" must be a float32 tensor [batch, ...], found int32 [2, 3]. Convert pixels with tf.div(x, 255).]`,
    );
    expect(check(tf.zeros([2]))).toThrow(/found float32 \[2\]\. Add a batch axis/);
    expect(check([[0]])).toThrow(/found an array\. Add a batch axis/);
    expect(check(tf.zeros([3, 2]))).toThrow(/"labels" must be an int32 tensor \[3\]/);
  });
});

describe('checkPixels', () => {
  const check = (values: number[], clip: readonly [number, number] | null) => () => {
    checkPixels('f', tf.tensor2d([values]), clip);
  };

  it('accepts the range, its ends, rounding past them, and an empty batch', () => {
    expect(check([0, 1, 0.5], [0, 1])).not.toThrow();
    expect(check([-9e-6, 1 + 9e-6], [0, 1])).not.toThrow();
    expect(check([-300, 300], null)).not.toThrow();
    expect(() => {
      checkPixels('f', tf.zeros([0, 4]), [0, 1]);
    }).not.toThrow();
  });

  it('refuses values outside, on both sides', () => {
    expect(check([-1.2e-5, 0.5], [0, 1])).toThrow(InvalidArgumentError);
    expect(check([0.5, 1 + 1.2e-5], [0, 1])).toThrow(InvalidArgumentError);
    expect(check([-0.5, 0.5], [0, 1])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "x" must be finite and inside clip [0, 1], found values from -0.5 to 0.5. Declare the range of x with the option clip.]`,
    );
    expect(check([0, 2], [0, 1])).toThrow(/Declare the range/);
    expect(check([0, 254], [0, 1])).toThrow(
      /Divide pixels by 255, or declare their range: clip: \[0, 255\]\./,
    );
    expect(check([0, 254], [0, 2])).toThrow(/Declare the range/);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s, also without a range', (value) => {
    expect(check([0.5, value, 0.25], null)).toThrow(
      /must be finite, found NaN or infinite values\. Look for a division by zero/,
    );
    expect(check([0.5, value, 0.25], [0, 1])).toThrow(
      /must be finite and inside clip \[0, 1\], found NaN or infinite values/,
    );
  });
});

describe('checkLabelValues', () => {
  const check = (labels: number[], argument?: string) => () => {
    checkLabelValues('f', int(labels), 3, argument);
  };

  it('accepts classes and refuses what is none', () => {
    expect(check([0, 2, 1])).not.toThrow();
    expect(check([])).not.toThrow();
    expect(check([0, 3])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must lie in [0, 3): the model has 3 classes, found 3. Number the classes from 0.]`,
    );
    expect(check([-1], 'targets')).toThrow(/"targets" must .* found -1/);
  });
});

describe('checkModelOutput', () => {
  const check =
    (output: unknown, batchSize = 2) =>
    () => {
      checkModelOutput('f', bad(output), batchSize);
    };

  it('accepts logits', () => {
    expect(
      check(
        tf.tensor2d([
          [1, -2],
          [0, 0],
        ]),
      ),
    ).not.toThrow();
    expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [0.5, 0.6],
        ]),
      ),
    ).not.toThrow();
    expect(check(tf.zeros([0, 2]), 0)).not.toThrow();
  });

  it('refuses another shape', () => {
    expect(check(tf.zeros([2, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "model" must give logits [2, classes] with at least 2 classes, found float32 [2, 1]. For a single score s return two logits, [0, s].]`,
    );
    expect(check(tf.zeros([3, 2]))).toThrow(/found float32 \[3, 2\]/);
    expect(check(tf.zeros([2]))).toThrow(/found float32 \[2\]/);
    expect(check(tf.zeros([2, 2, 2]))).toThrow(/found float32 \[2, 2, 2\]/);
    expect(check([[1, 2]])).toThrow(/found an array/);
  });

  it.each([NaN, Infinity])('refuses %s', (value) => {
    expect(
      check(
        tf.tensor2d([
          [1, 2],
          [value, 0],
        ]),
      ),
    ).toThrow(/must give finite logits, found NaN or infinite values\. Check the weights/);
  });

  it('refuses probabilities, and only where every row is one', () => {
    expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1, 0],
        ]),
      ),
    ).toThrow(/must give logits, found probabilities.*fromProbabilities\(model\)/);
    expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1, 0.1],
        ]),
      ),
    ).not.toThrow();
    expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [1.5, -0.5],
        ]),
      ),
    ).not.toThrow();
    expect(
      check(
        tf.tensor2d([
          [0.25, 0.75],
          [-0.5, 1.5],
        ]),
      ),
    ).not.toThrow();
    expect(
      check(
        tf.softmax(
          tf.tensor2d([
            [50, -50],
            [0, 1],
          ]),
        ),
      ),
    ).toThrow(/found probabilities/);
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
