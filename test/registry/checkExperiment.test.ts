import {describe, expect, it} from 'vitest';

import {checkExperiment} from '../../src/registry/checkExperiment';

describe('checkExperiment', () => {
  it('spells out every name, reads fractions, and leaves out what is not there', () => {
    const text = `{
      "name": "c10/rn18/paper",
      "method": {"name": "self-distillation", "teacher": "balanced"},
      "wrappers": ["awp"],
      "attack": {"name": "pgd", "epsilon": "8/255", "stepSize": "0.5/255"},
      "optimizer": "sgd", "schedule": "multi-step", "sampler": "mixed", "head": "adjusted",
      "averaging": {"ema": 0.99}, "augmentation": ["rand-augment", {"name": "crop-and-flip"}],
      "epochs": 10, "batchSize": 64, "dropLast": true, "bnVariance": "unbiased", "regularizers": false,
      "teachers": {"balanced": {"method": "pgd-at", "data": {"name": "balanced", "gamma": 5}}}
    }`;
    expect(checkExperiment(JSON.parse(text))).toEqual({
      name: 'c10/rn18/paper',
      method: {name: 'self-distillation', teacher: 'balanced'},
      wrappers: [{name: 'awp'}],
      attack: {name: 'pgd', epsilon: 8 / 255, stepSize: 0.5 / 255},
      ...{optimizer: {name: 'sgd'}, schedule: {name: 'multi-step'}, sampler: {name: 'mixed'}},
      ...{head: {name: 'adjusted'}, averaging: {ema: 0.99}},
      augmentation: [{name: 'rand-augment'}, {name: 'crop-and-flip'}],
      ...{epochs: 10, batchSize: 64, dropLast: true, bnVariance: 'unbiased', regularizers: false},
      teachers: {
        balanced: {
          ...{method: {name: 'pgd-at'}, wrappers: [], augmentation: []},
          data: {name: 'balanced', gamma: 5},
        },
      },
    });
    expect(checkExperiment({method: 'mart', attack: undefined})).toEqual({
      ...{method: {name: 'mart'}, wrappers: [], augmentation: [], teachers: {}},
    });
  });

  it('takes either form of the statistics of an average', () => {
    for (const statistics of ['averaged', 'recomputed']) {
      for (const averaging of [
        {ema: 0.9, statistics},
        {swaFrom: 3, statistics},
      ]) {
        expect(checkExperiment({method: 'mart', averaging}).averaging).toEqual(averaging);
      }
    }
    const averaging = {ema: 0.9, statistics: 'biased'};
    expect(() => checkExperiment({method: 'mart', averaging})).toThrow(/"averaging/);
  });

  it('reads twenty levels and refuses more', () => {
    const nested = (levels: number): object =>
      levels === 1
        ? {name: 'mart', lambda: '1/2'}
        : {name: 'switch-at', epoch: 2, before: nested(levels - 1), after: 'mart'};
    // The method stands one level down, and what is in its innermost one more.
    expect(JSON.stringify(checkExperiment({method: nested(19)}))).toContain('"lambda":0.5');
    expect(() => checkExperiment({method: nested(20)})).toThrow(
      '"experiment" must be at most 20 levels deep',
    );
  });

  it('gives what it takes: a checked experiment is one as written', () => {
    const checked = checkExperiment({
      method: {name: 'switch-at', epoch: 2, before: 'natural', after: 'reat'},
      teachers: {a: {method: 'mart'}},
      wrappers: [{name: 'distillation', teacher: 'a'}],
    });
    expect(checkExperiment(checked)).toEqual(checked);
    expect(checkExperiment(JSON.parse(JSON.stringify(checked)))).toEqual(checked);
  });

  it.each([
    [undefined, /"experiment" must be an object/],
    [[], /"experiment" must be an object/],
    [{}, /"method" must be given, found nothing\. Add it: experiment needs it/],
    [
      {method: 'mart', epoch: 3},
      /"epoch" must be an option of experiment \(method, .*\), found "epoch"\. Did you mean "epochs"\?/,
    ],
    [{method: 'mart', epochs: '3'}, /"epochs" must be number, found/],
    [{method: 'mart', averaging: {ema: 0.9, swaFrom: 3}}, /"averaging" must be/],
    [{method: 'mart', wrappers: 'awp'}, /"wrappers" must be Array/],
    [
      {method: 'mart', wrappers: ['apw']},
      /"wrappers\[0\]" must be a wrapper .* Did you mean "awp"\?/,
    ],
    [{method: 'mart', augmentation: ['crop']}, /"augmentation\[0\]" must be an augmentation/],
    [{method: 'mart', bnVariance: 'none'}, /"bnVariance" must be \('biased' \| 'unbiased'\)/],
    [{method: 'mart', teachers: {a: 'mart'}}, /"teachers.a" must be an object/],
    [
      {method: 'mart', teachers: {a: {method: 'mrt'}}},
      /"teachers.a.method" must be a method .* Did you mean "mart"\?/,
    ],
    [
      {method: 'mart', teachers: {a: {method: 'mart', data: 'balancd'}}},
      /"teachers.a.data" must be/,
    ],
    [
      {method: 'mart', teachers: {a: {method: 'mart', teachers: {}}}},
      /"teachers.a.teachers" must be an option of a teacher/,
    ],
  ])('refuses %j', (experiment, message) => {
    expect(() => checkExperiment(experiment)).toThrow(message);
  });

  it('says what cannot be read', () => {
    const hostile = {
      get method(): string {
        throw new Error('not today');
      },
    };
    expect(() => checkExperiment(hostile)).toThrow(
      /"experiment" must be plain data.*cannot be read/,
    );
  });
});
