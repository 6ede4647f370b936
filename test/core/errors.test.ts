import {describe, expect, it} from 'vitest';

import {
  DataFormatError,
  InvalidArgumentError,
  isDataFormatError,
  isInvalidArgumentError,
  isMissingGradientsError,
  isNonFiniteLossError,
  isOutOfMemoryError,
  MissingGradientsError,
  NonFiniteLossError,
  OutOfMemoryError,
} from '../../src/core/errors';

const invalid = new InvalidArgumentError({
  where: 'fgsmAttack',
  argument: 'epsilon',
  expected: 'be >= 0',
  found: '-1',
  remedy: 'Pass a radius.',
});
const diverged = {epoch: 3, step: 120, learningRate: 0.1};
const nonFinite = new NonFiniteLossError({...diverged, loss: NaN});
const format = new DataFormatError({
  source: 'labels.idx',
  offset: 4,
  expected: '10 labels',
  found: '9',
});
const trap = new Error('memory access out of bounds');
const full = new OutOfMemoryError({backend: 'wasm', heapBytes: 4_294_901_760}, trap);
const missing = new MissingGradientsError('Relu');

describe('errors', () => {
  it('have one message form: where, argument, expected, found, remedy', () => {
    expect(invalid.message).toMatchInlineSnapshot(
      `"fgsmAttack: "epsilon" must be >= 0, found -1. Pass a radius."`,
    );
    expect(nonFinite.message).toMatchInlineSnapshot(
      `"train: the loss became NaN in epoch 3, step 120, at learning rate 0.1. The model holds the last finite epoch. Lower the learning rate, or warm it up."`,
    );
    expect(new NonFiniteLossError({...diverged, loss: 2}).message).toContain(
      'train: a weight became non-finite in epoch 3',
    );
    expect(format.message).toMatchInlineSnapshot(
      `"labels.idx: expected 10 labels at byte 4, found 9."`,
    );
    expect(missing.message).toMatchInlineSnapshot(
      `"No gradient of the operation Relu: TensorFlow.js has no gradients registered. Add "import '@tensorflow/tfjs-layers'" to your program: it registers them."`,
    );
    expect(full.message).toMatch(
      /^The memory of tfjs's wasm backend has run out, its heap is 4295 MB large\. Use smaller/,
    );
    const details = {layer: 'dense', reason: 'there is none', remedy: 'Use another.'};
    expect(new MissingGradientsError('Unique', details).message).toMatchInlineSnapshot(
      `"No gradient of the operation Unique in layer "dense": there is none. Use another."`,
    );
  });

  it('carry their facts and a literal name', () => {
    expect(Object.fromEntries(Object.entries(invalid))).toEqual({
      name: 'InvalidArgumentError',
      where: 'fgsmAttack',
      argument: 'epsilon',
      expected: 'be >= 0',
      found: '-1',
      remedy: 'Pass a radius.',
    });
    expect(Object.fromEntries(Object.entries(nonFinite))).toEqual({
      name: 'NonFiniteLossError',
      ...diverged,
      loss: NaN,
    });
    expect(Object.fromEntries(Object.entries(format))).toEqual({
      name: 'DataFormatError',
      source: 'labels.idx',
      offset: 4,
      expected: '10 labels',
      found: '9',
    });
    expect(Object.fromEntries(Object.entries(full))).toEqual({
      name: 'OutOfMemoryError',
      backend: 'wasm',
      heapBytes: 4_294_901_760,
    });
    expect(full.cause).toBe(trap);
    expect(Object.fromEntries(Object.entries(missing))).toEqual({
      name: 'MissingGradientsError',
      operation: 'Relu',
      layer: undefined,
      reason: 'TensorFlow.js has no gradients registered',
      remedy: `Add "import '@tensorflow/tfjs-layers'" to your program: it registers them.`,
    });
  });

  it.each([
    [isInvalidArgumentError, invalid],
    [isNonFiniteLossError, nonFinite],
    [isDataFormatError, format],
    [isMissingGradientsError, missing],
    [isOutOfMemoryError, full],
  ] as const)('are recognised by %o, by name and as errors only', (guard, own) => {
    for (const error of [invalid, nonFinite, format, missing, full]) {
      expect(guard(error)).toBe(error === own);
    }
    // A second copy of the package has another class of the same name.
    expect(guard(Object.assign(new Error('copy'), {name: own.name}))).toBe(true);
    expect(guard({name: own.name})).toBe(false);
    expect(guard(null)).toBe(false);
  });
});
