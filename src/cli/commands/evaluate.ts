import type {Progress} from '../../core/progress';
import {binomialBounds} from '../../metrics/binomialTail';
import {evaluateRobustness} from '../../metrics/evaluateRobustness';
import {evaluateShard} from '../../metrics/evaluateShard';
import {countedReport} from '../../metrics/mergeShards';
import type {Score} from '../../metrics/robustnessReport';
import {percent} from '../../report/format';
import {hardestExamples} from '../../report/hardestExamples';
import {reportTable} from '../../report/reportTable';
import {worstAttack} from '../../report/reportSeries';
import type {BackendOptions} from '../backend';
import {CliError, EXIT} from '../cliError';
import {evaluateOnWorkers} from '../evaluatePart';
import {type EvaluationOptions, openEvaluation, type OpenEvaluation} from '../openEvaluation';
import {pageOf} from '../page';
import {evaluateOnQueue, hostOf, taskOf} from '../queuedEvaluation';
import type {InputsOptions} from '../readInputs';
import {writeWhole} from '../../node/writeWhole';
import {reportFile, type ReportFile} from '../reportFile';
import {coloursOf, progressOf, type Terminal} from '../terminal';
import {versions} from '../versions';

/** Options of all commands that load a model and data. */
export interface InputOptions extends BackendOptions, InputsOptions {
  readonly seed: number;
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends InputOptions, EvaluationOptions {
  readonly shard?: {readonly part: number; readonly of: number} | undefined;
  /** Address of a Redis, whose workers do it. */
  readonly queue?: string | undefined;
  /** Processes on this machine that do it. */
  readonly workers: number;
  readonly shards: number;
  readonly run?: string | undefined;
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

/** How the evaluation is done: here, one part of it here, or all of it by other processes. */
async function measured(
  {classify, dataset, settings}: OpenEvaluation,
  {model, data, options}: {model: string; data: string; options: EvaluateOptions},
  {terminal, signal, backend}: ModelContext,
): Promise<Pick<ReportFile, 'report' | 'examples' | 'shard'>> {
  const {shard: part, queue, workers, shards, run} = options;
  const {indices} = settings;
  const count = part?.of ?? (queue === undefined ? 1 : shards);
  if (count > indices.length) {
    throw new CliError(
      `${indices.length} examples cannot be split into ${count} parts: use fewer.`,
    );
  }
  const progress = progressOf(terminal);
  const control = {signal, onProgress: progress.show};
  const task = () => taskOf(model, data, backend, options);
  const showParts = ({done, total}: Pick<Progress, 'done' | 'total'>) =>
    progress.show({phase: 'parts', done, total, unit: 'part', metrics: {}});
  try {
    if (queue !== undefined) {
      terminal.err(`Queued on ${hostOf(queue)}; "lt-robust worker" does the parts.\n`);
      const waiting = {signal, onProgress: showParts};
      const report = await evaluateOnQueue(task(), {queue, shards, run}, waiting);
      return {report, examples: [...indices]};
    }
    if (workers > 1) {
      const pool = {...options, shards: Math.min(shards, indices.length)};
      const report = await evaluateOnWorkers(task(), pool, {signal, onProgress: showParts});
      return {report, examples: [...indices]};
    }
    if (part === undefined) {
      const report = await evaluateRobustness(classify, dataset, {...settings, ...control});
      return {report, examples: [...indices]};
    }
    const shard = await evaluateShard(classify, dataset, part, {...settings, ...control});
    return {report: countedReport([shard]), examples: shard.examples, shard};
  } finally {
    progress.stop();
  }
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

/** Throws where options exclude each other, before anything is read. */
function checkOptions(options: EvaluateOptions): void {
  const {failUnderTail, tail, shard, queue, workers, run} = options;
  if (failUnderTail !== undefined && tail === undefined) {
    throw new CliError('--fail-under-tail needs --tail.');
  }
  if (shard !== undefined && queue !== undefined) {
    throw new CliError(
      '--shard is one part, done here; --queue splits it by itself: give one of them.',
    );
  }
  if (workers > 1 && (shard !== undefined || queue !== undefined)) {
    throw new CliError('--workers splits it over processes here: leave out --shard and --queue.');
  }
  if (run !== undefined && queue === undefined) throw new CliError('--run needs --queue.');
  if (queue !== undefined) hostOf(queue);
}

/** Measures a model on clean inputs and under attacks. */
export async function evaluate(
  model: string,
  data: string,
  options: EvaluateOptions,
  context: ModelContext,
): Promise<number> {
  const {terminal, signal, command, backend} = context;
  checkOptions(options);
  const started = Date.now();
  const evaluation = await openEvaluation(model, data, options);
  const {classify, dataset, classNames, classCounts, attacks, rng} = evaluation;
  const {tail} = evaluation.settings;
  try {
    const {report, examples, shard} = await measured(evaluation, {model, data, options}, context);
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
    evaluation.dispose();
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
