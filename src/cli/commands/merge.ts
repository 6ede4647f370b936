import {isInvalidArgumentError} from '../../core/errors';
import {mergeShards} from '../../metrics/mergeShards';
import {CliError} from '../cliError';
import {pageOf} from '../page';
import {writeWhole} from '../../node/writeWhole';
import {readReport, reportFile, type ReportFile} from '../reportFile';
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
    throw new CliError('The reports differ in attacks: these are no shards of one evaluation.');
  const report = await mergeShards(shards).catch((error: unknown) => {
    if (isInvalidArgumentError(error))
      throw new CliError(
        `The shards must ${error.expected}, found ${error.found}. ${error.remedy}`,
      );
    throw error;
  });
  const parts = new Map(files.map((file) => [file.shard?.part ?? 0, file]));
  const inOrder = [...parts.entries()].sort(([a], [b]) => a - b).map(([, file]) => file);
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
