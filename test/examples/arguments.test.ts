import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {describe, expect, it} from 'vitest';

import {readArguments} from '../../examples/demo/arguments';
import {DEFAULT_SETTINGS, QUICK_SETTINGS} from '../../examples/demo/settings';

const read = (...flags: string[]) => readArguments(['node', 'main.ts', ...flags]);

describe('the flags of the demo', () => {
  it('default to two seeds of the default settings', () => {
    const {settings, seeds, out, processes} = read();
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(seeds).toEqual([0, 1]);
    expect(out).toBe('reports/demo');
    expect(processes).toBeGreaterThanOrEqual(1);
  });

  it('--quick changes its settings, and what is said beside it wins', () => {
    expect(read('--quick').settings).toEqual({...DEFAULT_SETTINGS, ...QUICK_SETTINGS});
    expect(read('--quick', '--epochs', '4').settings).toEqual({
      ...{...DEFAULT_SETTINGS, ...QUICK_SETTINGS, epochs: 4},
    });
  });

  it('set what they name', () => {
    const {settings, seeds, out, processes} = read(
      ...[
        '--imbalance-ratio',
        '10',
        '--gamma',
        '5',
        '--alpha',
        '2',
        '--tau',
        '1.5',
        '--epochs',
        '3',
      ],
      ...['--epsilon', '8/255', '--backend', 'cpu', '--data', 'images', '--out', 'there'],
      ...[
        '--seeds',
        '3',
        '--first-seed',
        '4',
        '--processes',
        '1',
        '--channels',
        '4,8',
        '--batch-norm',
      ],
      ...['--kd', 'kl-adv', '--alpha-schedule', 'constant', '--padding', '0', '--tail', '2'],
    );
    expect(settings).toMatchObject({
      ...{imbalanceRatio: 10, gamma: 5, alpha: 2, tau: 1.5, epochs: 3, epsilon: 8 / 255},
      ...{backend: 'cpu', data: 'images', channels: [4, 8], batchNorm: true, kd: 'kl-adv'},
      ...{alphaSchedule: 'constant', padding: 0, tail: 2},
    });
    expect({seeds, out, processes}).toEqual({seeds: [4, 5, 6], out: 'there', processes: 1});
  });

  it('keep the order of the labels of other data, unless told otherwise', () => {
    expect(read('--data', 'images').settings.classOrder).toBeNull();
    expect(read('--data', 'images', '--class-order', '1,0').settings.classOrder).toEqual([1, 0]);
  });

  it.each([
    [['--epochs', '0'], /--epochs <n>.*0.*Expected an integer >= 1/],
    [['--epochs', '1.5'], /Expected an integer >= 1/],
    [['--epsilon', 'eight'], /--epsilon <e>.*Expected a number >= 0/],
    [['--alpha', '-1'], /Expected a number >= 0/],
    [['--backend', 'gpu'], /Allowed choices are wasm, cpu/],
    [['--epoch', '3'], /unknown option '--epoch'\n\(Did you mean --epochs\?\)/],
  ])('refuse %j, and say why', async (flags, message) => {
    const program = fileURLToPath(new URL('../../examples/demo/main.ts', import.meta.url));
    const failed = promisify(execFile)(process.execPath, ['--import', 'tsx', program, ...flags]);
    const error = await failed.then(
      () => expect.fail('did not fail'),
      (reason: unknown) => reason as {code: number; stderr: string},
    );
    expect(error.code).toBe(1);
    expect(error.stderr).toMatch(message);
  });
});
