import type {EvaluationAttack} from '../../core/attack';
import type {Model} from '../../core/classifier';
import type {Dataset} from '../../core/dataset';
import {createRng} from '../../core/rng';
import type {Norm} from '../../core/threatModel';
import type * as tf from '@tensorflow/tfjs-core';
import {binomialBounds} from '../../metrics/binomialTail';
import {evaluateRobustness} from '../../metrics/evaluateRobustness';
import {evaluateShard} from '../../metrics/evaluateShard';
import {countedReport} from '../../metrics/mergeShards';
import type {EvaluateRobustnessOptions} from '../../metrics/prepareEvaluation';
import type {Score} from '../../metrics/robustnessReport';
import {tailClasses} from '../../metrics/tailClasses';
import {epsilonText, percent} from '../../report/format';
import {hardestExamples} from '../../report/hardestExamples';
import {reportTable} from '../../report/reportTable';
import {worstAttack} from '../../report/reportSeries';
import {shuffle} from '../../samplers/shuffle';
import {ATTACKS, type AttackSettings} from '../attackByName';
import type {BackendOptions} from '../backend';
import {CliError, EXIT} from '../cliError';
import {pageOf} from '../page';
import {readInputs} from '../readInputs';
import {reportFile, type ReportFile, writeWhole} from '../reportFile';
import {coloursOf, progressOf, type Terminal} from '../terminal';
import {versions} from '../versions';

/** Options of all commands that load a model and data. */
export interface InputOptions extends BackendOptions {
  readonly part: 'test' | 'train';
  readonly channels?: number | undefined;
  readonly classNames?: string | undefined;
  readonly classCounts?: readonly number[] | undefined;
  readonly logits?: string | undefined;
  readonly inputRange: readonly number[];
  readonly seed: number;
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends InputOptions {
  readonly attack: readonly string[];
  readonly norm: Norm;
  readonly epsilon: readonly number[];
  readonly steps?: number | undefined;
  readonly tail?: number | undefined;
  readonly examples?: number | undefined;
  readonly batchSize: number;
  readonly shard?: {readonly part: number; readonly of: number} | undefined;
  readonly json?: boolean | undefined;
  readonly out?: string | undefined;
  readonly html?: string | undefined;
  readonly failUnder?: number | undefined;
  readonly failUnderTail?: number | undefined;
  readonly confidence?: number | undefined;
}

/** What every command is run with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly signal?: AbortSignal | undefined;
  /** The command as it was typed. */
  readonly command: string;
}

/** What a command that runs a model is run with. */
export interface ModelContext extends CommandContext {
  /** Name of the backend, which is started. */
  readonly backend: string;
}

/** The attacks asked for at every epsilon, by the names that the report gives them. */
function namedAttacks({attack, norm, epsilon, steps}: EvaluateOptions) {
  const list = attack.flatMap((name) => epsilon.map((radius) => ({name, radius})));
  return list.map(({name, radius}) => {
    const known = Object.hasOwn(ATTACKS, name) ? ATTACKS[name] : undefined;
    if (known === undefined) {
      throw new CliError(
        `There is no attack "${name}". There are: ${Object.keys(ATTACKS).join(', ')}.`,
      );
    }
    const settings: AttackSettings = {norm, epsilon: radius, steps};
    const title = epsilon.length === 1 ? name : `${name} ${epsilonText(radius)}`;
    return {title, name, norm, epsilon: radius, run: known.make(settings)};
  });
}

/** The examples to evaluate: a random choice, or all. */
function chosen(total: number, {examples, seed}: EvaluateOptions): Int32Array {
  const all = Int32Array.from({length: total}, (_, i) => i);
  if (examples === undefined || examples >= total) return all;
  return shuffle(all, createRng(seed).fork('examples')).slice(0, examples).sort();
}

/** The evaluation, or one part of it. */
async function measured<I extends tf.Tensor>(
  classify: Model<I>,
  dataset: Dataset<I>,
  settings: EvaluateRobustnessOptions<I> & {readonly indices: Int32Array},
  part: EvaluateOptions['shard'],
): Promise<Pick<ReportFile, 'report' | 'examples' | 'shard'>> {
  if (part === undefined) {
    const report = await evaluateRobustness(classify, dataset, settings);
    return {report, examples: [...settings.indices]};
  }
  if (part.part > settings.indices.length) {
    throw new CliError(
      `${settings.indices.length} examples cannot be split into ${part.of} parts: use fewer.`,
    );
  }
  const shard = await evaluateShard(classify, dataset, part, settings);
  return {report: countedReport([shard]), examples: shard.examples, shard};
}

const levelOf = ({correct, total, accuracy}: Score, confidence?: number): number => {
  if (confidence === undefined || total === 0) return accuracy ?? 0;
  return binomialBounds(correct, total, confidence)[0];
};

/** What a result that was asked for does not meet, in words. */
export function shortfalls(
  {report}: Pick<ReportFile, 'report'>,
  {
    failUnder,
    failUnderTail,
    confidence,
  }: Pick<EvaluateOptions, 'failUnder' | 'failUnderTail' | 'confidence'>,
): string[] {
  const {name, score} = worstAttack({name: '', report}) ?? {name: 'clean', score: report.clean};
  const what =
    confidence === undefined ? 'is' : `is, with ${percent(confidence)} confidence, at least`;
  const check = (title: string, value: Score, least?: number) => {
    const level = levelOf(value, confidence);
    return least === undefined || level >= least
      ? []
      : [`The ${title} under ${name} ${what} ${percent(level)}: less than ${percent(least)}.`];
  };
  if (failUnderTail !== undefined && score.tail === null) {
    throw new CliError('--fail-under-tail needs --tail.');
  }
  return [
    ...check('robust accuracy', score, failUnder),
    ...(score.tail === null ? [] : check('accuracy of the tail', score.tail, failUnderTail)),
  ];
}

/** Measures a model on clean inputs and under attacks. */
export async function evaluate(
  model: string,
  data: string,
  options: EvaluateOptions,
  {terminal, signal, command, backend}: ModelContext,
): Promise<number> {
  const attacks = namedAttacks(options);
  if (options.failUnderTail !== undefined && options.tail === undefined) {
    throw new CliError('--fail-under-tail needs --tail.');
  }
  const started = Date.now();
  const inputs = await readInputs(model, data, options);
  const {dataset, classNames, classCounts} = inputs.data;
  const {classify, dispose} = inputs.model;
  try {
    if (options.tail !== undefined && classCounts === undefined) {
      throw new CliError('--tail counts the rarest classes in training: give --class-counts.');
    }
    const tail =
      options.tail === undefined || classCounts === undefined
        ? undefined
        : tailClasses(classCounts, options.tail);
    const indices = chosen(dataset.labels.length, options);
    if (indices.length === 0) throw new CliError('No example is left to evaluate.');
    const rng = createRng(options.seed);
    const progress = progressOf(terminal);
    const bound: Record<string, EvaluationAttack<tf.Tensor4D>> = Object.fromEntries(
      attacks.map(({title, run}) => [title, run]),
    );
    const {report, examples, shard} = await measured(
      classify,
      dataset,
      {
        ...{attacks: bound, tail, indices, rng, signal},
        batchSize: options.batchSize,
        predictions: true,
        onProgress: progress.show,
      },
      options.shard,
    ).finally(progress.stop);
    const file = reportFile({
      report,
      examples,
      labels: examples.map((id) => dataset.labels[id] as number),
      attacks: Object.fromEntries(
        attacks.map(({title, name, norm, epsilon}) => [title, {attack: name, norm, epsilon}]),
      ),
      ...{classNames, classCounts, tail, shard},
      run: {
        ...{command, model, data, backend, seed: options.seed},
        ...{elapsedMs: Date.now() - started, versions: versions()},
      },
    });
    if (options.out !== undefined) await writeWhole(options.out, `${JSON.stringify(file)}\n`);
    if (options.html !== undefined) {
      const strongest = attacks.find(({title}) => title === worstAttack({name: '', report})?.name);
      const hardest =
        strongest === undefined
          ? []
          : await hardestExamples(classify, dataset, strongest.run, {
              ...{
                indices: examples.slice(0, 500),
                rng: rng.fork(strongest.title),
                signal,
                count: 12,
              },
              batchSize: options.batchSize,
            });
      await writeWhole(options.html, pageOf(file, hardest));
    }
    return finish(file, options, terminal);
  } finally {
    dispose();
  }
}

/** Prints a report and says what it does not meet. */
export function finish(
  file: ReportFile,
  options: Pick<
    EvaluateOptions,
    'json' | 'out' | 'html' | 'failUnder' | 'failUnderTail' | 'confidence'
  >,
  terminal: Terminal,
): number {
  const colours = coloursOf(terminal);
  const failures = shortfalls(file, options);
  if (options.json === true) {
    terminal.out(`${JSON.stringify(file)}\n`);
  } else {
    const {classNames} = file;
    terminal.out(`${reportTable(file.report, classNames === undefined ? {} : {classNames})}\n`);
    const warnings = Object.entries(file.report.attacks).flatMap(([name, score]) =>
      (score.warnings ?? []).map(({message, advice}) => `${name}: ${message} ${advice}`),
    );
    for (const warning of warnings) terminal.err(`${colours.yellow('Warning:')} ${warning}\n`);
  }
  for (const written of [options.out, options.html]) {
    if (written !== undefined) terminal.err(`Written: ${written}\n`);
  }
  for (const failure of failures) terminal.err(`${colours.red('FAILED:')} ${failure}\n`);
  return failures.length > 0 ? EXIT.below : EXIT.ok;
}
