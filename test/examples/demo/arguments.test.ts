import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {describe, expect, it} from 'vitest';

import {readArguments} from '../../../examples/demo/arguments';
import {DEFAULT_METHODS} from '../../../examples/demo/methodNames';
import {DEFAULT_SETTINGS, QUICK_SETTINGS} from '../../../examples/demo/settings';

const read = (...flags: string[]) => readArguments(['node', 'main.ts', ...flags]);

describe('the flags of the demo', () => {
  it('default to two seeds of the default settings and methods', () => {
    const {settings, methods, seeds, out, processes} = read();
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(methods).toEqual(DEFAULT_METHODS);
    expect(seeds).toEqual([0, 1]);
    expect(out).toBe('reports/demo');
    expect(processes).toBeGreaterThanOrEqual(1);
  });

  it('--quick changes its settings, and what is said beside it wins', () => {
    expect(read('--quick').settings).toEqual({...DEFAULT_SETTINGS, ...QUICK_SETTINGS});
    expect(read('--quick', '--image-steps', '4000').settings).toEqual({
      ...{...DEFAULT_SETTINGS, ...QUICK_SETTINGS, imageSteps: 4000},
    });
  });

  it('set what they name', () => {
    const {settings, methods, seeds, out, processes} = read(
      ...['--imbalance-ratio', '10', '--gamma', '5', '--alpha', '2', '--tau', '1.5'],
      ...['--image-steps', '3000', '--teacher-share', '0.25', '--kl-weight', '3'],
      ...['--epsilon', '8/255', '--backend', 'cpu', '--data', 'images', '--out', 'there'],
      ...['--seeds', '3', '--first-seed', '4', '--processes', '1', '--channels', '4,8'],
      ...['--batch-norm', '--padding', '0', '--tail', '2', '--drops', '0.5,0.9'],
      ...[
        '--network',
        'resnet18-8',
        '--methods',
        'kl,at-bsl',
        '--class-names',
        'cat,dog',
        '--auto-attack-images',
        '0',
      ],
    );
    expect(settings).toMatchObject({
      ...{imbalanceRatio: 10, gamma: 5, alpha: 2, tau: 1.5, epsilon: 8 / 255},
      ...{imageSteps: 3000, teacherShare: 0.25, klWeight: 3, drops: [0.5, 0.9]},
      ...{backend: 'cpu', data: 'images', channels: [4, 8], batchNorm: true},
      network: {name: 'resnet18', width: 8},
      ...{padding: 0, tail: 2, classNames: ['cat', 'dog'], autoAttackImages: 0},
    });
    expect(methods).toEqual(['kl', 'at-bsl']);
    expect({seeds, out, processes}).toEqual({seeds: [4, 5, 6], out: 'there', processes: 1});
  });

  it('keep the order of the labels of other data, unless told otherwise', () => {
    expect(read('--data', 'images').settings.classOrder).toBeNull();
    expect(read('--data', 'images', '--class-order', '1,0').settings.classOrder).toEqual([1, 0]);
  });

  it('keep all of data that is long-tailed already, unless told how much', () => {
    const asIs = ['--data', 'images', '--imbalance-ratio', 'as-is'];
    expect(read(...asIs).settings).toMatchObject({imbalanceRatio: 'as-is', maxCount: null});
    expect(read(...asIs, '--max-count', '90').settings.maxCount).toBe(90);
  });

  it.each([
    [['--image-steps', '0'], /--image-steps <n>.*0.*Expected an integer >= 1/],
    [['--seeds', '1.5'], /Expected an integer >= 1/],
    [['--epsilon', 'eight'], /--epsilon <e>.*Expected a number >= 0/],
    [['--alpha', '-1'], /Expected a number >= 0/],
    [['--teacher-share', '1'], /Expected a number between 0 and 1/],
    [
      ['--methods', 'kl,trades'],
      /Expected some of pgd-at, at-bsl, root-bsl, teacher, paper, kl, kl\+matching/,
    ],
    [['--network', 'resnet18'], /Expected a name and a width: resnet18-16, /],
    [['--backend', 'gpu'], /Allowed choices are wasm, cpu/],
    [['--image-step', '3'], /unknown option '--image-step'\n\(Did you mean --image-steps\?\)/],
  ])('refuse %j, and say why', (flags, message) => {
    expect(() => read(...flags)).toThrow(message);
  });

  it('end the program with what is wrong', async () => {
    const program = fileURLToPath(new URL('../../../examples/demo/main.ts', import.meta.url));
    const command = ['--import', 'tsx', program, '--backend', 'gpu'];
    const error = await promisify(execFile)(process.execPath, command).then(
      () => expect.fail('did not fail'),
      (reason: unknown) => reason as {code: number; stderr: string},
    );
    expect(error.code).toBe(1);
    expect(error.stderr).toMatch(
      /^error: option '--backend <name>'.*Allowed choices are wasm, cpu/,
    );
  });
});
