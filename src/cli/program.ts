import {Command, Option} from 'commander';

import type {Kind} from '../registry/checkNamed';
import {registered} from '../registry/registered';
import {ATTACKS} from './attackByName';
import {audit, type AuditOptions} from './commands/audit';
import {compare, type CompareOptions} from './commands/compare';
import {doctor, type DoctorOptions} from './commands/doctor';
import {evaluate, type EvaluateOptions} from './commands/evaluate';
import {harden, type HardenOptions} from './commands/harden';
import {merge, type MergeOptions} from './commands/merge';
import {worker, type WorkerCommandOptions} from './commands/worker';
import {
  described,
  examples,
  onBackend,
  type Run,
  withBackendOptions,
  withGates,
  withInputs,
} from './commonOptions';
import {integer, listOf, number, shard} from './parse';
import {versionOf} from './versions';

type Runner = (task: Run) => Promise<void>;

const known = (kind: Kind) =>
  Object.fromEntries(registered(kind).map(({name, what}) => [name, {what}] as const));

const NORMS = ['linf', 'l2'];

// An option that may be given several times.
const NOTHING: readonly string[] = [];
const repeated = (each: string, before: readonly string[]): readonly string[] => [...before, each];

function addEvaluate(root: Command, run: Runner): void {
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
    .option('--queue <address>', 'of a Redis: let the workers there do it, see "worker"')
    .option(
      '--workers <n>',
      'processes on this machine that do it, each with a part',
      integer(1),
      1,
    )
    .option('--shards <n>', 'parts, a few times the number of workers', integer(1), 16)
    .option(
      '--run <name>',
      'on the queue: survives an interruption, the same command goes on with it',
    )
    .addHelpText(
      'after',
      examples(
        'evaluate model.json images/ --epsilon 8/255 --html report.html',
        'evaluate model.json mnist/ --attack pgd,square --epsilon 2/255,4/255,8/255 --channels 1',
        'evaluate model.json cifar-10/ --attack autoattack --tail 3 --fail-under 0.4 --fail-under-tail 0.3',
        'evaluate model.json images/ --attack autoattack --workers 4',
        'evaluate model.json images/ --shard 1/4 --out part1.json',
        'evaluate model.json images/ --attack autoattack --queue redis://redis:6379 --shards 64',
      ),
    )
    .action((model: string, data: string, options: EvaluateOptions) =>
      run(onBackend(options, (context) => evaluate(model, data, options, context))),
    );
}

function addMerge(root: Command, run: Runner): void {
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
}

function addWorker(root: Command, run: Runner): void {
  withBackendOptions(root.command('worker'))
    .description(
      'do parts of evaluations that "evaluate --queue" queues; start one on each machine',
    )
    .requiredOption('--queue <address>', 'of the Redis: redis://host:6379')
    .option('--lost <seconds>', 'after which silence a worker counts as lost', integer(1), 60)
    .addHelpText('after', examples('worker --queue redis://redis:6379 --backend wasm'))
    .action((options: WorkerCommandOptions) =>
      run(onBackend(options, (context) => worker(options, context))),
    );
}

function addCompare(root: Command, run: Runner): void {
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
}

function addAudit(root: Command, run: Runner): void {
  withInputs(root.command('audit'), 'test')
    .description('check the gradients of a model on this backend against differences')
    .option('--examples <n>', 'images to check with', integer(1), 4)
    .option('--tolerance <share>', 'largest relative error that passes', number(0), 0.05)
    .option('--json', 'print the audit as JSON')
    .addHelpText('after', examples('audit model.json images/ --backend wasm'))
    .action((model: string, data: string, options: AuditOptions) =>
      run(onBackend(options, (context) => audit(model, data, options, context))),
    );
}

function addHarden(root: Command, run: Runner): void {
  withInputs(root.command('harden'), 'train')
    .description('train a layers model on attacked images, and write it')
    .requiredOption('--out <folder>', 'where the trained model goes')
    .option(
      '--method <name>',
      `a name, or JSON with options: ${described(known('method'))}`,
      'pgd-at',
    )
    .option(
      '--wrap <name>',
      `around the method, may be repeated: ${described(known('wrapper'))}`,
      repeated,
      NOTHING,
    )
    .option(
      '--teacher <name=folder>',
      'a trained model under the name by which the method asks for it, may be repeated',
      repeated,
      NOTHING,
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
}

function addDoctor(root: Command, run: Runner): void {
  root
    .command('doctor')
    .description('which backends work here, and how fast they are')
    .option('--threads <n>', 'threads of wasm', integer(1), 1)
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('doctor'))
    .action((options: DoctorOptions) => run((context) => doctor(options, context)));
}

const COMMANDS = [addEvaluate, addMerge, addWorker, addCompare, addAudit, addHarden, addDoctor];

/**
 * The commands, their options and their help.
 *
 * @param run - Is handed what the command that was typed is to do.
 */
export function program(run: Runner): Command {
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
  for (const add of COMMANDS) add(root, run);
  return root;
}
