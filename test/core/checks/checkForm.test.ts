import {describe, expect, it} from 'vitest';

import {checkForm} from '../../../src/core/checks/checkForm';
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
    ['checkpointKey', 5, 'autoAttack', '"checkpointKey" must be a text, found 5.'],
    [
      'classNames',
      ['a', 1],
      undefined,
      '"classNames" must be an array of texts, found an array of 2.',
    ],
    ['classNames', new Array(2), undefined, '"classNames" must be an array of texts'],
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
