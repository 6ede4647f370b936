import os from 'node:os';

import {Command, InvalidArgumentError, Option} from 'commander';

import {list, number} from '../shared/flags';
import {network} from '../shared/networkFlag';
import {DEFAULT_METHODS, METHODS, type MethodName} from './methodNames';
import {DEFAULT_SETTINGS, QUICK_SETTINGS, type DemoSettings} from './settings';

/** What the command line asks for. */
export interface DemoArguments {
  readonly settings: DemoSettings;
  readonly methods: readonly MethodName[];
  readonly seeds: readonly number[];
  readonly processes: number;
  readonly out: string;
}

const share = (text: string): number => {
  const value = number(0)(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1.');
};

const numbers = list(number(0, 'integer'));

const imbalanceRatio = (text: string): number | 'as-is' =>
  text === 'as-is' ? text : number(1)(text);

const method = (text: string): MethodName => {
  const found = METHODS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Expected some of ${METHODS.join(', ')}.`);
};

type Flags = Partial<DemoSettings> & {
  quick?: boolean;
  methods: readonly MethodName[];
  seeds: number;
  firstSeed: number;
  processes: number;
  out: string;
};

/**
 * Parses the command line.
 *
 * @throws CommanderError with what is wrong, or with exit code 0 where it has printed the help.
 */
export function readArguments(argv: readonly string[]): DemoArguments {
  const d = DEFAULT_SETTINGS;
  const program = new Command('npm run demo --')
    .exitOverride()
    .configureOutput({writeErr: () => undefined})
    .description(
      'Trains several methods on long-tailed data, each with the same number of image-steps, ' +
        'attacks the networks and compares them.',
    )
    .option('--quick', 'a smaller network, fewer images and steps: under a minute')
    .addOption(
      new Option('--methods <list>', `of ${METHODS.join(', ')}`)
        .argParser(list(method))
        .default(DEFAULT_METHODS, DEFAULT_METHODS.join(',')),
    )
    .option('--seeds <n>', 'runs of each method, with seeds 0, 1, ...', number(1, 'integer'), 2)
    .option('--first-seed <n>', 'the first of these seeds', number(0, 'integer'), 0)
    .option(
      '--image-steps <n>',
      "images that each method sees in training steps, its teacher's among them " +
        `(default: ${d.imageSteps})`,
      number(1, 'integer'),
    )
    .option(
      '--teacher-share <s>',
      `share of the image-steps that a teacher gets (default: ${d.teacherShare})`,
      share,
    )
    .option(
      '--imbalance-ratio <ir>',
      'largest over smallest class; as-is: the class sizes that the data has ' +
        `(default: ${d.imbalanceRatio})`,
      imbalanceRatio,
    )
    .option(
      '--max-count <n>',
      `images of the largest class (default: ${d.maxCount}; with as-is all)`,
      number(1, 'integer'),
    )
    .option(
      '--gamma <g>',
      'size of the balanced set, in smallest classes (default: half the ratio)',
      number(0),
    )
    .option(
      '--alpha <a>',
      'weight of the gradient matching in the last epoch (default: 10 for paper, 1 for kl+matching)',
      number(0),
    )
    .option(
      '--kl-weight <w>',
      `weight of the KL divergence to the teacher (default: ${d.klWeight})`,
      number(0),
    )
    .option('--tau <t>', `strength of the class prior (default: ${d.tau})`, number(0))
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
    .option(
      '--drops <list>',
      `shares of a training after which the learning rate drops to a tenth (default: ${d.drops.join(',')})`,
      list(share),
    )
    .option('--weight-decay <w>', `(default: ${d.weightDecay})`, number(0))
    .option(
      '--network <name-width>',
      'resnet18-8, wideResnet-10-1, ... (default: a small one of two convolutions)',
      network,
    )
    .option(
      '--channels <list>',
      `filters of each strided convolution of the small network (default: ${d.channels.join(',')})`,
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
    .option('--class-names <list>', 'what the classes are called', list(String))
    .option(
      '--auto-attack-images <n>',
      `test images of the tail that AutoAttack is run on (default: ${d.autoAttackImages})`,
      number(0, 'integer'),
    )
    .option(
      '--data <folder>',
      'your own images: IDX files, or CIFAR binaries (default: Fashion-MNIST)',
    )
    .addOption(new Option('--backend <name>', `(default: ${d.backend})`).choices(['wasm', 'cpu']))
    .option('--processes <n>', 'runs at a time', number(1, 'integer'), os.availableParallelism())
    .option('--out <folder>', 'where the report goes', 'reports/demo')
    .parse([...argv]);

  const {
    quick = false,
    methods,
    seeds,
    firstSeed,
    processes,
    out,
    ...given
  } = program.opts<Flags>();
  // The default order makes a hard class the tail of Fashion-MNIST; other data keep their own.
  const order = given.data === undefined ? {} : {classOrder: null};
  const size = given.imbalanceRatio === 'as-is' ? {maxCount: null} : {};
  const settings = {...d, ...(quick ? QUICK_SETTINGS : {}), ...order, ...size, ...given};
  return {
    ...{settings, methods, processes, out},
    seeds: Array.from({length: seeds}, (_, i) => firstSeed + i),
  };
}
