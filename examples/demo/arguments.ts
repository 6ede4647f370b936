import os from 'node:os';

import {Command, InvalidArgumentError, Option} from 'commander';

import {DEFAULT_SETTINGS, QUICK_SETTINGS, type DemoSettings} from './settings';

/** What the command line asks for. */
export interface DemoArguments {
  readonly settings: DemoSettings;
  readonly seeds: readonly number[];
  readonly processes: number;
  readonly out: string;
}

const number =
  (min: number, kind: 'integer' | 'number' = 'number') =>
  (text: string): number => {
    const [, over, under] = /^([^/]+)\/([^/]+)$/.exec(text) ?? []; // 8/255
    const value =
      text.trim() === '' ? NaN : over === undefined ? Number(text) : Number(over) / Number(under);
    if (
      !Number.isFinite(value) ||
      value < min ||
      (kind === 'integer' && !Number.isInteger(value))
    ) {
      throw new InvalidArgumentError(
        `Expected ${kind === 'integer' ? 'an integer' : 'a number'} >= ${min}.`,
      );
    }
    return value;
  };

const numbers = (text: string): number[] => text.split(',').map(number(0, 'integer'));

type Flags = Partial<DemoSettings> & {
  quick?: boolean;
  seeds?: number;
  firstSeed: number;
  processes: number;
  out: string;
};

/** Parses the command line; prints help or a complaint and exits where it has to. */
export function readArguments(argv: readonly string[]): DemoArguments {
  const d = DEFAULT_SETTINGS;
  const program = new Command('npm run demo --')
    .description(
      "Trains PGD-AT, AT-BSL and the paper's method on long-tailed data and compares them.",
    )
    .option('--quick', 'a smaller network, fewer images and epochs: under a minute')
    .option(
      '--seeds <n>',
      'runs of each method, with seeds 0, 1, ... (default: 2)',
      number(1, 'integer'),
    )
    .option('--first-seed <n>', 'the first of these seeds', number(0, 'integer'), 0)
    .option(
      '--imbalance-ratio <ir>',
      `largest over smallest class (default: ${d.imbalanceRatio})`,
      number(1),
    )
    .option(
      '--max-count <n>',
      `images of the largest class (default: ${d.maxCount})`,
      number(1, 'integer'),
    )
    .option(
      '--gamma <g>',
      'size of the balanced set, in smallest classes (default: half the ratio)',
      number(0),
    )
    .option('--alpha <a>', `weight of the distillation (default: ${d.alpha})`, number(0))
    .addOption(
      new Option('--kd <kind>', `what is distilled (default: ${d.kd})`).choices([
        ...['igdm', 'kl-adv', 'kl-clean-teacher', 'igdm+kl-adv'],
      ]),
    )
    .addOption(
      new Option('--alpha-schedule <kind>', `(default: ${d.alphaSchedule})`).choices([
        'linear',
        'constant',
      ]),
    )
    .option('--tau <t>', `strength of the class prior (default: ${d.tau})`, number(0))
    .option('--epochs <n>', `of every method (default: ${d.epochs})`, number(1, 'integer'))
    .option(
      '--teacher-epochs <n>',
      `of the balanced teacher (default: ${d.teacherEpochs})`,
      number(1, 'integer'),
    )
    .option(
      '--epsilon <e>',
      `L∞ radius on pixels from 0 to 1, 8/255 works (default: ${d.epsilon})`,
      number(0),
    )
    .option(
      '--attack-steps <n>',
      `of PGD in training (default: ${d.attackSteps})`,
      number(1, 'integer'),
    )
    .option('--batch-size <n>', `(default: ${d.batchSize})`, number(1, 'integer'))
    .option('--teacher-batch-size <n>', `(default: ${d.teacherBatchSize})`, number(1, 'integer'))
    .option('--learning-rate <r>', `(default: ${d.learningRate})`, number(0))
    .option('--teacher-learning-rate <r>', `(default: ${d.teacherLearningRate})`, number(0))
    .option('--weight-decay <w>', `(default: ${d.weightDecay})`, number(0))
    .option(
      '--channels <list>',
      `filters of each strided convolution (default: ${d.channels.join(',')})`,
      numbers,
    )
    .option('--batch-norm', 'batch norm after each convolution')
    .option(
      '--padding <n>',
      `random crops of images padded by so many pixels, and flips; 0: neither (default: ${d.padding})`,
      number(0, 'integer'),
    )
    .option(
      '--validation-per-class <n>',
      `(default: ${d.validationPerClass})`,
      number(1, 'integer'),
    )
    .option('--test-per-class <n>', `(default: ${d.testPerClass})`, number(1, 'integer'))
    .option(
      '--tail <k>',
      `how many of the rarest classes are the tail (default: ${d.tail})`,
      number(1, 'integer'),
    )
    .option(
      '--class-order <list>',
      'classes from the largest to the smallest (default: 9,8,...,0; with --data as numbered)',
      numbers,
    )
    .option(
      '--data <folder>',
      'your own images: IDX files, or CIFAR binaries (default: Fashion-MNIST)',
    )
    .addOption(new Option('--backend <name>', `(default: ${d.backend})`).choices(['wasm', 'cpu']))
    .option('--processes <n>', 'runs at a time', number(1, 'integer'), os.availableParallelism())
    .option('--out <folder>', 'where the report goes', 'reports/demo')
    .parse([...argv]);

  const {quick = false, seeds, firstSeed, processes, out, ...given} = program.opts<Flags>();
  // The default order makes a hard class the tail of Fashion-MNIST; other data keep their own.
  const order = given.data === undefined ? {} : {classOrder: null};
  const settings = {...d, ...(quick ? QUICK_SETTINGS : {}), ...order, ...given};
  const count = seeds ?? 2;
  return {
    ...{settings, processes, out},
    seeds: Array.from({length: count}, (_, i) => firstSeed + i),
  };
}
