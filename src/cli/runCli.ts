import {CommanderError} from 'commander';

import {CliError, EXIT} from './cliError';
import {program} from './program';
import {coloursOf, type Terminal} from './terminal';

// Errors that say what to do. Any other is a fault of this package, and its stack shows where.
const EXPLAINED = [
  'CliError',
  'InvalidArgumentError',
  'DataFormatError',
  'MissingGradientsError',
  'UnusableGradientError',
  'CheckpointMismatchError',
  'NonFiniteLossError',
  'QueuedJobError',
  'PooledPartError',
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
