import {describe, expect, it} from 'vitest';

import {identityOf} from '../../src/core/identity';
import type {Experiment} from '../../src/registry/experiment';
import {experimentOf, recipeOf} from '../../src/registry/recipeOf';
import {counts, labels, recipe, teacher} from '../support/registered';

const full: Experiment = {
  method: {name: 'trades', beta: 2, loss: {name: 'balanced-softmax', tau: 0.5}},
  wrappers: [{name: 'gradient-matching', teacher: 't', alpha: 3}, 'awp'],
  attack: {name: 'class-budgets', steps: 3},
  ...{optimizer: {name: 'sgd', learningRate: 0.05}, schedule: 'cosine', sampler: 'mixed'},
  ...{averaging: {swaFrom: 3}, augmentation: ['crop-and-flip', 'cutout'], head: 'adjusted'},
  ...{epochs: 7, batchSize: 5, dropLast: true, bnVariance: 'unbiased', regularizers: false},
};

describe('recipeOf', () => {
  it('has the entries of the experiment, and no others', () => {
    const made = recipe(full);
    expect(made).toMatchObject({
      ...{epochs: 7, batchSize: 5, dropLast: true, bnVariance: 'unbiased', regularizers: false},
      averaging: {swaFrom: 3},
    });
    const {optimizer, method, ...rest} = recipe({});
    expect([typeof optimizer, typeof method]).toEqual(['function', 'object']);
    expect(Object.values(rest).filter((value) => value !== undefined)).toEqual([]);
  });

  it('makes the same recipe of the experiment that it has, also by way of a file', async () => {
    const made = recipe(full);
    const again = experimentOf(made);
    expect(again).toMatchObject({
      epochs: 7,
      wrappers: [{name: 'gradient-matching'}, {name: 'awp'}],
    });
    const read = JSON.parse(JSON.stringify(again)) as Experiment;
    const remade = recipe(read);
    expect(await identityOf(remade)).toEqual(await identityOf(made));
    expect(experimentOf(remade)).toEqual(again);
    // Changed by hand, it is another one.
    expect(experimentOf({...made, epochs: 8})).toBeUndefined();
  });

  it('does not take one recipe for another', async () => {
    const base = await identityOf(recipe(full));
    for (const change of [
      {attack: {name: 'class-budgets', steps: 4}},
      {wrappers: [{name: 'gradient-matching', teacher: 't', alpha: 3}]},
      {method: {name: 'trades', beta: 2, loss: 'focal'}},
      {augmentation: ['cutout', 'crop-and-flip']},
      {sampler: 'class-balanced'},
      {head: {name: 'adjusted', tau: 2}},
    ] as const) {
      expect(await identityOf(recipe({...full, ...change}))).not.toEqual(base);
    }
  });

  it.each([
    [
      {method: {name: 'rslad', teacher: 'T1'}},
      /"teacher" must be one that was handed over \(t\), found "T1"/,
    ],
    [{epochs: 0}, /experiment: "epochs" must be an integer >= 1, found 0/],
    [{batchSize: 1.5}, /experiment: "batchSize" must be an integer/],
    [{averaging: {ema: 2}}, /experiment: "averaging.ema" must be a finite number/],
    [
      {method: {name: 'mart', lambda: -1}},
      /martTraining: "lambda" must be a finite number >= 0, found -1/,
    ],
    [
      {method: {name: 'robal', scale: 0}},
      /robalTraining: "scale" must be a finite number > 0, found 0/,
    ],
    [{wrappers: [{name: 'awp', gamma: -1}]}, /awp: "gamma" must be/],
    [{schedule: {name: 'cosine', finalLearningRate: -1}}, /cosine: "finalLearningRate"/],
    [{augmentation: [{name: 'cutout', size: 0}]}, /cutout: "size"/],
  ] as const)('refuses %j', (experiment, message) => {
    expect(() => recipe(experiment as Partial<Experiment>)).toThrow(message);
  });

  it('asks for no teacher that is inherited from Object', () => {
    const dataset = {labels, numClasses: counts.length};
    const method = {name: 'rslad', teacher: 'toString'} as const;
    expect(() => recipeOf({method}, {dataset, teachers: {teacher}})).toThrow(/found "toString"/);
    expect(() => recipeOf({method}, {dataset})).toThrow(/found "toString"/);
  });
});
