import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {
  checkFlags,
  checkVerdictArguments,
  checkVerdictOutput,
  checkVerdictValues,
  VERDICT_DEFAULTS,
  type VerdictSettings,
} from '../../../src/attacks/search/verdictOptions';
import {featureThreat} from '../../../src/core/featureThreat';
import {isInvalidArgumentError} from '../../../src/core/errors';
import {int} from '../../support/tensors';

const x = tf.tensor2d([
  [0, 100 / 255],
  [1, 3 / 255],
]);
const labels = int([0, 1]);
afterAll(() => {
  tf.dispose([x, labels]);
});

const check = async (settings: Partial<VerdictSettings>, input: tf.Tensor = x, own = labels) => {
  const before = tf.memory().numTensors;
  try {
    const all = {...VERDICT_DEFAULTS, ...settings};
    checkVerdictArguments('someAttack', input, own, all);
    const threat = featureThreat('someAttack', all, input.shape);
    await checkVerdictValues('someAttack', input, {...threat, quantize: all.quantize});
  } finally {
    expect(tf.memory().numTensors).toBe(before);
  }
};

describe('VERDICT_DEFAULTS', () => {
  it('are L∞, 8/255 and early stopping, without grey levels', () => {
    expect(VERDICT_DEFAULTS).toStrictEqual({
      norm: 'linf',
      epsilon: 8 / 255,
      clip: [0, 1],
      mask: undefined,
      quantize: undefined,
      earlyStop: true,
      rng: undefined,
      exampleIds: undefined,
      loss: undefined,
      position: undefined,
      signal: undefined,
      onProgress: undefined,
    });
  });
});

describe('checkVerdictArguments', () => {
  it('passes what fits', async () => {
    await check({});
    await check({epsilon: [[0], [1]], exampleIds: [7, 9], quantize: 256, norm: 'l2'});
    await check({clip: null, quantize: undefined});
    const empty = tf.zeros([0, 2]);
    const none = int([]);
    await check({quantize: 256, exampleIds: [], epsilon: []}, empty, none);
    tf.dispose([empty, none]);
  });

  it.each<[Partial<VerdictSettings>, RegExp]>([
    [{norm: 'l1' as never}, /^someAttack: "norm" must be one of 'linf', 'l2', found 'l1'/],
    [{epsilon: 8}, /^someAttack: "epsilon" must be .* <= 1, found 8\./],
    [{epsilon: [0.1]}, /^someAttack: "epsilon" must be .* 2 examples, found 1 numbers/],
    [{clip: [0, 0.5]}, /^someAttack: "x" must be finite and inside clip \[0, 0.5\], found values/],
    [{exampleIds: [1]}, /^someAttack: "exampleIds" must have one identity for each of the 2/],
    [{quantize: 1}, /^someAttack: "quantize" must be an integer >= 2 and <= 65536, found 1\./],
    [{quantize: 2.5}, /^someAttack: "quantize" must be an integer .*found 2.5/],
    [{quantize: 65537}, /^someAttack: "quantize" must be an integer .*found 65537/],
    [
      {quantize: 256, clip: null},
      /^someAttack: "quantize" must come with a clip, .*, found clip: null\. Pass clip: \[min, max\]\.$/,
    ],
    [
      {quantize: 128},
      // 100 / 255 is level 49.8 of 127, 3 / 255 is 1.494.
      /^someAttack: "x" must lie on the 128 grey levels of clip, found a pixel 0\.49\d* levels off\. Leave out quantize, or/,
    ],
  ])('refuses %o', async (settings, message) => {
    await expect(check(settings)).rejects.toThrow(message);
  });

  it('refuses labels and images of another form', async () => {
    await expect(check({}, x, int([0]))).rejects.toThrow(
      /^someAttack: "labels" must be an int32 tensor \[2\]/,
    );
    const flat = tf.tensor1d([0, 1]);
    await expect(check({}, flat)).rejects.toThrow(
      /^someAttack: "x" must be a float32 tensor \[batch, ...\]/,
    );
    flat.dispose();
  });

  it('takes 2 levels, 65536, and pixels a hundredth of a level off at most', async () => {
    const ends = tf.tensor2d([
      [0, 1],
      [1, 0],
    ]);
    await check({quantize: 2}, ends);
    await check({quantize: 65536}, ends);
    ends.dispose();
    for (const [off, fits] of [
      [0.009, true],
      [-0.009, true],
      [0.011, false],
      [-0.011, false],
    ] as const) {
      for (const [min, max] of [
        [0, 1],
        [-1, 1],
        [0, 255],
      ] as const) {
        const pixel = min + ((100 + off) * (max - min)) / 255;
        const image = tf.tensor2d([
          [min, pixel],
          [max, min],
        ]);
        const run = check({quantize: 256, clip: [min, max], epsilon: 0.1}, image);
        if (fits) await run;
        else {
          await expect(run).rejects.toThrow(
            /"x" must lie on the 256 grey levels of clip, found a pixel 0.01/,
          );
        }
        image.dispose();
      }
    }
  });

  it('throws a typed error, which names its argument', async () => {
    let thrown: unknown;
    try {
      await check({quantize: 256, clip: null});
    } catch (error) {
      thrown = error;
    }
    expect(isInvalidArgumentError(thrown) && thrown.argument).toBe('quantize');
  });
});

it('checkFlags takes nothing but true or false', () => {
  const settings = {adversarial: true, diagnostics: 'false'};
  checkFlags('f', ['adversarial'], settings);
  expect(() => {
    checkFlags('f', ['adversarial', 'diagnostics'], settings);
  }).toThrow(/f: "diagnostics" must be true or false, found/);
});

describe('checkVerdictOutput', () => {
  it.each<[string, number[][], number[], RegExp | undefined]>([
    [
      'logits and labels',
      [
        [5, 0, 1],
        [2, 3, 4],
      ],
      [2, 0],
      undefined,
    ],
    ['a row too few', [[5, 0, 1]], [0, 1], /^f: "model" must give logits \[2, classes\]/],
    ['a single score', [[5], [3]], [0, 0], /^f: "model" must give logits .* 2 classes/],
    [
      'NaN',
      [
        [5, NaN],
        [3, 1],
      ],
      [0, 0],
      /^f: "model" must give finite logits/,
    ],
    [
      'probabilities',
      [
        [0.5, 0.5],
        [0.25, 0.75],
      ],
      [0, 0],
      /"model" must give logits, found prob/,
    ],
    [
      'a label too large',
      [
        [5, 0],
        [2, 3],
      ],
      [0, 2],
      /^f: "labels" must lie in \[0, 2\).*found 2\./,
    ],
    [
      'a label below 0',
      [
        [5, 0],
        [2, 3],
      ],
      [-1, 1],
      /^f: "labels" must lie in .*found -1\./,
    ],
  ])('looks at %s', async (_, values, classes, message) => {
    const logits = tf.tensor2d(values);
    const own = int(classes);
    const run = checkVerdictOutput('f', logits, own);
    if (message === undefined) await run;
    else await expect(run).rejects.toThrow(message);
    tf.dispose([logits, own]);
  });
});
