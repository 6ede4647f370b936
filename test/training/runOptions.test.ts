import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {
  checkMetrics,
  isBetter,
  isRunOption,
  runSettings,
  type RunOptions,
} from '../../src/training/runOptions';

const rng = createRng(1);

describe('runSettings', () => {
  it('fills in the defaults', () => {
    expect(runSettings({rng})).toEqual({
      ...{rng, checkpointKey: 'train', phase: 'train'},
      ...Object.fromEntries(
        ['evaluate', 'selectBy', 'onEpoch', 'checkpoints', 'signal', 'onProgress'].map((name) => [
          name,
          undefined,
        ]),
      ),
    });
  });

  it.each([
    [{}, /train: "rng" must be given: training draws the order of the examples, found undef/],
    [{rng, selectBy: 'a'}, /train: "selectBy" must come with evaluate, found no evaluate/],
    [{rng, checkpointkey: 'a'}, /train: "checkpointkey" must be .* Did you mean "checkpointKey"\?/],
    [{rng, epochs: 3}, /train: "epochs" must be one of its options/],
  ])('refuses %j', (options, message) => {
    expect(() => runSettings(options as RunOptions)).toThrow(message);
  });
});

describe('isBetter', () => {
  it('is strict, and false without a choice or a measurement', () => {
    expect(isBetter('a', {a: 0.5}, undefined)).toBe(true);
    expect(isBetter('a', {a: -3}, undefined)).toBe(true);
    expect(isBetter('a', {a: 0.5}, {a: 0.4})).toBe(true);
    expect(isBetter('a', {a: 0.5}, {a: 0.5})).toBe(false);
    expect(isBetter('a', {a: NaN}, undefined)).toBe(false);
    expect(isBetter('a', {}, undefined)).toBe(false);
    expect(isBetter(undefined, {a: 1}, undefined)).toBe(false);
    expect(() => isBetter('b', {a: 1, c: 2}, undefined)).toThrow(
      'train: "selectBy" must name a metric that evaluate returns (a, c), found "b".',
    );
  });
});

describe('checkMetrics', () => {
  it('takes figures by name, or nothing', () => {
    expect(checkMetrics(undefined)).toEqual({});
    expect(checkMetrics({robust: 0.4, loss: NaN})).toEqual({robust: 0.4, loss: NaN});
  });

  it.each([
    [0.5, 'found 0.5. Give the figure a name: {accuracy: 0.9}.'],
    [null, 'found null.'],
    [{robust: '0.5'}, 'found an object with robust. Give'],
    [{clean: {accuracy: 1}, attacks: {}}, 'Of a report return single figures: {clean: report.'],
    [new Map([['robust', 1]]), 'found an instance of Map.'],
  ])('refuses %o', (returned, message) => {
    expect(() => checkMetrics(returned)).toThrow(message);
    expect(() => checkMetrics(returned)).toThrow(/^train: "evaluate" must return figures by name/);
  });
});

it('knows the options of a run by name', () => {
  expect(['rng', 'evaluate', 'signal', 'phase'].every(isRunOption)).toBe(true);
  expect(['epochs', 'method', 'toString'].some(isRunOption)).toBe(false);
});
