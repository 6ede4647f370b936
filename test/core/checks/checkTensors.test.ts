import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {
  checkBatch,
  checkClassCounts,
  checkCount,
  checkExamples,
  checkInputs,
  checkLabels,
  checkLogits,
  checkModelShape,
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

/** A tensor that is gone. */
function disposed(): tf.Tensor {
  const tensor = tf.zeros([2, 3]);
  tensor.dispose();
  return tensor;
}

const zeros = (shape: number[], dtype: 'float32' | 'int32' = 'float32') => tf.zeros(shape, dtype);

describe('what to do about labels', () => {
  const SQUEEZE = 'One number for each example: tf.squeeze(labels, [1]).';
  const TOGETHER = 'One label for each row of x: check that x and labels belong together.';
  const MAKE = "Make it with tf.tensor1d(labels, 'int32').";
  it.each<[() => unknown, string]>([
    [() => 7, "Make it with tf.tensor1d([7], 'int32')."],
    [
      () => ['cat', 'dog'],
      "Number the classes from 0: tf.tensor1d(labels.map((name) => names.indexOf(name)), 'int32').",
    ],
    [
      () => BigInt64Array.of(1n, 2n),
      "Convert them: tf.tensor1d(Int32Array.from(labels, Number), 'int32').",
    ],
    [
      () => [
        [0, 1],
        [1, 0],
      ],
      'For one-hot rows pass tf.argMax(tf.tensor2d(labels), 1).',
    ],
    [() => [0, 1], MAKE],
    [() => [], MAKE],
    [() => null, MAKE],
    [() => zeros([2, 4]), 'For one-hot labels pass tf.argMax(labels, 1).'],
    [() => zeros([3, 4]), 'For one-hot labels pass tf.argMax(labels, 1).'],
    [() => zeros([2, 1], 'int32'), SQUEEZE],
    [
      () => zeros([2, 1]),
      "One number for each example: tf.cast(tf.squeeze(labels, [1]), 'int32').",
    ],
    [() => zeros([3, 1], 'int32'), "Convert it with tf.cast(labels, 'int32')."],
    [() => zeros([3], 'int32'), TOGETHER],
    [() => zeros([3]), TOGETHER],
    [
      () => zeros([1], 'int32'),
      'One label for each row of x. If x is a single example, give it a batch axis: tf.expandDims(x, 0).',
    ],
    [() => tf.scalar(1, 'int32'), 'Give it a batch axis: tf.expandDims(labels, 0).'],
    [() => zeros([2]), "Convert it with tf.cast(labels, 'int32')."],
    [
      disposed,
      'It was disposed earlier. Keep it until the call is done: what is made in a tf.tidy is gone once that returns.',
    ],
  ])('%o', (labels, remedy) => {
    const given = labels();
    let message = '';
    try {
      checkLabels('f', bad(given), 2);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^f: "labels" must be an int32 tensor \[2\], found /);
    expect(message.endsWith(`. ${remedy}`)).toBe(true);
  });
});

describe('what to do about inputs', () => {
  const MAKE = 'Make it with tf.tensor(values, [batch, ...]).';
  it.each<[() => unknown, string]>([
    [() => zeros([2]), 'Add a batch axis with tf.expandDims(x, 0) if it is one example.'],
    [
      () => zeros([2, 3], 'int32'),
      'Convert pixels with tf.div(x, 255). Token numbers have neither a gradient nor neighbours: ' +
        'work on what the embedding makes of them, see embeddingSpace.',
    ],
    [() => Promise.resolve(), 'Await it first.'],
    [() => ({shape: [2, 3]}), MAKE],
    [() => null, MAKE],
    [() => undefined, MAKE],
    [() => 'x', MAKE],
    [() => [1, 2], MAKE],
    [() => [], MAKE],
    [() => [[1, 2]], 'Make it with tf.tensor(x).'],
    [
      () => [zeros([2]), zeros([2])],
      'For separate examples pass tf.stack(x). For a model of several inputs pass the one that is ' +
        'attacked, and fix the others: bindInputs(model, {...}).',
    ],
    [
      disposed,
      'It was disposed earlier. Keep it until the call is done: what is made in a tf.tidy is gone once that returns.',
    ],
  ])('%o', (x, remedy) => {
    const given = x();
    let message = '';
    try {
      checkInputs('f', 'x', given);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^f: "x" must be a float32 tensor \[batch, \.\.\.\], found /);
    expect(message.endsWith(`. ${remedy}`)).toBe(true);
  });
});

describe('checkExamples', () => {
  it('takes token numbers, and wants a label for each', () => {
    const check =
      (x: tf.Tensor, labels = int([0, 1])) =>
      () => {
        checkExamples('f', x, labels);
      };
    expect(check(zeros([2, 3], 'int32'))).not.toThrow();
    expect(check(zeros([2, 3]))).not.toThrow();
    expect(check(zeros([3, 3], 'int32'))).toThrow(/"labels" must be an int32 tensor \[3\]/);
    expect(check(zeros([3, 3]))).toThrow(/"labels" must be an int32 tensor \[3\]/);
    expect(check(zeros([2], 'int32'))).toThrow(/"x" must be a float32 tensor/);
    expect(check(disposed())).toThrow(/"x" must .* It was disposed earlier/);
  });
});

describe('what to do about the output of a model', () => {
  const BATCH_AXIS =
    'Keep the batch axis: one row for a single example, too. tf.squeeze(z) drops it; name the axes it may drop.';
  const TWO = 'For a single score s return two logits, [0, s].';
  const ROWS =
    'Give a row for each example of x, however many there are: attacks leave out the examples that ' +
    'they are done with. A function that brings tensors of its own for each example is told which ' +
    'it sees by byExample((x, exampleIds) => ...), a tf.LayersModel by bindInputs.';
  const VALUES = 'Return a tensor. Values read by arraySync or dataSync have no gradient.';
  it.each<[() => unknown, number, string]>([
    [() => Promise.resolve(), 2, 'Return the tensor itself: a model is synchronous.'],
    [() => undefined, 2, 'Return the logits: a body in braces needs `return`.'],
    [() => [[1, 2]], 2, VALUES],
    [() => null, 2, VALUES],
    [
      () => [zeros([2, 3]), zeros([2, 4])],
      2,
      'Return the one of its outputs that has the class scores.',
    ],
    [disposed, 2, 'Return it from tf.tidy, or do not dispose it.'],
    [() => tf.scalar(0), 1, BATCH_AXIS],
    [() => tf.scalar(0), 2, BATCH_AXIS],
    [() => zeros([3]), 1, BATCH_AXIS],
    [() => zeros([1]), 1, TWO],
    [() => zeros([3]), 2, TWO],
    [() => zeros([2]), 2, TWO],
    [() => zeros([2, 1]), 2, TWO],
    [() => zeros([2, 1], 'int32'), 2, TWO],
    [
      () => zeros([2], 'int32'),
      2,
      'Return the scores themselves, not the class of the largest (tf.argMax).',
    ],
    [() => zeros([3, 4]), 2, ROWS],
    [() => zeros([3, 1]), 2, ROWS],
    [() => zeros([2, 1, 1, 4]), 2, 'Drop the axes of length 1: tf.reshape(z, [-1, classes]).'],
    [
      () => zeros([2, 1, 3, 4]),
      2,
      'Bring what is left of the image to one row: average or flatten it.',
    ],
    [
      () => zeros([2, 3, 3, 1]),
      2,
      'Bring what is left of the image to one row: average or flatten it.',
    ],
  ])('%o of %d', (output, batchSize, remedy) => {
    const given = output();
    let message = '';
    try {
      checkModelShape('f', bad(given), batchSize);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(
      `f: "model" must give logits [${batchSize}, classes] with at least 2 classes, found `,
    );
    expect(message.endsWith(`. ${remedy}`)).toBe(true);
  });

  it('that whole numbers have no gradient', () => {
    expect(() => {
      checkModelShape('f', bad(zeros([3, 2], 'int32')), 3);
    }).toThrow(/^f: "model" must give float32 logits, found int32 \[3, 2\]\. .* no gradient\.$/);
  });

  it('nothing, where there are two scores for each example', () => {
    expect(() => {
      checkModelShape('f', bad(zeros([3, 2])), 3);
      checkModelShape('f', bad(zeros([0, 2])), 0);
    }).not.toThrow();
  });
});

describe('what else is said', () => {
  const check =
    <A extends unknown[]>(f: (...args: A) => void, ...args: unknown[]) =>
    () => {
      f(...(args as A));
    };

  it('logits and labels the other way round', () => {
    expect(check(checkLogits, 'f', zeros([2, 3], 'int32'))).toThrow(
      /"logits" must .*\. Logits come first, then labels\. .*lossForCompile\(loss\)\.$/,
    );
    expect(check(checkLogits, 'f', [[1, 2]])).toThrow(/Pass one row of raw scores per example\.$/);
    expect(check(checkLogits, 'f', disposed())).toThrow(/It was disposed earlier/);
  });

  it('another type, and a tensor that is gone', () => {
    expect(check(checkSameShape, 'f', 'b', zeros([2], 'int32'), zeros([2]))).toThrow(
      /"b" must be of type float32, found int32 \[2\]\. Pass values for the same examples/,
    );
    expect(check(checkSameShape, 'f', 'b', disposed(), zeros([2, 3]))).toThrow(
      /"b" must have the shape \[2, 3\], found .* It was disposed earlier/,
    );
  });

  it('shares in place of counts, no counts, and what is no list', () => {
    const counts = (value: unknown, ...numClasses: number[]) =>
      check(checkClassCounts, 'f', value, ...numClasses);
    const FREQUENCIES = /These are frequencies: pass how many examples each class has\.$/;
    expect(counts([0.5, 0.25, 0.25])).toThrow(FREQUENCIES);
    expect(counts(Float32Array.of(0.1, 0.9))).toThrow(FREQUENCIES);
    expect(counts([0.5, 0.52])).toThrow(/Remove the class/);
    expect(counts([0, 'x', 1])).toThrow(/found 0 for class 0\. These are frequencies/);
    expect(counts([])).toThrow(
      /have one count for each class, found 0 counts\. Count the training labels/,
    );
    expect(counts(3)).toThrow(
      /be an array of counts, one for each class, found 3\. Pass how many training examples/,
    );
    expect(counts(tf.tensor1d([1, 2]))).toThrow(/be an array of counts.*found float32 \[2\]/);
    expect(counts(tf.tensor1d([1, 2]))).not.toThrow(/Pass how many training examples/);
  });
});
