import {basename} from 'node:path';

import {mcnemarTest, type PairedComparison} from '../../metrics/mcnemarTest';
import {count, percent, short, textTable} from '../../report/format';
import {CliError, EXIT} from '../cliError';
import {comparisonPage} from '../page';
import {writeWhole} from '../../node/writeWhole';
import {readReport, type ReportFile} from '../reportFile';
import {coloursOf} from '../terminal';
import type {CommandContext} from './evaluate';

/** Options of `compare`. */
export interface CompareOptions {
  readonly json?: boolean | undefined;
  readonly html?: string | undefined;
  readonly failIfWorse?: boolean | undefined;
  readonly significance: number;
}

/** The comparison under one kind of input. */
export interface ComparedInputs extends PairedComparison {
  /** `clean`, or the name of an attack that both reports have. */
  readonly inputs: string;
  /** Which classes it is about. */
  readonly classes: 'all' | 'tail';
}

const answersOf = ({report}: ReportFile, inputs: string): readonly number[] => {
  const score = inputs === 'clean' ? report.clean : report.attacks[inputs];
  if (score?.predictions !== undefined) return score.predictions;
  throw new CliError(`A report has no answers to single examples under ${inputs}.`);
};

/** Compares two reports on the same examples, under every kind of inputs that both have. */
export function compareReports(first: ReportFile, second: ReportFile): ComparedInputs[] {
  const isSame = (['examples', 'labels'] as const).every(
    (key) => String(first[key]) === String(second[key]),
  );
  if (!isSame) {
    throw new CliError(
      'The reports are about other examples: evaluate both models on the same data, with the same --examples and --seed.',
    );
  }
  const common = Object.keys(first.attacks).filter((name) => Object.hasOwn(second.attacks, name));
  const differing = common.find((name) => {
    const [a, b] = [first.attacks[name], second.attacks[name]];
    return a?.norm !== b?.norm || a?.epsilon !== b?.epsilon;
  });
  if (differing !== undefined) {
    throw new CliError(
      `"${differing}" is another attack in the two reports: they differ in norm or epsilon.`,
    );
  }
  const tail = new Set(first.tail ?? []);
  return ['clean', ...common].flatMap((inputs) => {
    const right = (file: ReportFile) =>
      answersOf(file, inputs).map((answer, i) => answer === file.labels[i]);
    const [a, b] = [right(first), right(second)];
    const inTail = (list: readonly boolean[]) =>
      list.filter((_, i) => tail.has(first.labels[i] ?? -1));
    return [
      {inputs, classes: 'all' as const, ...mcnemarTest(a, b)},
      ...(inTail(a).length === 0
        ? []
        : [{inputs, classes: 'tail' as const, ...mcnemarTest(inTail(a), inTail(b))}]),
    ];
  });
}

const signed = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;

/** Compares two reports by a paired test. */
export async function compare(
  firstFile: string,
  secondFile: string,
  options: CompareOptions,
  {terminal, command}: CommandContext,
): Promise<number> {
  const [first, second] = [await readReport(firstFile), await readReport(secondFile)];
  const rows = compareReports(first, second);
  const {significance} = options;
  const worse = rows.filter(({difference, pValue}) => difference < 0 && pValue < significance);
  if (options.html !== undefined) {
    const [a, b] = [firstFile, secondFile].map((file) => basename(file, '.json'));
    // Two files of one name would be one column.
    const names = a === b ? [firstFile, secondFile] : [a, b];
    const files = {[names[0] ?? 'first']: first, [names[1] ?? 'second']: second};
    await writeWhole(options.html, comparisonPage(files, command));
    terminal.err(`Written: ${options.html}\n`);
  }
  if (options.json === true) {
    terminal.out(`${JSON.stringify({first: firstFile, second: secondFile, comparisons: rows})}\n`);
  } else {
    const table = textTable(
      ['inputs', 'classes', 'examples', 'first', 'second', 'difference', '95 % interval', 'p'],
      rows.map(
        ({inputs, classes, total, both, onlyFirst, onlySecond, difference, interval, pValue}) => [
          ...[inputs, classes, count(total), percent((both + onlyFirst) / total)],
          ...[percent((both + onlySecond) / total), `${signed(difference)} points`],
          ...[
            `${signed(interval[0])} to ${signed(interval[1])}`,
            pValue < 1e-4 ? '< 0.0001' : short(pValue),
          ],
        ],
      ),
      ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    );
    terminal.out(`first:  ${firstFile}\nsecond: ${secondFile}\n\n${table}\n\n`);
    terminal.out("p: McNemar's exact test, of the examples that only one of the two gets right.\n");
  }
  if (worse.length === 0 || options.failIfWorse !== true) return EXIT.ok;
  const names = worse.map(({inputs, classes}) => `${inputs} (${classes})`).join(', ');
  terminal.err(`${coloursOf(terminal).red('FAILED:')} The second model is worse: ${names}.\n`);
  return EXIT.below;
}
