import {addTallies, tallyWarnings} from '../../core/tallyWarnings';
import {
  type AttackScore,
  robustnessScore,
  type RobustnessScore,
} from '../../metrics/robustnessReport';
import {CliError} from '../cliError';
import {pageOf} from '../page';
import {readReport, reportFile, type ReportFile, writeWhole} from '../reportFile';
import {type CommandContext, type EvaluateOptions, finish} from './evaluate';

/** Options of `merge`. */
export type MergeOptions = Pick<
  EvaluateOptions,
  'json' | 'out' | 'html' | 'failUnder' | 'failUnderTail' | 'confidence'
>;

/** What the attack of all shards spent and found doubtful. */
function accountOf(
  scores: readonly (AttackScore | undefined)[],
): Pick<AttackScore, 'cost' | 'warnings' | 'tallies'> {
  const costs = scores.flatMap((score) => score?.cost ?? []);
  const counted = scores.filter((score) => score?.tallies !== undefined);
  const tallies = counted.reduce(
    (sum, score) => addTallies(sum, score?.tallies ?? []),
    addTallies([], []),
  );
  const codes = new Set(tallies.map(({code}) => code));
  // Of what was counted, the counts of all shards together decide.
  const others = scores
    .flatMap((score) => score?.warnings ?? [])
    .filter(({code}) => !codes.has(code));
  const warnings = [...tallyWarnings(tallies), ...others];
  const add = (key: 'forward' | 'backward' | 'queries') =>
    costs.reduce((sum, cost) => sum + cost[key], 0);
  return {
    ...(costs.length === 0
      ? {}
      : {cost: {forward: add('forward'), backward: add('backward'), queries: add('queries')}}),
    ...(scores.every((score) => score?.warnings === undefined)
      ? {}
      : {warnings: [...new Map(warnings.map((warning) => [warning.code, warning])).values()]}),
    ...(counted.length === 0 ? {} : {tallies}),
  };
}

/** One report of several shards: each about other examples of one model, data and attacks. */
export function mergeReports(files: readonly ReportFile[]): ReportFile {
  const [first] = files;
  if (first === undefined) throw new CliError('There is nothing to merge.');
  const isOther = files.some(
    ({attacks, run, report}) =>
      JSON.stringify(attacks) !== JSON.stringify(first.attacks) ||
      report.numClasses !== first.report.numClasses ||
      run.seed !== first.run.seed,
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
  const labels = rows.map(({file, i}) => file.labels[i] as number);
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
      const label = labels[row] as number;
      if (answer === label) correct[label] = (correct[label] as number) + 1;
    });
    return {...robustnessScore(correct, totals, {groups, tail: first.tail ?? null}), predictions};
  };
  return reportFile({
    ...first,
    labels,
    examples: rows.map(({example}) => example),
    report: {
      ...first.report,
      examples: rows.length,
      clean: scoreOf(({report}) => report.clean),
      attacks: Object.fromEntries(
        Object.keys(first.attacks).map((name) => [
          name,
          {
            ...scoreOf(({report}) => report.attacks[name]),
            ...accountOf(files.map(({report}) => report.attacks[name])),
          },
        ]),
      ),
    },
    run: {...first.run, elapsedMs: files.reduce((sum, {run}) => sum + run.elapsedMs, 0)},
  });
}

/** Puts the reports of shards together. */
export async function merge(
  names: readonly string[],
  options: MergeOptions,
  {terminal, command}: CommandContext,
): Promise<number> {
  const files = await Promise.all(names.map(readReport));
  const merged = mergeReports(files);
  const file = {...merged, run: {...merged.run, command}};
  if (options.out !== undefined) await writeWhole(options.out, `${JSON.stringify(file)}\n`);
  if (options.html !== undefined) await writeWhole(options.html, pageOf(file));
  return finish(file, options, terminal);
}
