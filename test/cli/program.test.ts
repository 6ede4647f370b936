import type {Command} from 'commander';
import {describe, expect, it} from 'vitest';

import {program} from '../../src/cli/program';
import {registered} from '../../src/registry/registered';

const root = program(async () => undefined);

// What a command prints with --help, at its widest, so that no line is broken.
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({writeOut: (text) => (help += text), getOutHelpWidth: () => 1000});
  command.outputHelp();
  return help;
}

describe('program', () => {
  it('has the commands of the documentation', () => {
    expect(root.commands.map((command) => command.name())).toEqual([
      ...['evaluate', 'merge', 'worker', 'compare', 'audit', 'harden', 'doctor'],
    ]);
  });

  it.each(root.commands.map((command) => [command.name(), command] as const))(
    '%s says what it does, and its examples have no option that it does not know',
    (name, command) => {
      expect(command.description()).not.toBe('');
      const known = command.options.map(({long}) => long);
      const [, shown = ''] = helpOf(command).split('Examples:');
      const lines = shown.trim().split('\n');
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toContain(`$ lt-robust ${name}`);
        for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(known).toContain(option);
      }
    },
  );

  it('has its version, and the defaults of an evaluation', () => {
    expect(root.version()).toMatch(/^\d+\.\d+\.\d+/);
    const [evaluate] = root.commands;
    expect(evaluate?.opts()).toMatchObject({
      ...{attack: ['pgd'], norm: 'linf', epsilon: [8 / 255], batchSize: 50, workers: 1},
    });
    const help = evaluate === undefined ? '' : helpOf(evaluate);
    expect(help).toMatch(/--attack <list> .*\(default: pgd\)/);
    expect(help).toMatch(/--epsilon <list> .*\(default: 8\/255\)/);
  });

  it('describes every option of every command', () => {
    for (const {options} of root.commands) {
      for (const {long, description} of options) expect(`${long}: ${description}`).toMatch(/: ./);
    }
  });
});

/** What a command is given by a command line, and how many tasks it hands over. */
async function parsed(...argv: readonly string[]) {
  let tasks = 0;
  const fresh = program(async () => {
    tasks++;
  });
  const quiet = {writeOut: () => undefined, writeErr: () => undefined};
  for (const each of [fresh, ...fresh.commands]) each.exitOverride().configureOutput(quiet);
  await fresh.parseAsync([...argv], {from: 'user'});
  const command = fresh.commands.find((each) => each.name() === argv[0]);
  return {options: command?.opts() ?? {}, args: command?.args ?? [], tasks};
}

const BACKEND = {backend: 'auto', threads: 1, simd: 'auto'};
const INPUTS = {...BACKEND, part: 'test', inputRange: [0, 1], seed: 1};

describe('the command line', () => {
  // The defaults that docs/cli.md names.
  it.each<[string, string[], Record<string, unknown>]>([
    [
      'evaluate',
      ['m', 'd'],
      {
        ...{...INPUTS, attack: ['pgd'], norm: 'linf', epsilon: [8 / 255], batchSize: 50},
        ...{workers: 1, shards: 16},
      },
    ],
    ['merge', ['a', 'b', 'c'], {}],
    ['worker', ['--queue', 'redis://h'], {...BACKEND, queue: 'redis://h', lost: 60}],
    ['compare', ['a', 'b'], {significance: 0.05}],
    ['audit', ['m', 'd'], {...INPUTS, examples: 4, tolerance: 0.05}],
    [
      'harden',
      ['m', 'd', '--out', 'o'],
      {
        ...{
          ...INPUTS,
          part: 'train',
          out: 'o',
          method: 'pgd-at',
          wrap: [],
          teacher: [],
          epochs: 10,
        },
        ...{batchSize: 64, learningRate: 0.01, norm: 'linf', epsilon: 8 / 255, steps: 10},
      },
    ],
    ['doctor', [], {threads: 1}],
  ])('%s has its defaults, and hands over one task', async (name, argv, options) => {
    const given = await parsed(name, ...argv);
    expect(given.options).toEqual(options);
    expect(given.tasks).toBe(1);
    const end = argv.findIndex((word) => word.startsWith('--'));
    expect(given.args).toEqual(end < 0 ? argv : argv.slice(0, end));
  });

  it.each<[string[], Record<string, unknown>]>([
    [
      ['evaluate', 'm', 'd', '--attack', 'pgd, square', '--norm', 'l2', '--epsilon', '0.5,1/4'],
      {attack: ['pgd', 'square'], norm: 'l2', epsilon: [0.5, 0.25]},
    ],
    [
      ['evaluate', 'm', 'd', '--steps', '7', '--tail', '3', '--examples', '9', '--batch-size', '2'],
      {steps: 7, tail: 3, examples: 9, batchSize: 2},
    ],
    [
      ['evaluate', 'm', 'd', '--shard', '2/4', '--run', 'r', '--workers', '3', '--shards', '8'],
      {shard: {part: 2, of: 4}, run: 'r', workers: 3, shards: 8},
    ],
    [
      ['evaluate', 'm', 'd', '--json', '--out', 'o', '--html', 'h', '--fail-under', '0.4'],
      {json: true, out: 'o', html: 'h', failUnder: 0.4},
    ],
    [
      ['evaluate', 'm', 'd', '--fail-under-tail', '1', '--confidence', '0.95', '--queue', 'q'],
      {failUnderTail: 1, confidence: 0.95, queue: 'q'},
    ],
    [
      ['audit', 'm', 'd', '--part', 'train', '--channels', '3', '--input-range', '-1, 1'],
      {part: 'train', channels: 3, inputRange: [-1, 1]},
    ],
    [
      ['audit', 'm', 'd', '--logits', 'l', '--class-names', 'a,b', '--class-counts', '5,0'],
      {logits: 'l', classNames: 'a,b', classCounts: [5, 0]},
    ],
    [
      ['audit', 'm', 'd', '--seed', '0', '--examples', '2', '--tolerance', '0', '--json'],
      {seed: 0, examples: 2, tolerance: 0, json: true},
    ],
    [
      [
        'worker',
        '--queue',
        'q',
        '--lost',
        '5',
        '--backend',
        'cpu',
        '--threads',
        '2',
        '--simd',
        'plain',
      ],
      {lost: 5, backend: 'cpu', threads: 2, simd: 'plain'},
    ],
    [
      ['compare', 'a', 'b', '--json', '--html', 'h', '--fail-if-worse', '--significance', '0.01'],
      {json: true, html: 'h', failIfWorse: true, significance: 0.01},
    ],
    [
      [
        'harden',
        'm',
        'd',
        '--out',
        'o',
        '--method',
        'mart',
        '--wrap',
        'awp',
        '--wrap',
        'x',
        '--json',
      ],
      {method: 'mart', wrap: ['awp', 'x'], json: true},
    ],
    [
      [
        'harden',
        'm',
        'd',
        '--out',
        'o',
        '--teacher',
        'a=b',
        '--teacher',
        'c=d',
        '--experiment',
        'e',
      ],
      {teacher: ['a=b', 'c=d'], experiment: 'e'},
    ],
    [
      ['harden', 'm', 'd', '--out', 'o', '--epochs', '3', '--learning-rate', '0.2', '--norm', 'l2'],
      {epochs: 3, learningRate: 0.2, norm: 'l2'},
    ],
    [
      ['harden', 'm', 'd', '--out', 'o', '--epsilon', '1/4', '--steps', '2', '--checkpoints', 'c'],
      {epsilon: 0.25, steps: 2, checkpoints: 'c', batchSize: 64},
    ],
    [['doctor', '--threads', '4', '--json'], {threads: 4, json: true}],
    [['merge', 'a', '--json', '--out', 'o', '--html', 'h'], {json: true, out: 'o', html: 'h'}],
  ])('%j is understood', async (argv, options) => {
    expect((await parsed(...argv)).options).toMatchObject(options);
  });

  it.each([
    ['evaluate m d --norm l1', 'Allowed choices are linf, l2.'],
    ['evaluate m d --part all', 'Allowed choices are test, train.'],
    ['evaluate m d --backend gpu', 'Allowed choices are auto, wasm, cpu, webgpu, tfjs-node.'],
    ['evaluate m d --simd no', 'Allowed choices are auto, plain, relaxed.'],
    ['evaluate m d --epsilon 0.1,-1', 'of at least 0.'],
    ['evaluate m d --fail-under 2', 'of at least 0 and at most 1.'],
    ['evaluate m d --confidence 0.4', 'of at least 0.5 and at most 0.999999.'],
    ['evaluate m d --class-counts 5,-1', 'Expected a whole number of at least 0.'],
    ['evaluate m d --seed 0.5', 'Expected a whole number of at least 0.'],
    ['evaluate m', "missing required argument 'data'"],
    ['merge', "missing required argument 'reports'"],
    ['worker', "required option '--queue <address>' not specified"],
    ['compare a', "missing required argument 'second'"],
    ['harden m d', "required option '--out <folder>' not specified"],
    ['harden m d --out o --norm l1', 'Allowed choices are linf, l2.'],
  ])('"%s" is refused', async (line, message) => {
    await expect(parsed(...line.split(' '))).rejects.toThrow(message);
  });

  it('names in its help what there is to choose, and what the arguments are', () => {
    expect(helpOf(root)).toMatch(/How robust is a model, class by class\?/);
    expect(helpOf(root)).toContain(
      'Exit codes: 0 fine, 1 the result is worse than asked, 2 it could',
    );
    for (const command of root.commands) {
      for (const {description} of command.registeredArguments) expect(description).not.toBe('');
    }
    const harden = root.commands.find((command) => command.name() === 'harden');
    const help = harden === undefined ? '' : helpOf(harden);
    for (const kind of ['method', 'wrapper'] as const) {
      // A long list is broken into lines.
      for (const {name, what} of registered(kind)) {
        expect(help.replace(/\s+/g, ' ')).toContain(`${name} (${what})`);
      }
    }
    expect(help).toMatch(/--input-range <min,max> .*\(default: 0,1\)/);
  });
});
