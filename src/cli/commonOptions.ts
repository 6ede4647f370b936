import {type Command, Option} from 'commander';

import {type BackendOptions, BACKENDS, withBackend} from './backend';
import type {CommandContext, ModelContext} from './commands/evaluate';
import {integer, listOf, number} from './parse';

/** Names and what they are, for the description of an option. */
export const described = (named: Readonly<Record<string, {readonly what: string}>>): string =>
  Object.entries(named)
    .map(([name, {what}]) => `${name} (${what})`)
    .join(', ');

/** Adds the options of commands that compute. */
export const withBackendOptions = (command: Command): Command =>
  command
    .addOption(new Option('--backend <name>', 'where to compute').choices(BACKENDS).default('auto'))
    .option('--threads <n>', 'threads of wasm', integer(1), 1)
    .addOption(
      new Option('--simd <set>', 'kernels of wasm: plain has the same digits on every machine')
        .choices(['auto', 'plain', 'relaxed'])
        .default('auto'),
    );

/**
 * Adds the arguments and options of commands that load a model and data.
 *
 * @param command - Is changed.
 * @param part - Which part of a dataset the command takes by default.
 */
export const withInputs = (command: Command, part: 'test' | 'train'): Command =>
  withBackendOptions(
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
      .option('--logits <name>', 'of a graph model that does not end in a softmax: the scores')
      .option('--class-names <list>', 'names with commas between, or a file with one a line')
      .option('--class-counts <list>', 'training images of each class', listOf(integer(0)))
      .option('--seed <n>', 'decides everything that is random', integer(0), 1),
  );

/** Adds the options of commands that write a report, and fail where it is worse than asked. */
export const withGates = (command: Command): Command =>
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

/** The examples below the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ lt-robust ${line}`).join('\n')}\n`;

/** What a command does; it gives the exit code. */
export type Run = (context: CommandContext) => Promise<number>;

/** A command that runs a model, on the backend that it asks for. */
export const onBackend =
  (options: BackendOptions, body: (context: ModelContext) => Promise<number>): Run =>
  (context) =>
    withBackend(options, (backend) => body({...context, backend}));
