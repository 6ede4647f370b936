import {readFile} from 'node:fs/promises';

import type {Norm} from '../core/threatModel';
import {checkExperiment} from '../registry/checkExperiment';
import type {CheckedExperiment} from '../registry/checkedExperiment';
import {WITHOUT_ATTACK} from '../registry/methods';
import {CliError} from './cliError';

/** The options of `harden` that say how to train. */
export interface ExperimentOptions {
  /** A name of the registry, or JSON with its options. */
  readonly method: string;
  /** Names or JSON, the innermost first. */
  readonly wrap: readonly string[];
  /** A file with an experiment, in place of all of these. */
  readonly experiment?: string | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly norm: Norm;
  readonly epsilon: number;
  readonly steps: number;
}

// "trades", or '{"name": "trades", "beta": 3}'.
function configOf(text: string, option: string): unknown {
  if (!text.trimStart().startsWith('{')) return text === 'pgd' ? 'pgd-at' : text;
  return parsed(text, option);
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${source} is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

/**
 * The experiment that the options of `harden` describe.
 *
 * @param options - As the command line gave them.
 * @throws {@link InvalidArgumentError} on unknown names, with the one that was probably meant;
 *   {@link CliError} on JSON that is none, or an experiment that trains teachers.
 */
export async function hardenExperiment(options: ExperimentOptions): Promise<CheckedExperiment> {
  const {experiment: file, epochs, batchSize, learningRate} = options;
  if (file !== undefined) {
    const read = checkExperiment(parsed(await readFile(file, 'utf8'), file));
    if (Object.keys(read.teachers).length === 0) return read;
    throw new CliError(
      'harden trains one model. Train the teachers first, and hand them over: --teacher name=folder.',
    );
  }
  const method = configOf(options.method, '--method');
  const {name} = checkExperiment({method}).method;
  const {norm, epsilon, steps} = options;
  return checkExperiment({
    method,
    wrappers: options.wrap.map((text) => configOf(text, '--wrap')),
    ...(WITHOUT_ATTACK.includes(name) ? {} : {attack: {name: 'pgd', norm, epsilon, steps}}),
    ...{optimizer: {name: 'sgd', learningRate}, epochs, batchSize},
  });
}
