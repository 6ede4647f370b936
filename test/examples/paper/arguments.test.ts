import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterAll, describe, expect, it} from 'vitest';

import {readArguments} from '../../../examples/paper/arguments';
import {temporaryFolder} from '../../support/temporaryFolder';

const folder = temporaryFolder();
afterAll(() => {
  folder.remove();
});

const read = (...words: string[]) => readArguments(['node', 'paper', ...words]);

describe('the command line of npm run paper', () => {
  it('is the paper itself without flags', () => {
    const {experiment, settings, scale, seeds} = read('table1');
    expect(experiment.rows[0]?.preset.main).toMatchObject({epochs: 100, batchSize: 128});
    expect(Object.values(scale).filter((value) => value !== undefined)).toEqual([]);
    expect(settings).toMatchObject({maxCount: null, testPerClass: null, autoAttackImages: null});
    expect(seeds).toEqual([0]);
    expect(read('table10').seeds).toEqual([0, 1, 2, 3, 4]);
  });

  it('scales epochs, network, batch and attack', () => {
    const {experiment} = read(
      ...['table1', '--rows', 'AT-BSL;Ours', '--epochs', '10', '--network', 'wideResnet-16-2'],
      ...['--batch-size', '64', '--attack-steps', '5', '--learning-rate', '0.05'],
    );
    expect(experiment.rows.map(({label}) => label)).toEqual(['AT-BSL', 'Ours']);
    const [, ours] = experiment.rows;
    expect(ours?.preset.main).toMatchObject({
      ...{epochs: 10, batchSize: 64, learningRate: 0.05, attack: {steps: 5}},
      network: {name: 'wideResnet', depth: 16, width: 2},
    });
    expect(ours?.preset.teacher).toMatchObject({epochs: 3, batchSize: 16});
  });

  it('reads a configuration, and flags before it', async () => {
    const path = join(folder.path, 'config.json');
    const config = {name: 'table2', epochs: 7, maxCount: 50, autoAttackImages: 'all'};
    await writeFile(path, JSON.stringify(config));
    expect(read('--config', path)).toMatchObject({
      experiment: {name: 'table2'},
      settings: {maxCount: 50, autoAttackImages: null},
    });
    expect(read('--config', path, '--max-count', '9').settings.maxCount).toBe(9);
  });

  it('takes the name of the command line, and what is true or null in a configuration', async () => {
    const path = join(folder.path, 'flags.json');
    await writeFile(path, JSON.stringify({name: 'table2', list: true, data: null, epochs: 7}));
    const {experiment, list, settings} = read('table1', '--config', path);
    expect([experiment.name, list, settings.data]).toEqual(['table1', true, null]);
    expect(experiment.rows[0]?.preset.main.epochs).toBe(7);
  });

  it.each([
    ['{"name": ', 'cannot be read as JSON'],
    ['[1]', 'must hold an object'],
    ['null', 'must hold an object'],
    ['{"name": "table1", "rows": ["Ours"]}', '"rows"'],
  ])('names the file of a configuration that is none: %s', async (text, said) => {
    const path = join(folder.path, 'wrong.json');
    await writeFile(path, text);
    expect(() => read('--config', path)).toThrow(said);
    expect(() => read('--config', path)).toThrow(path);
  });

  it('has the configuration of the run that is kept', () => {
    const {experiment, seeds, keep} = read('--config', 'examples/paper/cifar10-lt.json');
    expect(experiment.rows.map(({label}) => label)).toEqual([
      ...['PGD-AT', 'TRADES', 'REAT', 'AT-BSL', 'Ours', 'AT-BSL, equal steps'],
      'KL + matching + AWP',
    ]);
    expect(seeds).toEqual([0, 1]);
    expect(keep).toBe('docs/results/paper-cifar10-lt.json');
  });

  it('refuses what it cannot run', () => {
    expect(() => read('table1', '--network', 'resnet50-4')).toThrow('resnet18-16');
    expect(() => read('table1', '--network', 'resnet18-34-4')).toThrow('resnet18-16');
    for (const wrong of ['resnet18-0', 'resnet18-1.5', 'resnet18-1.2.3', 'wideResnet-16-0']) {
      expect(() => read('table1', '--network', wrong)).toThrow('resnet18-16');
    }
    expect(() => read('table1', '--network', 'wideResnet-17-2')).toThrow('resnet18-16');
    expect(() => read('table1', '--epochs', '0')).toThrow('integer >= 1');
    for (const wrong of ['25:00', '12:60', '24:99', 'noon']) {
      expect(() => read('table1', '--until', wrong)).toThrow('18:30');
    }
    expect(() => read('table12')).toThrow('table1');
    expect(() => read()).toThrow();
  });
});
