import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {CheckpointValue} from '../../src/core/checkpoint';
import {readBy} from '../../src/core/savedSchemas';
import type {MethodMemory} from '../../src/core/trainingMethod';
import {freeAt} from '../../src/methods/freeAt';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {switchAt} from '../../src/methods/switchAt';
import {memorySchema} from '../../src/training/memorySchema';

type Vectors = tf.Tensor2D;

const takes = (memory: MethodMemory | undefined, value: unknown): boolean =>
  'value' in readBy(memorySchema(memory), value);

const reat = reatTraining<Vectors>({classCounts: [5, 2]});
const counts = {epoch: 2, before: [1, 6], counted: [0, 3]};
const free = freeAt<Vectors>({epsilon: 0.1});
const memoryOf = (method: {memory?: unknown}) => method.memory as MethodMemory | undefined;
const plain = (initial: CheckpointValue): MethodMemory => ({initial, next: (memory) => memory});

describe('memorySchema', () => {
  it('takes what methods remember', () => {
    expect(takes(undefined, null)).toBe(true);
    expect(takes(memoryOf(reat), counts)).toBe(true);
    expect(takes(memoryOf(reat), reat.memory?.initial)).toBe(true);
    expect(takes(memoryOf(free), new Float32Array([0.1, -0.1, 0]))).toBe(true);
    const both = memoryOf(switchAt(2, free, reat));
    expect(takes(both, {before: new Float32Array(3), after: counts})).toBe(true);
    const one = memoryOf(switchAt(2, naturalTraining<Vectors>(), reat));
    expect(takes(one, {before: null, after: counts})).toBe(true);
    expect(takes(plain(null), {anything: [1, 'a']})).toBe(true);
    expect(takes(plain([]), [1, 2, 3])).toBe(true);
    expect(takes(plain({mean: NaN}), {mean: NaN})).toBe(true);
  });

  it.each<[string, MethodMemory | undefined, unknown]>([
    ['a memory where the method has none', undefined, {a: 1}],
    ['another form', memoryOf(reat), [1, 2]],
    ['nothing', memoryOf(reat), null],
    ['a part too few', memoryOf(reat), {epoch: 1, before: [1, 1]}],
    ['a part too many', memoryOf(reat), {...counts, more: 1}],
    ['a count too few', memoryOf(reat), {...counts, before: [1]}],
    ['a count below 0', memoryOf(reat), {...counts, before: [-1, 1]}],
    ['a fraction for a count', memoryOf(reat), {...counts, counted: [0.5, 1]}],
    ['an epoch of NaN', memoryOf(reat), {...counts, epoch: NaN}],
    ['an epoch below 0', memoryOf(reat), {...counts, epoch: -5}],
    ['a list for a typed array', memoryOf(free), [0, 0]],
    ['integers for floats', memoryOf(free), new Int32Array(2)],
    ['a perturbation beyond its ball', memoryOf(free), new Float32Array([0.2])],
    ['a perturbation of NaN', memoryOf(free), new Float32Array([NaN])],
    ['one stage of two', memoryOf(switchAt(2, free, reat)), {before: new Float32Array(0)}],
    [
      'a memory of the stage that has none',
      memoryOf(switchAt(2, naturalTraining<Vectors>(), reat)),
      {before: {a: 1}, after: counts},
    ],
    [
      'a wrong memory of one stage',
      memoryOf(switchAt(2, free, reat)),
      {before: new Float32Array(0), after: {...counts, epoch: -1}},
    ],
    ['NaN where there was a number', plain({mean: 0}), {mean: NaN}],
    ['a text for a number', plain({mean: 0}), {mean: '0'}],
    ['a text in a list of numbers', plain([0, 0]), [0, 'a']],
    ['a table for a list', plain([0]), {0: 0, length: 1}],
    ['a list for a table', plain({a: 0}), [0]],
    ['no plain data', plain(null), new Map()],
    ['a function', plain(null), () => 1],
  ])('refuses %s', (_, memory, value) => {
    expect(takes(memory, value)).toBe(false);
  });
});
