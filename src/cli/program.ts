import {Command, CommanderError, Option} from 'commander';

import {ATTACKS} from './attackByName';
import {type BackendOptions, BACKENDS, withBackend} from './backend';
import {CliError, EXIT} from './cliError';
import {audit, type AuditOptions} from './commands/audit';
import {compare, type CompareOptions} from './commands/compare';
import {doctor, type DoctorOptions} from './commands/doctor';
import {
  type CommandContext,
  evaluate,
  type EvaluateOptions,
  type ModelContext,
} from './commands/evaluate';
import {harden, type HardenOptions} from './commands/harden';
import {merge, type MergeOptions} from './commands/merge';
import type {Kind} from '../registry/checkNamed';
import {registered} from '../registry/registered';
import {integer, listOf, number, shard} from './parse';
import {coloursOf, type Terminal} from './terminal';
import {versionOf} from './versions';

const described = (named: Readonly<Record<string, {readonly what: string}>>): string =>
  Object.entries(named)
    .map(([name, {what}]) => `${name} (${what})`)
    .join(', ');

const known = (kind: Kind) =>
  Object.fromEntries(registered(kind).map(({name, what}) => [name, {what}] as const));
const [methods, wrappers] = [known('method'), known('wrapper')];

const NORMS = ['linf', 'l2'];

/** Options of commands that load a model and data. */
const withInputs = (command: Command, part: 'test' | 'train'): Command =>
  command
    .argument('<model>', 'a model.json of TensorFlow.js, or its folder')
    .argument('<data>', 'a folder with a folder of images per class, IDX files, or CIFAR files')
    .addOption(
      new Option('--part <name>', 'part of a dataset that has two')
        .choices(['test', 'train'])
        .default(part),
    )
    .option(
      '--channels <n>',
      'of images from folders, 1 for grey, 3 for colour (default: what the model takes)',
      integer(1),
    )
    .addOption(
      new Option('--input-range <min,max>', 'what the model takes for black and white')
        .argParser(listOf(Number))
        .default([0, 1], '0,1'),
    )
    .option('--logits <name>', 'of a graph model: the tensor before the softmax')
    .option('--class-names <list>', 'names with commas between, or a file with one a line')
    .option('--class-counts <list>', 'training images of each class', listOf(integer(0)))
    .addOption(new Option('--backend <name>', 'where to compute').choices(BACKENDS).default('auto'))
    .option('--threads <n>', 'threads of wasm', integer(1), 1)
    .option('--seed <n>', 'decides everything that is random', integer(0), 1);

const withGates = (command: Command): Command =>
  command
    .option('--json', 'print the report as JSON')
    .option('--out <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as a page')
    .option('--fail-under <share>', 'exit with 1 if robust accuracy is less', number(0, 1))
    .option('--fail-under-tail <share>', 'exit with 1 if that of the tail is less', number(0, 1))
    .option(
      '--confidence <share>',
      'compare a lower bound of that confidence instead',
      number(0.5, 0.999999),
    );

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ lt-robust ${line}`).join('\n')}\n`;

type Run = (context: CommandContext) => Promise<number>;

/** A command that runs a model, on the backend that it asks for. */
const onBackend =
  (options: BackendOptions, body: (context: ModelContext) => Promise<number>): Run =>
  (context) =>
    withBackend(options, (backend) => body({...context, backend}));

/** The commands; each hands what it is to do to `run`. */
function program(run: (task: Run) => Promise<void>): Command {
  const root = new Command('lt-robust')
    .description(
      'How robust is a model, class by class? Attacks, reports and training for TensorFlow.js.',
    )
    .version(versionOf('lt-robust') ?? 'unknown')
    .showHelpAfterError('(lt-robust --help lists the commands)')
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 the result is worse than asked, 2 it could not run, 130 interrupted.',
    );

  withGates(withInputs(root.command('evaluate'), 'test'))
    .description('measure a model on clean images and under attacks')
    .addOption(
      new Option('--attack <list>', described(ATTACKS))
        .argParser(listOf(String))
        .default(['pgd'], 'pgd'),
    )
    .addOption(new Option('--norm <name>', 'of the perturbation').choices(NORMS).default('linf'))
    .addOption(
      new Option('--epsilon <list>', 'largest norm, of pixels from 0 to 1; several make a curve')
        .argParser(listOf(number(0)))
        .default([8 / 255], '8/255'),
    )
    .option('--steps <n>', 'steps of the attack', integer(1))
    .option('--tail <k>', 'report the k classes that are rarest in training', integer(1))
    .option('--examples <n>', 'attack so many, drawn at random', integer(1))
    .option('--batch-size <n>', 'images at a time', integer(1), 50)
    .option('--shard <part/of>', 'only one part of the images; "merge" puts parts together', shard)
    .addHelpText(
      'after',
      examples(
        'evaluate model.json images/ --epsilon 8/255 --html report.html',
        'evaluate model.json mnist/ --attack pgd,square --epsilon 2/255,4/255,8/255 --channels 1',
        'evaluate model.json cifar-10/ --attack autoattack --tail 3 --fail-under 0.4 --fail-under-tail 0.3',
        'evaluate model.json images/ --shard 1/4 --out part1.json',
      ),
    )
    .action((model: string, data: string, options: EvaluateOptions) =>
      run(onBackend(options, (context) => evaluate(model, data, options, context))),
    );

  withGates(root.command('merge'))
    .description('put the reports of shards together')
    .argument('<reports...>', 'files that "evaluate --shard --out" wrote')
    .addHelpText(
      'after',
      examples('merge part1.json part2.json --out report.json --fail-under 0.4'),
    )
    .action((files: string[], options: MergeOptions) =>
      run((context) => merge(files, options, context)),
    );

  root
    .command('compare')
    .description('compare two models on the same images by a paired test')
    .argument('<first>', 'a file that "evaluate --out" wrote')
    .argument('<second>', 'another one, of the same images')
    .option('--json', 'print the comparison as JSON')
    .option('--html <file>', 'write both beside each other as a page')
    .option('--fail-if-worse', 'exit with 1 if the second model is significantly worse')
    .option('--significance <p>', 'largest p-value that counts as a difference', number(0, 1), 0.05)
    .addHelpText('after', examples('compare before.json after.json --fail-if-worse'))
    .action((first: string, second: string, options: CompareOptions) =>
      run((context) => compare(first, second, options, context)),
    );

  withInputs(root.command('audit'), 'test')
    .description('check the gradients of a model on this backend against differences')
    .option('--examples <n>', 'images to check with', integer(1), 4)
    .option('--tolerance <share>', 'largest relative error that passes', number(0), 0.05)
    .option('--json', 'print the audit as JSON')
    .addHelpText('after', examples('audit model.json images/ --backend wasm'))
    .action((model: string, data: string, options: AuditOptions) =>
      run(onBackend(options, (context) => audit(model, data, options, context))),
    );

  withInputs(root.command('harden'), 'train')
    .description('train a layers model on attacked images, and write it')
    .requiredOption('--out <folder>', 'where the trained model goes')
    .option('--method <name>', `a name, or JSON with options: ${described(methods)}`, 'pgd-at')
    .option(
      '--wrap <name>',
      `around the method, may be repeated: ${described(wrappers)}`,
      (each: string, before: readonly string[]) => [...before, each],
      [] as readonly string[],
    )
    .option(
      '--teacher <name=folder>',
      'a trained model under the name by which the method asks for it, may be repeated',
      (each: string, before: readonly string[]) => [...before, each],
      [] as readonly string[],
    )
    .option('--experiment <file>', 'an experiment of lt-robust/registry, in place of these options')
    .option('--epochs <n>', 'passes over the images', integer(1), 10)
    .option('--batch-size <n>', 'images of a step', integer(1), 64)
    .option('--learning-rate <r>', 'of SGD with momentum', number(0), 0.01)
    .addOption(new Option('--norm <name>', 'of the perturbation').choices(NORMS).default('linf'))
    .option('--epsilon <e>', 'largest norm, of pixels from 0 to 1', number(0), 8 / 255)
    .option('--steps <n>', 'steps of the attack', integer(1), 10)
    .option('--checkpoints <folder>', 'keep the state here, and go on from it')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        'harden model.json images/ --out hardened --epochs 20 --checkpoints states',
        'harden model.json cifar-10/ --method at-bsl --out hardened',
        `harden model.json images/ --method '{"name": "trades", "beta": 3}' --wrap awp --out hardened`,
      ),
    )
    .action((model: string, data: string, options: HardenOptions) =>
      run(onBackend(options, (context) => harden(model, data, options, context))),
    );

  root
    .command('doctor')
    .description('which backends work here, and how fast they are')
    .option('--threads <n>', 'threads of wasm', integer(1), 1)
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('doctor'))
    .action((options: DoctorOptions) => run((context) => doctor(options, context)));
  return root;
}

// Errors that name what to do; any other is a fault of ours and shows where.
const EXPLAINED = [
  'CliError',
  'InvalidArgumentError',
  'DataFormatError',
  'MissingGradientsError',
  'UnusableGradientError',
  'CheckpointMismatchError',
  'NonFiniteLossError',
];

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return EXPLAINED.includes(error.name) || error instanceof CliError
    ? error.message
    : (error.stack ?? error.message);
}

/**
 * Runs the command line.
 *
 * @param argv - What was typed after the name of the command.
 * @param terminal - Where to write.
 * @param signal - Interrupts it.
 * @returns The exit code; see {@link EXIT}.
 */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<number> {
  let code: number = EXIT.ok;
  const command = ['lt-robust', ...argv].join(' ');
  const root = program(async (task) => {
    code = await task({terminal, signal, command});
  });
  // Whatever commander would end the process with is an exit code here.
  for (const each of [root, ...root.commands]) {
    each.exitOverride().configureOutput({writeOut: terminal.out, writeErr: terminal.err});
  }
  try {
    await root.parseAsync([...argv], {from: 'user'});
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal?.aborted === true) {
      terminal.err('\nInterrupted.\n');
      return EXIT.interrupted;
    }
    terminal.err(`${coloursOf(terminal).red('Error:')} ${explain(error)}\n`);
    return EXIT.usage;
  }
}
