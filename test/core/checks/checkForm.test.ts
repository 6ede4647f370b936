import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkForm, checkLoss} from '../../../src/core/checks/checkForm';
import {createRng} from '../../../src/core/rng';

const check = (option: string, value: unknown, fallback?: unknown) => () => {
  checkForm('f', option, value, fallback);
};

describe('checkForm', () => {
  it.each<[string, unknown, unknown]>([
    ['rng', createRng(1), undefined],
    ['signal', new AbortController().signal, undefined],
    ['onProgress', () => 1, undefined],
    ['attack', () => 1, undefined],
    ['attack', () => 'class 1', undefined], // only a source that begins so is that of a class
    ['loss', () => 1, undefined],
    ['loss', {atInput: () => () => 1}, undefined],
    ['loss', 'dlr', undefined],
    ['checkpointKey', 'run', 'autoAttack'],
    ['classNames', ['a', 'b'], undefined],
    ['strict', false, true],
    ['student', () => 1, () => 2],
    ['norm', 'l2', 'linf'],
    ['dataFormat', 'channelsFirst', undefined],
    ['mask', [1, 0], undefined],
    ['mask', new Float32Array(2), undefined],
    ['mask', {dataId: {}}, undefined], // a tensor of another copy of tfjs
    ['clip', null, [0, 1]],
    ['clip', [0, 1], null],
    ['clip', [[0, 0], 1], null],
    ['clip', [-1, {dataId: {}}], null],
    ['steps', 'anything', 10], // numbers are checked where their range is known
    ['toString', 'anything', undefined],
  ])('takes %s: %o', (option, value, fallback) => {
    expect(check(option, value, fallback)).not.toThrow();
  });

  it.each<[string, unknown, unknown, string]>([
    [
      'rng',
      7,
      undefined,
      '"rng" must be a generator that createRng made, found 7. Pass createRng(7).',
    ],
    [
      ...(['signal', new AbortController(), undefined] as const),
      '"signal" must be an AbortSignal, found an instance of AbortController. Pass the signal of your',
    ],
    ['signal', true, undefined, '"signal" must be an AbortSignal, found true. Make one by'],
    ['onProgress', 'log', undefined, '"onProgress" must be a function, found \'log\'.'],
    [
      'attack',
      class {
        x = 1;
      },
      undefined,
      '"attack" must be a function, found a class.',
    ],
    ['loss', 3, undefined, '"loss" must be a function, found 3. Pass one such as crossEntropy'],
    ['checkpointKey', 5, 'autoAttack', '"checkpointKey" must be a string, found 5.'],
    [
      'classNames',
      ['a', 1],
      undefined,
      '"classNames" must be an array of strings, found an array of 2.',
    ],
    ['classNames', new Array(2), undefined, '"classNames" must be an array of strings'],
    [
      'strict',
      'false',
      true,
      '"strict" must be true or false, found \'false\'. Write false, without',
    ],
    ['norm', 'l1', 'linf', "\"norm\" must be one of 'linf', 'l2', found 'l1'"],
    [
      ...(['dataFormat', 'NCHW', undefined] as const),
      "\"dataFormat\" must be one of 'channelsLast', 'channelsFirst', found 'NCHW'",
    ],
    ...[null, {}, 3, 'ones'].map(
      (value) =>
        [
          ...(['mask', value, undefined] as const),
          '"mask" must be a tensor or nested arrays of 0 and 1, one for each feature, found',
        ] as [string, unknown, unknown, string],
    ),
    [
      ...(['mask', undefined, undefined] as const),
      '"mask" must be a tensor or nested arrays of 0 and 1, one for each feature, found undefined. ' +
        'Pass 1 for what may change, 0 for what must stay.',
    ],
    ['clip', [1, 0], null, '"clip" must be [min, max] with min < max, or null, found'],
    ['clip', ['0', [1]], null, '"clip" must be [min, max] with min < max, or null, found'],
    ['strict', 0, true, '"strict" must be true or false, found 0. Write true or false, or leave'],
    ['student', {epochs: 3}, () => 2, '"student" must be a function, found an object with epochs.'],
  ])('refuses %s: %o', (option, value, fallback, message) => {
    expect(check(option, value, fallback)).toThrow(`f: ${message}`);
  });
});

describe('options that mean the same everywhere', () => {
  it.each([
    ...['onProgress', 'onWarning', 'onEpoch', 'evaluate', 'batches', 'augment', 'decode'],
    ...['attack', 'nameMap', 'createModel', 'head', 'optimizer'],
  ])('%s is a function', (option) => {
    expect(check(option, () => 1)).not.toThrow();
    for (const value of ['adam', {}, null, 1]) {
      expect(check(option, value)).toThrow(`f: "${option}" must be a function, found `);
    }
  });

  it.each([
    ...['selectBy', 'phase', 'checkpointKey', 'source', 'imageSource', 'labelSource', 'folder'],
    ...['name', 'title', 'summary', 'command', 'teacherKey'],
  ])('%s is a text', (option) => {
    expect(check(option, '')).not.toThrow();
    for (const value of [1, ['a'], null, () => 'a']) {
      expect(check(option, value)).toThrow(`f: "${option}" must be a string, found `);
      expect(check(option, value)).toThrow('. Pass a string.');
    }
  });

  it('position is counted from 1, classNames are texts', () => {
    expect(check('position', {epoch: 1, epochs: 2, step: 1})).not.toThrow();
    expect(check('position', {epoch: 0, epochs: 2, step: 1})).toThrow(/"position" must be \{epoch/);
    expect(check('classNames', 'cat')).toThrow(
      "\"classNames\" must be an array of strings, found 'cat'. Pass one such as ['cat', 'dog'].",
    );
    expect(check('classNames', [])).not.toThrow();
  });

  it('a head that has a name is looked at where it is known', () => {
    expect(check('head', 'linear', 'linear')).not.toThrow();
  });

  it('an optimizer is told how it is written', () => {
    expect(check('optimizer', 'adam')).toThrow(
      'Write optimizer: () => sgd({learningRate: 0.1}), or () => tf.train.adam(0.001).',
    );
  });

  it('a loss by name is for attacks whose losses have names, and no default of their own', () => {
    expect(check('loss', 'dlr', 'ce')).not.toThrow();
    expect(check('loss', 'dlr', () => 1)).toThrow('"loss" must be a function, found \'dlr\'.');
    expect(check('loss', {atInput: 1})).toThrow('"loss" must be a function, found an object with');
  });

  it('a generator says what it is for', () => {
    expect(check('rng', undefined)).toThrow(
      '"rng" must be given: all randomness comes from it, found undefined. Pass createRng(seed).',
    );
  });

  it('a signal has both of its methods', () => {
    const [throwIfAborted, addEventListener] = [() => undefined, () => undefined];
    expect(check('signal', {throwIfAborted, addEventListener})).not.toThrow();
    for (const value of [{throwIfAborted}, {addEventListener}, {}, null, () => 1]) {
      expect(check('signal', value)).toThrow(
        /must be an AbortSignal, .* Make one by new AbortController\(\), and pass its signal\.$/,
      );
    }
  });

  it('flags in quotes', () => {
    for (const value of ['true', 'false']) {
      expect(check('strict', value, true)).toThrow(`. Write ${value}, without quotes.`);
    }
    expect(check('strict', 'yes', true)).toThrow(
      '. Write true or false, or leave it out for the default.',
    );
  });

  it('clip has two ends, each a number or one for each feature', () => {
    for (const value of [[[0, 0]], [[0], 1, 2], [[0], '1'], [[0], null], 5, [{}, 1]]) {
      expect(check('clip', value, null)).toThrow('"clip" must be [min, max] with min < max');
    }
    for (const value of [
      [[0], [1]],
      [0, [1]],
      [Float32Array.of(0), 1],
    ]) {
      expect(check('clip', value, null)).not.toThrow();
    }
  });
});

describe('checkLoss', () => {
  it('knows losses of TensorFlow.js, which reduce, and take other arguments', () => {
    expect(() => {
      checkLoss('f', 'loss', tf.losses.softmaxCrossEntropy);
    }).toThrow(
      'f: "loss" must be a function of logits and class numbers to one value per example, found ' +
        "TensorFlow.js's softmaxCrossEntropy. Pass crossEntropy, or a function of your own that calls it.",
    );
  });

  it('takes a function, or a loss at the input', () => {
    for (const loss of [() => 1, {atInput: () => () => 1}]) {
      expect(() => {
        checkLoss('f', 'loss', loss);
      }).not.toThrow();
    }
    expect(() => {
      checkLoss('f', 'loss', undefined);
    }).toThrow(
      'f: "loss" must be a function, found undefined. Pass one such as crossEntropy: (logits, ' +
        'labels) to one value per example.',
    );
  });
});
