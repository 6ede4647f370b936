import type {Blocks} from '../demo/documents';
import {pairedDifference} from '../demo/paired';
import {figure, type Figure} from '../demo/summary';
import {markdownTable, percent, points, type Table} from '../demo/table';
import {GRID, type Candidate, type Entry} from './grid';
import {choiceOf, trialOf, type MethodsReport, type Run} from './report';

/** The figures of a run that the tables show. */
const COLUMNS = {
  Clean: ({scores}: Run) => scores.clean,
  'PGD-20': ({scores}: Run) => scores.pgd20,
  AA: ({scores}: Run) => scores.autoAttack,
  'T-Clean': ({scores}: Run) => scores.tailClean,
  'T-PGD': ({scores}: Run) => scores.tailPgd20,
  'T-AA': ({scores}: Run) => scores.tailAutoAttack,
  '3T-PGD': ({scores}: Run) => scores.rarePgd20,
} as const satisfies Record<string, (run: Run) => number | null>;
type Column = keyof typeof COLUMNS;
const SHOWN = Object.keys(COLUMNS) as Column[];

const runsOf = (report: MethodsReport, {name}: Entry): readonly Run[] =>
  report.runs.filter(({entry}) => entry === name).sort((a, b) => a.seed - b.seed);

/** Entries that were run, in the order of the table: the field, then the hunt. */
const ran = (report: MethodsReport): readonly Entry[] =>
  (['method', 'hunt'] as const).flatMap((kind) =>
    GRID.filter((entry) => entry.kind === kind && runsOf(report, entry).length > 0),
  );

const figureOf = (runs: readonly Run[], column: Column): Figure | null => {
  const values = runs.flatMap((run) => COLUMNS[column](run) ?? []);
  return values.length === 0 ? null : figure(values);
};

const millions = (value: number) => (value / 1e6).toFixed(3);

function methodsTable(report: MethodsReport, kind: Entry['kind']): Table {
  return {
    head: ['method', 'seeds', ...SHOWN, 'epochs', 'passes (10⁶)', 'seconds, median'],
    rows: ran(report)
      .filter((entry) => entry.kind === kind)
      .map((entry) => {
        const runs = runsOf(report, entry);
        const [first] = runs;
        const {forward = 0, backward = 0, teacher = 0} = first?.passes ?? {};
        const epochs = first?.teacherEpochs
          ? `${first.teacherEpochs} + ${first.epochs}`
          : first?.epochs;
        return [
          `${entry.label}${runs.some(({collapse}) => collapse !== null) ? ' †' : ''}`,
          String(runs.length),
          ...SHOWN.map((column) => percent(figureOf(runs, column))),
          String(epochs),
          millions(forward + backward + teacher),
          median(runs.map(({seconds}) => seconds)).toFixed(0),
        ];
      }),
  };
}

/** Of seconds, since runs beside other work take several times as long. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = NaN, high = NaN] = [(sorted.length - 1) / 2, sorted.length / 2].map(
    (place) => sorted[Math.floor(place)],
  );
  return (low + high) / 2;
}

const COMPARED: readonly Column[] = ['Clean', 'PGD-20', 'AA', 'T-PGD', 'T-AA', '3T-PGD'];

function differences(report: MethodsReport, against: string): Table {
  const other = GRID.find(({name}) => name === against);
  const theirs = other === undefined ? [] : runsOf(report, other);
  return {
    head: [`difference to ${other?.label}`, 'seeds', ...COMPARED],
    rows: ran(report)
      .filter(({name}) => name !== against)
      .map((entry) => {
        const pairs = runsOf(report, entry).flatMap((run) => {
          const paired = theirs.find(({seed}) => seed === run.seed);
          return paired === undefined ? [] : [[run, paired] as const];
        });
        return [
          entry.label,
          String(pairs.length),
          ...COMPARED.map((column) => {
            const values = pairs.flatMap(([a, b]) => {
              const [x, y] = [COLUMNS[column](a), COLUMNS[column](b)];
              return x === null || y === null ? [] : [x - y];
            });
            if (values.length === 0) return '–';
            const {mean, interval} = pairedDifference(values);
            return points(mean, interval);
          }),
        ];
      }),
  };
}

const inWords = (candidate: Candidate): string =>
  Object.entries(candidate)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || '–';

function choices(report: MethodsReport): Table {
  return {
    head: ['method', 'chosen', 'tried: PGD-20 / 3T-PGD on the validation split'],
    rows: ran(report)
      .filter(({candidates}) => candidates.length > 1)
      .map((entry) => [
        entry.label,
        inWords(choiceOf(report, entry)),
        entry.candidates
          .map((candidate) => {
            const trial = trialOf(report, entry, candidate);
            if (trial === undefined) return `${inWords(candidate)}: not tried`;
            const [all, rare] = [trial.pgd20, trial.rarePgd20].map((v) => (100 * v).toFixed(1));
            return `${inWords(candidate)}: ${all} / ${rare}`;
          })
          .join('; '),
      ]),
  };
}

/**
 * What was found: the combinations that beat the paper's method in both, by more than one standard
 * deviation of its own runs and of theirs.
 */
export function winners(report: MethodsReport): readonly Entry[] {
  const paper = GRID.find(({name}) => name === 'paper');
  const own = paper === undefined ? [] : runsOf(report, paper);
  const beats = (entry: Entry, column: Column) => {
    const [a, b] = [figureOf(runsOf(report, entry), column), figureOf(own, column)];
    if (a === null || b === null || a.sd === null || b.sd === null) return false;
    return a.mean - b.mean > Math.max(a.sd, b.sd);
  };
  return ran(report).filter(
    (entry) => entry !== paper && beats(entry, 'PGD-20') && beats(entry, 'T-PGD'),
  );
}

function verdict(report: MethodsReport): string {
  const ofPaper = report.runs.filter(({entry}) => entry === 'paper');
  if (ofPaper.length < 2) return 'Fewer than two seeds so far: no difference is shown yet.';
  if (ofPaper.every(({collapse}) => collapse === null)) return ahead(report, 'In these runs');
  const sound = {...report, runs: report.runs.filter(({collapse}) => collapse === null)};
  return [ahead(report, 'With all runs'), ahead(sound, 'Without the runs that collapsed')].join(
    '\n\n',
  );
}

function ahead(report: MethodsReport, when: string): string {
  const what =
    "ahead of the paper's method in PGD-20 **and** in T-PGD by more than one standard deviation";
  const found = winners(report);
  if (found.length === 0) return `${when}, no method and no combination is ${what}.`;
  const names = found.map(({label}) => `“${label}”`);
  const [last, ...others] = names.reverse();
  const list =
    others.length === 0 ? `${last} is` : `${others.reverse().join(', ')} and ${last} are`;
  return `${when}, ${list} ${what} (the larger of the two methods' own).`;
}

function scale(report: MethodsReport): string {
  const {settings} = report;
  const counts = ran(report).map((entry) => runsOf(report, entry).length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds =
    least === most
      ? `${most} ${most === 1 ? 'seed' : 'seeds'}`
      : `${least} to ${most} seeds (the column says how many)`;
  return (
    `Filters ${settings.channels.join('-')}, ${settings.maxCount ?? 'all'} images of the largest class, ` +
    `imbalance ratio ${settings.imbalanceRatio}, PGD-${settings.attackSteps} in training, ` +
    `${settings.passes.toLocaleString('en-US')} passes for each method, ` +
    `${settings.testPerClass} test images a class; AA on ${settings.autoAttackPerClass} of each class, ` +
    `T-AA on ${settings.autoAttackImages} of the rarest; ${seeds}.`
  );
}

const collapsed = (report: MethodsReport): string[] => {
  const runs = report.runs.filter(({collapse}) => collapse !== null);
  if (runs.length === 0) return [];
  const list = runs.map(({entry, seed, collapse}) => `${entry}, seed ${seed}: ${collapse}`);
  return [`† Runs that collapsed count in the figures: ${list.join('; ')}.`];
};

/**
 * The pieces of the documents that a report gives.
 *
 * @param name - What the names of the pieces begin with.
 */
export const methodsBlocks = (report: MethodsReport, name = 'methods'): Blocks => ({
  [`${name}: command`]: `    ${report.command}`,
  [`${name}: scale`]: scale(report),
  [`${name}: field`]: [markdownTable(methodsTable(report, 'method')), ...collapsed(report)].join(
    '\n\n',
  ),
  [`${name}: hunt`]: markdownTable(methodsTable(report, 'hunt')),
  [`${name}: to AT-BSL`]: markdownTable(differences(report, 'at-bsl')),
  [`${name}: to the paper`]: markdownTable(differences(report, 'paper')),
  [`${name}: verdict`]: verdict(report),
  [`${name}: choices`]: markdownTable(choices(report)),
});
