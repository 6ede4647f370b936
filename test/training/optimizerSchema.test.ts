import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {readBy} from '../../src/core/savedSchemas';
import {sgd} from '../../src/optimizers/sgd';
import {optimizerSchema} from '../../src/training/optimizerSchema';
import {captureOptimizerState} from '../../src/training/trainerState';

const variables = [tf.variable(tf.ones([2, 3])), tf.variable(tf.ones([3]))];
afterAll(() => {
  tf.dispose(variables);
});

const iter = {name: 'iter', shape: [], values: Int32Array.of(4)};
const slot = (position: number, kind = 'momentum') => ({
  name: `#${position}/${kind}`,
  shape: [...(variables[position]?.shape ?? [])],
  values: new Float32Array(variables[position]?.size ?? 0),
});
const problemOf = (state: unknown): string => {
  const read = readBy(optimizerSchema(variables, [iter]), state);
  return 'problem' in read ? read.problem : 'none';
};

describe('optimizerSchema', () => {
  it.each<[string, () => tf.Optimizer]>([
    ['sgd', () => sgd({learningRate: 0.1, momentum: 0.9})],
    ['sgd without momentum', () => sgd({learningRate: 0.1})],
    ['adam', () => tf.train.adam(0.1)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-7, true)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ])("takes what tfjs's optimizers and our own remember: %s", async (_, make) => {
    const optimizer = make();
    const fresh = await captureOptimizerState(optimizer, variables);
    const loss = () => tf.add(tf.sum(variables[0] as tf.Tensor), tf.sum(variables[1] as tf.Tensor));
    optimizer.minimize(loss as () => tf.Scalar, false, variables);
    const state = await captureOptimizerState(optimizer, variables);
    expect(readBy(optimizerSchema(variables, fresh), state)).toEqual({value: state});
    expect('value' in readBy(optimizerSchema(variables, fresh), fresh)).toBe(true);
    optimizer.dispose();
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /Expected Array/],
    ['no step count', [slot(0), slot(1)], /no step count/],
    ['a step count below 0', [{...iter, values: Int32Array.of(-1)}], /or no step count/],
    [
      'a step count of many',
      [{...iter, shape: [2], values: new Int32Array(2)}],
      /or no step count/,
    ],
    [
      'a momentum of a variable that there is not',
      [iter, {...slot(0), name: '#7/m'}],
      /a momentum of no variable/,
    ],
    [
      'a momentum of another shape',
      [iter, {...slot(0), shape: [3, 2]}],
      /a momentum of no variable/,
    ],
    ['values that are not of the shape', [iter, {...slot(0), shape: [9]}], /not of its shape/],
    ['a list for values', [iter, {...slot(1), values: [0, 0, 0]}], /1\.values/],
    ['NaN', [iter, {...slot(1), values: new Float32Array(3).fill(NaN)}], /not finite/],
    ['a momentum twice', [iter, slot(1), slot(1)], /a momentum twice/],
    [
      'half of the momenta of a kind',
      [iter, slot(0, 'm'), slot(1, 'm'), slot(0, 'v')],
      /momenta of other/,
    ],
    ['a part too many', [iter, {...slot(1), more: 1}], /1\.more/],
  ])('refuses %s', (_, state, problem) => {
    expect(problemOf(state)).toMatch(problem);
  });
});
