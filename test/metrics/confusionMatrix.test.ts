import {describe, expect, it} from 'vitest';

import {confusionMatrix} from '../../src/metrics/confusionMatrix';

describe('confusionMatrix', () => {
  it('counts true class by predicted class', () => {
    expect(confusionMatrix([0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 2], 3)).toEqual([
      [3, 1, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(confusionMatrix([], [], 2)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it.each([
    [[2], [0], 'predictions', '2'],
    [[-1], [0], 'predictions', '-1'],
    [[0], [2], 'labels', '2'],
    [[0.5], [0], 'predictions', '0.5'],
    [[5], [7], 'labels', '7'],
  ])('refuses predictions %o with labels %o', (predictions, labels, argument, found) => {
    expect(() => confusionMatrix(predictions, labels, 2)).toThrow(
      `confusionMatrix: "${argument}" must be classes from 0 to 1, found ${found}. Number the classes from 0.`,
    );
  });

  it('refuses other lengths', () => {
    expect(() => confusionMatrix([0, 1], [0], 2)).toThrow(
      /confusionMatrix: "predictions" must have one class for each of the 1 labels, found 2/,
    );
  });
});
