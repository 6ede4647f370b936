import {readFile} from 'node:fs/promises';

import type {EvaluationShard} from '../metrics/evaluateShard';
import type {RobustnessReport} from '../metrics/robustnessReport';
import type {Norm} from '../core/threatModel';
import {CliError} from './cliError';

const FORMAT = 'lt-robust-report';

/** What `evaluate` writes and `compare` and `merge` read. */
export interface ReportFile {
  readonly format: typeof FORMAT;
  readonly version: 1;
  /** The scores, with the answer to every example. */
  readonly report: RobustnessReport;
  /** Dataset index of every example, in the order of the answers. */
  readonly examples: readonly number[];
  /** Class of every example. */
  readonly labels: readonly number[];
  /** What each attack of the report was. */
  readonly attacks: Readonly<
    Record<string, {readonly attack: string; readonly norm: Norm; readonly epsilon: number}>
  >;
  readonly classNames?: readonly string[] | undefined;
  readonly classCounts?: readonly number[] | undefined;
  /** The classes of the tail. */
  readonly tail?: readonly number[] | undefined;
  /** What was counted, of a part of an evaluation. */
  readonly shard?: EvaluationShard | undefined;
  /** How it was measured. */
  readonly run: {
    readonly command: string;
    readonly model: string;
    readonly data: string;
    readonly seed: number;
    readonly backend: string;
    readonly elapsedMs: number;
    readonly versions: Readonly<Record<string, string>>;
  };
}

/** A report file without its mark. */
export const reportFile = (content: Omit<ReportFile, 'format' | 'version'>): ReportFile => ({
  format: FORMAT,
  version: 1,
  ...content,
});

/** Reads what `evaluate --out` or `--json` wrote. */
export async function readReport(file: string): Promise<ReportFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CliError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CliError(`${file} is no JSON.`);
  }
  const isOurs =
    typeof content === 'object' &&
    content !== null &&
    'format' in content &&
    content.format === FORMAT &&
    'version' in content &&
    content.version === 1;
  if (isOurs) return content as ReportFile;
  throw new CliError(`${file} is no report that "lt-robust evaluate --out" of this version wrote.`);
}
