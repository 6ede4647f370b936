import {at} from '../../core/at';
import {addTallies, tallyWarnings} from '../../core/tallyWarnings';
import {
  type AttackScore,
  robustnessScore,
  type RobustnessScore,
} from '../../metrics/robustnessReport';
import {isInvalidArgumentError} from '../../core/errors';
import {mergeShards} from '../../metrics/mergeShards';
import {CliError} from '../cliError';
import {pageOf} from '../page';
import {readReport, reportFile, type ReportFile, writeWhole} from '../reportFile';
import {type CommandContext, type EvaluateOptions, finish} from './evaluate';

/** Options of `merge`. */
export type MergeOptions = Pick<
  EvaluateOptions,
  'json' | 'out' | 'html' | 'failUnder' | 'failUnderTail' | 'confidence'
>;

/** One report of several shards: each about other examples of one model, data and attacks. */
export async function mergeReports(files: readonly ReportFile[]): Promise<ReportFile> {
  const [first] = files;
  if (first === undefined) throw new CliError('There is nothing to merge.');
  const shards = files.map(({shard}, i) => {
    if (shard === undefined) {
      throw new CliError(`Report ${i + 1} is of a whole evaluation: give those of --shard alone.`);
    }
    return shard;
  });
  const isOther = files.some(
    ({attacks}) => JSON.stringify(attacks) !== JSON.stringify(first.attacks),
  );
  if (isOther)
    throw new CliError(
      'The reports differ in attacks, classes or seed: these are no shards of one evaluation.',
    );
  const rows = files
    .flatMap((file) => file.examples.map((example, i) => ({file, example, i})))
    .sort((a, b) => a.example - b.example);
  if (new Set(rows.map(({example}) => example)).size !== rows.length) {
    throw new CliError(
      'An example is in two of the reports: these are no shards of one evaluation.',
    );
  }
  const {numClasses} = first.report;
  const labels = rows.map(({file, i}) => at(file.labels, i));
  const totals = new Array<number>(numClasses).fill(0);
  for (const label of labels) totals[label] = (totals[label] ?? 0) + 1;
  const groups = Object.fromEntries(
    Object.entries(first.report.clean.groups).map(([name, group]) => [name, group.classes]),
  );
  const scoreOf = (pick: (file: ReportFile) => RobustnessScore | undefined): RobustnessScore => {
    const predictions = rows.map(({file, i}) => {
      const answer = pick(file)?.predictions?.[i];
      if (answer === undefined) throw new CliError('A report has no answers to single examples.');
      return answer;
    });
    const correct = totals.map(() => 0);
    predictions.forEach((answer, row) => {
      const label = at(labels, row);
      if (answer === label) correct[label] = at(correct, label) + 1;
    });
    return {...robustnessScore(correct, totals, {groups, tail: first.tail ?? null}), predictions};
  };
  return reportFile({
    ...first,
    shard: undefined,
    report,
    labels: inOrder.flatMap(({labels}) => labels),
    examples: inOrder.flatMap(({examples}) => examples),
    run: {...first.run, elapsedMs: inOrder.reduce((sum, {run}) => sum + run.elapsedMs, 0)},
  });
}

/** Puts the reports of shards together. */
export async function merge(
  names: readonly string[],
  options: MergeOptions,
  {terminal, command}: CommandContext,
): Promise<number> {
  const files = await Promise.all(names.map(readReport));
  const merged = await mergeReports(files);
  const file = {...merged, run: {...merged.run, command}};
  if (options.out !== undefined) await writeWhole(options.out, `${JSON.stringify(file)}\n`);
  if (options.html !== undefined) await writeWhole(options.html, pageOf(file));
  return finish(file, options, terminal);
}
