import {readFileSync} from 'node:fs';
import os from 'node:os';

import {Command, InvalidArgumentError, Option} from 'commander';
import type {Experiment} from 'lt-robust/presets';

import {number} from '../shared/flags';
import {messageOf} from '../shared/messageOf';
import {network} from '../shared/networkFlag';
import {DEFAULT_SETTINGS, type PaperScale, type PaperSettings} from './settings';
import {allExperiments, experimentOf, scaleExperiment} from './targets';

/** What the command line asks for. */
export interface PaperArguments {
  /** At the scale that it is run at. */
  readonly experiment: Experiment;
  readonly settings: PaperSettings;
  readonly scale: PaperScale;
  readonly seeds: readonly number[];
  readonly processes: number;
  readonly out: string;
  /** Where report.json goes beside `out`; null for nowhere. */
  readonly keep: string | null;
  /** Start no run after this time, in milliseconds; null for no end. */
  readonly until: number | null;
  /** List the experiments and their rows, and do nothing. */
  readonly list: boolean;
}

const clock = (text: string): number => {
  const [, hours, minutes] = /^(\d\d?):(\d\d)$/.exec(text) ?? [];
  if (Number(hours ?? 24) > 23 || Number(minutes ?? 60) > 59) {
    throw new InvalidArgumentError('Expected a time such as 18:30.');
  }
  const time = new Date();
  time.setHours(Number(hours), Number(minutes), 0, 0);
  return time.getTime();
};

const all =
  (parse: (text: string) => number) =>
  (text: string): number | 'all' =>
    text === 'all' ? text : parse(text);

type Flags = Omit<PaperSettings, 'autoAttackImages'> &
  PaperScale & {
    readonly autoAttackImages: number | 'all';
    readonly rows?: string;
    readonly config?: string;
    readonly seeds?: number;
    readonly firstSeed: number;
    readonly processes: number;
    readonly out?: string;
    readonly keep?: string;
    readonly until?: number;
    readonly list?: boolean;
  };

function program(): Command {
  const d = DEFAULT_SETTINGS;
  return new Command('npm run paper --')
    .argument('[name]', 'table1 to table10, figure1, figure4 to figure8, combinations, or a preset')
    .description('Trains rows of the paper and sets what they reach beside what the paper reports.')
    .option('--list', 'list experiments, rows and presets')
    .option('--config <file>', 'a JSON file with the name and the flags; flags given here go first')
    .option('--rows <list>', "rows by their labels, between semicolons: 'AT-BSL;Ours'")
    .option(
      '--data <path>',
      'CIFAR archive or folder, Tiny-ImageNet folder (default: Fashion-MNIST)',
    )
    .option('--max-count <n>', 'training images of the largest class', number(1, 'integer'))
    .option('--test-per-class <n>', 'test images of each class', number(1, 'integer'))
    .option(
      '--validation-per-class <n>',
      'test images of each class that choose the best epoch; 0: the test set does, as in the literature',
      number(0, 'integer'),
      d.validationPerClass,
    )
    .option('--evaluate-every <n>', 'epochs between two measurements', number(1, 'integer'))
    .option(
      '--auto-attack-images <n>',
      'test images that AutoAttack is run on, as many of each class as go: a number or "all"',
      all(number(0, 'integer')),
      'all' as const,
    )
    .option(
      '--epochs <n>',
      "in place of the paper's 100; the rest in proportion",
      number(1, 'integer'),
    )
    .option('--batch-size <n>', "in place of the paper's 128", number(1, 'integer'))
    .option('--network <name-width>', 'resnet18-16, wideResnet-16-2, ...', network)
    .option('--attack-steps <n>', "in place of the paper's 10", number(1, 'integer'))
    .option('--learning-rate <x>', "in place of the paper's 0.1", number(0))
    .option('--seeds <n>', "runs of each row (default: the paper's)", number(1, 'integer'))
    .option('--first-seed <n>', 'seed of the first', number(0, 'integer'), 0)
    .addOption(new Option('--backend <name>').choices(['wasm', 'cpu']).default(d.backend))
    .option('--processes <n>', 'runs at a time', number(1, 'integer'), os.availableParallelism())
    .option('--until <hh:mm>', 'start no run after this time of today', clock)
    .option(
      '--out <folder>',
      'where report, runs and checkpoints go (default: reports/paper/<name>)',
    )
    .option('--keep <file>', 'another place for report.json')
    .exitOverride();
}

/**
 * Reads the command line. Of a configuration file, the flags come first: what is given twice is what
 * stands behind.
 */
export function readArguments(argv: readonly string[]): PaperArguments {
  const first = program().parse([...argv]);
  const {config} = first.opts<Flags>();
  const command =
    config === undefined
      ? first
      : program().parse([
          ...argv.slice(0, 2),
          ...configured(config, first.args.length > 0),
          ...argv.slice(2),
        ]);
  const flags = command.opts<Flags>();
  const target = command.args.at(-1);
  const isList = flags.list === true;
  if (target === undefined && !isList) {
    const names = allExperiments().map(({name}) => name);
    command.error(`error: name one of ${names.join(', ')}, or a preset`);
  }
  const {epochs, batchSize, network: net, attackSteps, learningRate} = flags;
  const scale: PaperScale = {epochs, batchSize, network: net, attackSteps, learningRate};
  const labels = flags.rows?.split(';').map((label) => label.trim());
  const experiment = scaleExperiment(experimentOf(target ?? 'table1', labels), scale);
  const {data, maxCount, testPerClass} = {...DEFAULT_SETTINGS, ...flags};
  const {validationPerClass, evaluateEvery, backend} = {...DEFAULT_SETTINGS, ...flags};
  const autoAttackImages = flags.autoAttackImages === 'all' ? null : flags.autoAttackImages;
  const settings = {
    ...{data, maxCount, testPerClass, validationPerClass, evaluateEvery, autoAttackImages, backend},
  };
  const count = flags.seeds ?? experiment.seeds;
  return {
    ...{experiment, settings, scale, list: isList},
    seeds: Array.from({length: count}, (_, i) => flags.firstSeed + i),
    processes: flags.processes,
    out: flags.out ?? `reports/paper/${(target ?? 'table1').replaceAll(/[^\w-]+/g, '-')}`,
    ...{keep: flags.keep ?? null, until: flags.until ?? null},
  };
}

/** The words of a configuration file: {"name": "table1", "epochs": 20, "maxCount": 500}. */
function configured(path: string, isNamed: boolean): string[] {
  const {name, ...flags} = readConfiguration(path);
  const words = Object.entries(flags).flatMap(([key, value]) => {
    const flag = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === null || value === false) return [];
    if (value === true) return [flag];
    if (typeof value === 'string' || typeof value === 'number') return [flag, String(value)];
    throw new Error(`error: "${key}" in ${path} must be text, a number, true, false or null`);
  });
  return typeof name === 'string' && !isNamed ? [name, ...words] : words;
}

function readConfiguration(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`error: ${path} cannot be read as JSON: ${messageOf(error)}`, {cause: error});
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return {...value};
  throw new Error(`error: ${path} must hold an object: {"name": "table1", "epochs": 20}`);
}
