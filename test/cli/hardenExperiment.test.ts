import {writeFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, describe, expect, it} from 'vitest';

import {hardenExperiment, type ExperimentOptions} from '../../src/cli/hardenExperiment';
import {temporaryFolder} from '../support/temporaryFolder';

const folder = temporaryFolder();
afterAll(folder.remove);

const options: ExperimentOptions = {
  ...{method: 'pgd-at', wrap: [], epochs: 3, batchSize: 8, learningRate: 0.02},
  norm: 'l2',
  ...{epsilon: 0.5, steps: 4},
};

describe('hardenExperiment', () => {
  it('has what the options say', async () => {
    expect(await hardenExperiment(options)).toEqual({
      ...{method: {name: 'pgd-at'}, wrappers: [], augmentation: [], teachers: {}},
      attack: {name: 'pgd', norm: 'l2', epsilon: 0.5, steps: 4},
      ...{optimizer: {name: 'sgd', learningRate: 0.02}, epochs: 3, batchSize: 8},
    });
    expect((await hardenExperiment({...options, method: 'pgd'})).method).toEqual({name: 'pgd-at'});
    const wrap = ['awp', '{"name": "distillation", "teacher": "t"}'];
    expect(
      await hardenExperiment({...options, method: '{"name": "mart", "lambda": 2}', wrap}),
    ).toMatchObject({
      method: {name: 'mart', lambda: 2},
      wrappers: [{name: 'awp'}, {name: 'distillation', teacher: 't'}],
    });
  });

  it('attacks no method that makes its inputs itself', async () => {
    expect(await hardenExperiment({...options, method: 'natural'})).not.toHaveProperty('attack');
  });

  it('reads a file instead, and refuses one that trains teachers', async () => {
    const experiment = path.join(folder.path, 'experiment.json');
    await writeFile(experiment, '{"method": "trades", "epochs": 9}');
    expect(await hardenExperiment({...options, experiment})).toMatchObject({
      ...{method: {name: 'trades'}, epochs: 9},
    });
    const taught = {method: {name: 'rslad', teacher: 't'}, teachers: {t: {method: 'mart'}}};
    await writeFile(experiment, JSON.stringify(taught));
    await expect(hardenExperiment({...options, experiment})).rejects.toThrow(
      /harden trains one model/,
    );
    await writeFile(experiment, '{');
    await expect(hardenExperiment({...options, experiment})).rejects.toThrow(
      /experiment.json is no JSON/,
    );
  });

  it('refuses JSON that is none, and unknown names', async () => {
    await expect(hardenExperiment({...options, method: '{mart}'})).rejects.toThrow(
      '--method is no JSON',
    );
    await expect(hardenExperiment({...options, wrap: ['apw']})).rejects.toThrow(
      'Did you mean "awp"?',
    );
  });

  it('says where the JSON is, and what is wrong with it', async () => {
    await expect(hardenExperiment({...options, wrap: ['awp', ' {"name"}']})).rejects.toThrow(
      /^--wrap is no JSON: .*JSON/,
    );
    expect((await hardenExperiment({...options, method: ' {"name": "mart"}'})).method).toEqual({
      name: 'mart',
    });
    const experiment = path.join(folder.path, 'taught.json');
    await writeFile(
      experiment,
      '{"method": {"name": "rslad", "teacher": "t"}, "teachers": {"t": {"method": "mart"}}}',
    );
    await expect(hardenExperiment({...options, experiment})).rejects.toThrow(
      'harden trains one model. Train the teachers first, and hand them over: --teacher name=folder.',
    );
  });
});
