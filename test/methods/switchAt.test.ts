import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {TrainingMethod} from '../../src/core/trainingMethod';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {switchAt} from '../../src/methods/switchAt';

type Vectors = tf.Tensor2D;

const named = (name: string, calls: string[]): TrainingMethod<Vectors> => ({
  objective: ({epoch}) => {
    calls.push(`${name} ${epoch}`);
    throw new Error('enough');
  },
});

describe('switchAt', () => {
  it('asks the first method before the epoch, the second from it on', () => {
    const calls: string[] = [];
    const method = switchAt(3, named('first', calls), named('second', calls));
    for (const epoch of [1, 2, 3, 4]) {
      const step = {epoch} as Parameters<typeof method.objective>[0];
      expect(() => method.objective(step)).toThrow('enough');
    }
    expect(calls).toEqual(['first 1', 'first 2', 'second 3', 'second 4']);
  });

  it('has no memory where neither has, and keeps both apart', () => {
    const plain = naturalTraining<Vectors>();
    expect(switchAt(2, plain, plain).memory).toBeUndefined();
    const reat = (n: number) => reatTraining<Vectors>({classCounts: [n, 2]});
    const {memory} = switchAt(2, reat(5), reat(9));
    const at = (epoch: number) => ({epoch, epochs: 4, step: 1});
    const after = memory?.next(memory.next(memory.initial, [1, 2], at(1)), [3, 4], at(2));
    expect(after).toEqual({
      before: {epoch: 1, before: [5, 2], counted: [1, 2]},
      after: {epoch: 2, before: [0, 0], counted: [3, 4]},
    });
    const one = switchAt(2, plain, reat(5)).memory;
    expect(one?.next(one.initial, [1], at(1))).toEqual(one?.initial);
  });

  it('refuses an epoch that is none', () => {
    const plain = naturalTraining<Vectors>();
    expect(() => switchAt(0, plain, plain)).toThrow(/^switchAt: "epoch" must be an integer >= 1/);
    expect(() => switchAt(1.5, plain, plain)).toThrow(/^switchAt: "epoch" must be an integer >= 1/);
  });

  it('refuses what is no method, on either side', () => {
    const plain = naturalTraining<Vectors>();
    const wrong = naturalTraining as never;
    const message = 'must be a training method, an object with `objective`, found';
    expect(() => switchAt(2, wrong, plain)).toThrow(`switchAt: "before" ${message}`);
    expect(() => switchAt(2, plain, wrong)).toThrow(`switchAt: "after" ${message}`);
  });
});
